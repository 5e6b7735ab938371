"""Who may come in: tokens, origins, hosts, and how often one may knock.

A page of another site can make a browser connect to loopback, and a name can be pointed at it (DNS
rebinding): so Origin and Host are checked even where no token is asked for.
"""

import hmac
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from device.errors import NotAdmitted

SUBPROTOCOLS: Final = ("parlor-token.", "openai-insecure-api-key.")
"""Before a token among WebSocket sub-protocols: a page can send no header."""
_BURST: Final = 30.0
_MOST_CLIENTS: Final = 1_024
"""Addresses remembered; the one that came longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Knock:
    """What is known of somebody who wants in."""

    address: str
    """Of the client."""
    headers: Mapping[str, str]
    """Names in lower case."""
    query_token: str = ""
    """`?token=`."""

    @property
    def tokens(self) -> Sequence[str]:
        """All that were shown."""
        kind, _, bearer = self.headers.get("authorization", "").partition(" ")
        offered = self.headers.get("sec-websocket-protocol", "").split(",")
        protocols = [
            name.strip().removeprefix(prefix)
            for name in offered for prefix in SUBPROTOCOLS if name.strip().startswith(prefix)
        ]  # fmt: skip
        shown = [bearer.strip() if kind.lower() == "bearer" else "", self.query_token, *protocols]
        return [token for token in shown if token]


def subprotocol(offered: Iterable[str]) -> str | None:
    """The one to speak of those that a client offers: a browser hangs up when none is chosen."""
    return next((name for name in offered if not name.startswith(SUBPROTOCOLS)), None)


class Access:
    """Decides who is let in."""

    def __init__(
        self, tokens: Iterable[str], origins: Iterable[str], names: Iterable[str],
        knocks_per_minute: float,
    ) -> None:  # fmt: skip
        """No tokens: nobody needs one. `names`: host names of this machine beside localhost."""
        self._tokens = [token.encode() for token in tokens]
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        called = (urlsplit(origin).hostname or "" for origin in self._origins)
        self._names = {"localhost", *called, *(name.lower() for name in names)}
        self._rate = RateLimit(knocks_per_minute / 60.0, _BURST)

    def check(self, knock: Knock, now: float, *, needs_token: bool = True) -> None:
        """Let in, or raise NotAdmitted; `now` in seconds of any clock."""
        if not self._rate.allows(knock.address, now):
            raise NotAdmitted(
                "too many connections from here; wait a minute", HTTPStatus.TOO_MANY_REQUESTS
            )
        host = knock.headers.get("host", "").lower()
        if not self._is_ours(host):
            raise NotAdmitted(
                f"this is not {host[:100]!r}; name https://... of it in [gateway] origins",
                HTTPStatus.FORBIDDEN,
            )
        origin = knock.headers.get("origin", "").lower()
        if origin and origin not in {*self._origins, f"http://{host}", f"https://{host}"}:
            raise NotAdmitted(
                f"pages of {origin[:100]!r} may not; name it in [gateway] origins",
                HTTPStatus.FORBIDDEN,
            )
        if needs_token and self._tokens and not any(map(self._knows, knock.tokens)):
            raise NotAdmitted("a valid token is missing", HTTPStatus.UNAUTHORIZED)

    def _knows(self, token: str) -> bool:
        """Compare with every token, each in constant time."""
        shown = token.encode(errors="surrogatepass")
        return sum([hmac.compare_digest(shown, known) for known in self._tokens]) > 0

    def _is_ours(self, host: str) -> bool:
        """An address needs no name server, so nobody can have pointed a name at it."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or _is_address(name)


class RateLimit:
    """A token bucket for each client."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, client: str, now: float) -> bool:
        """Whether one more is allowed now, which counts it."""
        left, at = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        allowed = left >= 1.0
        self._buckets[client] = (left - allowed, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return allowed


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
