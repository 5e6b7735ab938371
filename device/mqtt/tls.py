"""Certificates: of the broker's authority, and of this speaker."""

import ssl
from pathlib import Path

from device.config import MqttConfig
from device.errors import BrokerRefused
from device.folders import secret_file


def tls_context(config: MqttConfig) -> ssl.SSLContext:
    """Whom we trust, and what we show. Raises BrokerRefused for files that do not do, and
    ConfigError for a key that everybody can read.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:
        raise BrokerRefused(
            f"cannot use the certificate authority {config.ca_file} ({error}); check [mqtt] ca_file"
        ) from error
    if config.cert_file is not None:
        _show_certificate(context, config.cert_file, config.key_file)
    return context


def _show_certificate(context: ssl.SSLContext, cert_file: Path, key_file: Path | None) -> None:
    key = None if key_file is None else secret_file(key_file)
    try:
        # Without a password OpenSSL would ask for that of a protected key on the terminal.
        context.load_cert_chain(cert_file, key, password="")
    except OSError as error:
        raise BrokerRefused(
            f"cannot use the certificate {cert_file} with the key {key or cert_file} ({error});"
            " check [mqtt] cert_file and key_file"
        ) from error
