"""One connection to the broker: how it is made, why it failed, when it is tried again."""

import ssl
from pathlib import Path

import aiomqtt

from device.config import MqttConfig
from device.errors import BrokerError, BrokerRefused, BrokerUnreachable
from device.folders import read_secret
from device.mqtt.topics import OFFLINE, Topics

TIMEOUT_SECONDS = 5.0
"""Longest wait for the broker to answer anything."""

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
_REFUSED_WAIT_SECONDS = 30.0
_MAX_WAITING_MESSAGES = 1_000
_WRONG_LOGIN = {4, 5, 134, 135}
"""Bad user name or password, not authorized: CONNACK codes of MQTT 3.1.1 and 5."""


def new_connection(config: MqttConfig, topics: Topics) -> aiomqtt.Client:
    """A client that is not yet connected. Raises ConfigError, BrokerRefused.

    The client id is stable: a broker ends the old connection of a speaker, Last Will included,
    before it accepts the new one, so that the newest word on ~/availability is the true one.
    """
    return aiomqtt.Client(
        config.host,
        config.port,
        username=config.username or None,
        password=None if config.password_file is None else read_secret(config.password_file),
        identifier=f"parlor-{topics.device_id}",
        will=aiomqtt.Will(topics.availability, OFFLINE, qos=1, retain=True),
        keepalive=config.keepalive_seconds,
        timeout=TIMEOUT_SECONDS,
        tls_context=_tls(config.ca_file) if config.tls else None,
        max_queued_incoming_messages=_MAX_WAITING_MESSAGES,
    )


def explain(error: Exception, config: MqttConfig) -> BrokerError:
    """Say why the broker cannot be used, and what to do."""
    where = f"the MQTT broker at {config.host}:{config.port}"
    if isinstance(error, BrokerError):
        return error
    if isinstance(error.__context__, ssl.SSLError):
        return BrokerRefused(
            f"{where}: TLS failed ({error}); check [mqtt] tls, ca_file and the broker's certificate"
        )
    if isinstance(error, aiomqtt.MqttCodeError) and _code(error) in _WRONG_LOGIN:
        return BrokerRefused(
            f"{where} refused the login ({error}); check [mqtt] username and password_file"
        )
    return BrokerUnreachable(
        f"{where} cannot be reached ({error}); check that it runs, and [mqtt] host, port and tls"
    )


def wait_seconds(attempt: int, refused: bool, luck: float) -> float:
    """How long to wait before attempt number `attempt` (0: the first retry).

    `luck`, 0 to 1, spreads the speakers of a house over half of the time. A broker that refuses
    is asked rarely, since only a person can mend that.
    """
    doubled = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 16))
    longest = max(doubled, _REFUSED_WAIT_SECONDS) if refused else doubled
    return longest * (0.5 + luck / 2)


def _code(error: aiomqtt.MqttCodeError) -> int | None:
    code = error.rc
    return code if isinstance(code, int) or code is None else code.value


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BrokerRefused(
            f"cannot use the certificate authority {ca_file} ({error}); check [mqtt] ca_file"
        ) from error
