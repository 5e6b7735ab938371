"""How a WebRTC peer and the gateway find each other: PROTOCOLS.md, section 3a. Pure.

The peer offers, the gateway answers with all of its candidates; the gateway never offers, so that
offers cannot cross. What is offered is read before aiortc sees it, for aiortc would go on to
decode video, open any number of transports and resolve any number of names.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

MOST_CHARACTERS: Final = 65_536
"""Of one message; a browser's offer of sound and a data channel has about 6,000."""
MOST_CANDIDATES: Final = 64
"""A peer may name, in its offers and beside them."""
MOST_OFFERS: Final = 8
"""In one conversation."""
_MOST_MIXED_UP: Final = 16
"""Messages that cannot be understood before the peer is sent away."""

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CANDIDATE: Final = re.compile(
    r"\S{1,32} [0-9]{1,3} (?:udp|tcp) [0-9]{1,10} \S{1,255} ([0-9]{1,5})"
    r" typ [a-z]{1,8}(?: \S+ \S+)*",
    re.IGNORECASE,
)


class Refused(Exception):
    """A message of the peer's was not followed; the conversation goes on unless `final`."""

    def __init__(self, code: str, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.code = code
        """Stable name of what was wrong."""
        self.final = final


@dataclass(frozen=True, slots=True)
class IceServer:
    """STUN or TURN: tells the address that a peer sees, or lends one."""

    url: str
    username: str = ""
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a peer wants to send and hear."""

    sdp: str
    fingerprints: frozenset[str]
    """Of the certificate that the peer will show."""
    ufrag: str
    """Name of the attempt to connect; a second one is a restart of ICE."""
    candidates: int
    """Named in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address at which the peer may be reached."""

    line: str
    """As in SDP, without "candidate:"; empty: there are no more."""
    mid: str | None = None
    """Section of the offer that it belongs to, by name."""
    index: int | None = None
    """The same, by number."""


@dataclass(slots=True)
class Signalling:
    """What one peer has said so far, and whether it may go on."""

    offer: Offer | None = None
    """The last one that was let through."""
    _offers: int = 0
    _candidates: int = 0
    _mixed_up: int = 0

    def take(self, text: str) -> Offer | Candidate:
        """Read a message. Raises Refused."""
        try:
            return self._follow(text)
        except Refused as refused:
            self._mixed_up += 1
            if self._mixed_up > _MOST_MIXED_UP:
                raise Refused(refused.code, str(refused), final=True) from refused
            raise

    def _follow(self, text: str) -> Offer | Candidate:
        said = _object(text)
        match said.get("type"):
            case "offer":
                return self._offered(said.get("sdp"))
            case "ice-candidate":
                return self._named(said)
            case "answer":
                raise Refused("unexpected-answer", "nothing was offered to you: offer something")
            case other:
                raise Refused("unknown-type", f"there is no message of type {str(other)[:40]!r}")

    def _offered(self, sdp: Any) -> Offer:
        self._offers += 1
        if self._offers > MOST_OFFERS:
            raise Refused("too-many-offers", "this was offered too often", final=True)
        offer = read_offer(sdp)
        if self.offer and self.offer.fingerprints != offer.fingerprints:
            raise Refused("other-peer", "this is somebody else's offer: connect anew")
        if self.offer and self.offer.ufrag != offer.ufrag:
            raise Refused("ice-restart", "a restart of ICE is not possible: connect anew")
        self._count(offer.candidates)
        self.offer = offer
        return offer

    def _named(self, said: dict[str, Any]) -> Candidate:
        if self.offer is None:
            raise Refused("no-offer", "candidates come after the offer")
        self._count(1)
        return read_candidate(said)

    def _count(self, candidates: int) -> None:
        self._candidates += candidates
        if self._candidates > MOST_CANDIDATES:
            text = f"more than {MOST_CANDIDATES} candidates"
            raise Refused("too-many-candidates", text, final=True)


def read_offer(sdp: Any) -> Offer:
    """What an SDP offers: sound and at most one data channel. Raises Refused."""
    if not isinstance(sdp, str) or not sdp.startswith("v=0"):
        raise Refused("bad-offer", "an offer has an SDP")
    kinds = [line.split(" ", 1)[0] for line in _values(sdp, "m=")]
    if kinds.count("audio") != 1 or kinds.count("application") > 1:
        raise Refused("bad-offer", "offer one audio section and at most one data channel")
    if len(kinds) > kinds.count("audio") + kinds.count("application"):
        raise Refused("bad-offer", "only sound and a data channel are understood")
    if not re.search(r"^a=rtpmap:[0-9]{1,3} opus/48000", sdp, re.IGNORECASE | re.MULTILINE):
        raise Refused("no-opus", "sound is carried as Opus only")
    ufrag = next(_values(sdp, "a=ice-ufrag:"), "")
    fingerprints = frozenset(value.lower() for value in _values(sdp, "a=fingerprint:"))
    if not ufrag or not fingerprints:
        raise Refused("bad-offer", "the offer lacks a=ice-ufrag or a=fingerprint")
    return Offer(sdp, fingerprints, ufrag, sum(1 for _ in _values(sdp, "a=candidate:")))


def read_candidate(said: dict[str, Any]) -> Candidate:
    """A candidate as a browser writes it, or its line alone; null ends them. Raises Refused."""
    candidate = said.get("candidate")
    if isinstance(candidate, dict):
        said, candidate = candidate, candidate.get("candidate")
    mid, index = said.get("sdpMid"), said.get("sdpMLineIndex")
    line = "" if candidate is None else candidate
    mid_fits = mid is None or (isinstance(mid, str) and len(mid) <= 64)
    index_fits = index is None or (type(index) is int and 0 <= index < 8)
    if not isinstance(line, str) or not mid_fits or not index_fits:
        raise Refused("bad-candidate", "a candidate is a line of SDP, with sdpMid or sdpMLineIndex")
    line = line.removeprefix("a=").removeprefix("candidate:").strip()
    fits = _CANDIDATE.fullmatch(line)
    if line and (fits is None or int(fits[1]) > 65_535):
        raise Refused("bad-candidate", "this is no candidate")
    return Candidate(line, mid, 0 if mid is None and index is None else index)


def is_client_id(text: str) -> bool:
    """Whether a peer may call itself that."""
    return _CLIENT_ID.fullmatch(text) is not None


def answer(sdp: str) -> str:
    """Tell the peer how it is heard and answered."""
    return json.dumps({"type": "answer", "sdp": sdp})


def error(code: str, message: str) -> str:
    """Tell the peer what was wrong."""
    return json.dumps({"type": "error", "code": code, "message": message})


def _object(text: str) -> dict[str, Any]:
    if len(text) > MOST_CHARACTERS:
        raise Refused("too-large", f"a message has at most {MOST_CHARACTERS} characters")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("not-json", "a message is a JSON object") from error
    if not isinstance(said, dict):
        raise Refused("not-json", "a message is a JSON object")
    return said


def _values(sdp: str, prefix: str) -> Iterator[str]:
    """What follows the prefix, in the lines where something does."""
    for line in sdp.splitlines():
        if line.startswith(prefix) and line != prefix:
            yield line.removeprefix(prefix)
