"""Who is spoken with on the telephone, and how the telephone company is told so."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import urlsplit

from device.config import PhoneConfig
from device.errors import NotAdmitted
from device.gateway.phone.outgoing import Outgoing
from device.gateway.phone.signature import Form, is_signed
from device.gateway.phone.tickets import Tickets
from device.gateway.phone.twilio import Started
from device.gateway.phone.twiml import connect, hang_up, reject
from device.outside import Outside

ANSWER, STREAM, STATUS = "/phone/answer", "/phone/stream", "/phone/status"
_TICKET: Final = "ticket"
_IN_VAIN: Final = ("busy", "no-answer", "failed", "canceled")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said on the telephone, in the language of the speaker; empty: nothing."""

    greeting: str
    goodbye: str
    """When the time of a call is over."""
    yes: str
    no: str


class Switchboard:
    """Of one speaker."""

    def __init__(
        self, config: PhoneConfig, token: str, words: Words, outside: Outside,
        outgoing: Outgoing | None, unanswered: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`token` of the account; `unanswered` is told the name of a contact who did not answer."""
        self.config = config
        self.words = words
        self.outgoing = outgoing
        self._token = token
        self._outside = outside
        self._unanswered = unanswered
        self._calls = 0
        self._tickets, self._over = Tickets(), Tickets()

    def check(self, signature: str, path: str, form: Form = ()) -> None:
        """Let only the telephone company in. Raises NotAdmitted.

        `path` with its query, as asked for; a WebSocket's address is signed as one.
        """
        url = self.config.public_url.rstrip("/") + path
        if path.startswith(STREAM):
            url = url.replace("http", "ws", 1)
        if not is_signed(self._token, signature, url, form):
            raise NotAdmitted(
                f"the signature is not of {url}; see [gateway.phone] public_url and "
                "auth_token_file",
                HTTPStatus.FORBIDDEN,
            )

    @contextmanager
    def holding(self) -> Iterator[None]:
        """A call is held inside the block, and what is said leaves for the telephone company."""
        self._calls += 1
        try:
            with self._outside.leaving(urlsplit(self.config.base_url).hostname or ""):
                yield
        finally:
            self._calls -= 1

    def answer(self, call: Mapping[str, str], now: float, *, full: bool) -> bytes:
        """The document for a call; `full`: nobody can be spoken with. Raises NotAdmitted."""
        outbound = call.get("Direction", "").startswith("outbound")
        if not self._knows(call, outbound=outbound):
            return _refusal("rejected", outbound=outbound)
        if full or self._calls + self._tickets.waiting(now) >= self.config.calls:
            return _refusal("busy", outbound=outbound)
        ticket = secrets.token_urlsafe(16)
        if not self._tickets.issue(call.get("CallSid", ""), ticket, now):
            raise NotAdmitted("this call was answered before", HTTPStatus.FORBIDDEN)
        url = self.config.public_url.rstrip("/").replace("http", "ws", 1) + STREAM
        return connect(url, {_TICKET: ticket})

    def admits(self, started: Started, now: float) -> bool:
        """Whether a stream is that of a call that was answered; it is so only once."""
        return self._tickets.take(started.call, started.parameters.get(_TICKET, ""), now)

    def ended(self, call: Mapping[str, str], now: float) -> None:
        """A call that we placed is over, or never was one; it is so only once."""
        news = self._over.issue(call.get("CallSid", ""), "", now)
        if news and call.get("CallStatus") in _IN_VAIN:
            numbers = {number: name for name, number in self.config.contacts.items()}
            if name := numbers.get(call.get("To", "")):
                self._unanswered(name)

    def _knows(self, call: Mapping[str, str], *, outbound: bool) -> bool:
        config = self.config
        if config.account_sid and call.get("AccountSid") != config.account_sid:
            return False
        if outbound:
            return call.get("To") in config.contacts.values()
        return call.get("From") in config.callers


def _refusal(reason: Literal["rejected", "busy"], *, outbound: bool) -> bytes:
    """A call that we placed cannot be rejected any more."""
    return hang_up() if outbound else reject(reason)
