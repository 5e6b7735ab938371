"""What goes wrong between the speaker and a service elsewhere, in words that say what to do.

What a service says is not repeated where it may hold a key or what a person said.
"""

import json
import socket
import ssl
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final

from device.direct import refusal_of
from device.errors import EngineBusy, EngineError, EngineRefused

Json = dict[str, Any]

_MOST_SKEW_SECONDS: Final = 240.0
"""Signatures are good for five minutes where that is told."""
_BAD_DATES: Final = ("valid date", "x-date header")
"""How gateways of the Kong kind say that a signed date is not now."""
_NOT_YET_VALID, _EXPIRED = 9, 10
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""
_SET_IT: Final = "set the clock: timedatectl set-ntp true"


def refusal(
    host: str, status: int, date: str, body: bytes, now: float, *, signed: bool = False
) -> EngineError:
    """What an HTTP status means, other than success.

    `date` is the answer's header of that name, `now` seconds since 1970; `signed`: what was asked
    holds a signature of the time.
    """
    said = body[:1_000].decode(errors="replace").lower()
    late_or_early = signed and is_skewed(date, now)
    kind = refusal_of(status)
    if kind is EngineRefused and (late_or_early or any(one in said for one in _BAD_DATES)):
        return wrong_clock(host, date, now)
    if kind is EngineRefused or "api key" in said:
        return EngineRefused(f"{host} does not accept the key; check the account in [cloud]")
    if kind is EngineBusy:
        return EngineBusy(f"{host} answers no more for now: too much was asked, or it is not paid")
    if 300 <= status < 400 or "<html" in said:
        return login_page(host)
    if status >= 500:
        return EngineError(f"{host} is in trouble itself ({status}); try again later")
    return EngineError(f"{host} does not take the request ({status}); check [cloud] and [stt]")


def unreachable(host: str, error: BaseException) -> EngineError:
    """Why there is no connection, or none any more."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return EngineError(f"nobody knows where {host} is; see that network and DNS work")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(host, cause)
        if isinstance(cause, TimeoutError):
            return late(host)
    return EngineError(f"{host} cannot be reached ({error or type(error).__name__})")


def late(host: str) -> EngineError:
    """Nothing came in time."""
    return EngineError(f"{host} did not answer in time")


def endless(host: str) -> EngineError:
    """More came than any answer needs."""
    return EngineError(f"{host} answers without end")


def login_page(host: str) -> EngineError:
    """A captive portal stands between."""
    return EngineError(f"a web page answers for {host}; perhaps the network asks for a login")


def wrong_clock(host: str, date: str, now: float) -> EngineError:
    """What is signed is signed with the time, and ours is another one."""
    skew = skew_seconds(date, now)
    by = "" if skew is None else f" by {abs(skew) / 60:.0f} minutes"
    return EngineError(f"the speaker's clock differs from that of {host}{by}; {_SET_IT}")


def is_skewed(date: str, now: float) -> bool:
    """Whether our clock is too far from that of who sent a Date header."""
    return abs(skew_seconds(date, now) or 0.0) > _MOST_SKEW_SECONDS


def skew_seconds(date: str, now: float) -> float | None:
    """How far our clock is ahead of a Date header; None when that cannot be read."""
    try:
        return now - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def read_json(host: str, body: bytes | str) -> Json:
    """An answer that must be a JSON object. Raises EngineError."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        text = body[:1_000].decode(errors="replace") if isinstance(body, bytes) else body[:1_000]
        if "<html" in text.lower():
            raise login_page(host) from error
        raise EngineError(f"{host} answers what is no JSON") from error
    if not isinstance(answer, dict):
        raise EngineError(f"{host} answers another kind of JSON than documented")
    return answer


def _untrusted(host: str, error: ssl.SSLCertVerificationError) -> EngineError:
    if error.verify_code in (_NOT_YET_VALID, _EXPIRED):
        return EngineError(
            f"the certificate of {host} does not hold at the time of the speaker's clock; {_SET_IT}"
        )
    return EngineError(
        f"who answers for {host} cannot prove to be it; perhaps the network asks for a login"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
