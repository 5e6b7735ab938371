"""How Twilio signs what it sends us, so that nobody else can (X-Twilio-Signature). Pure.

HMAC-SHA1 with the account's auth token over the address as Twilio knows it and, for a form, every
name and value in the order of the names, in base64 (www.twilio.com/docs/usage/security). The
handshake of a WebSocket is signed likewise, as wss:// and with no form. The signature of one
address is always the same: whoever has seen it can send it again, so it admits nobody alone.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit, urlunsplit

HEADER: Final = "x-twilio-signature"
_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}

Form = Iterable[tuple[str, str]]
"""Names and values as they were posted."""


def sign(token: str, url: str, form: Form = ()) -> str:
    """The signature of a request."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def is_signed(token: str, signature: str, url: str, form: Form = ()) -> bool:
    """Whether a request comes from Twilio; compared in constant time.

    Some of its services write the usual port into the address and some do not, and the handshake
    of a WebSocket may have a slash at its end.
    """
    given, form = signature.encode(), tuple(form)
    ways = [hmac.compare_digest(sign(token, one, form).encode(), given) for one in _written(url)]
    return any(ways)


def _written(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    host = parts.netloc
    usual = f":{_PORTS.get(parts.scheme, 0)}"
    other = host.removesuffix(usual) if parts.port else host + usual
    both = url, urlunsplit(parts._replace(netloc=other))
    return both if not parts.scheme.startswith("ws") else (*both, *(f"{one}/" for one in both))
