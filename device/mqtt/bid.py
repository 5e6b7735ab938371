"""Which of several speakers that heard the same wake word answers. Pure.

Each bids on `parlor/bid/<group>` (protocol section 6):

    {"device_id": "kitchen", "wake_word": "hey_jarvis", "score": 0.97, "snr_db": 18.2,
     "level_dbfs": -31.0, "at": 1769072400.25, "claim": false}

The highest (snr_db, level_dbfs, device_id) wins. After its window the winner sends its bid again
with `"claim": true`: I answer. Only a claim silences anybody, never a mere bid. So the room is
never silent, whatever is lost:

- A speaker that waits loses when somebody better claims. A better bidder that does not claim in
  time has died or cannot hear us, and the next best claims.
- A speaker that has claimed gives way when somebody better claims. The best of those who claimed
  gives way to nobody.
- A speaker that wakes well after somebody claimed leaves the room to that one.

A lost message makes two answer for a moment, until one hears the claim of the other. A speaker
that dies between its claim and its answer is the one case in which somebody has to ask again. `at`
is wall time for people who read along; clocks differ, so only the time of arrival counts here.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from device.errors import CommandInvalid
from device.events import WakeWordDetected
from device.mqtt.topics import Topics

UTTERANCE_SECONDS = 1.5
"""Bids that lie further apart are for different utterances."""
GRACE_SECONDS = 0.5
"""Who wakes later than this after a claim does not compete with it any more."""
CLAIM_SECONDS = 0.3
"""How long a claim may be on its way."""

_MOST_RANKS = 5
"""Nobody waits for more than so many dead ones."""
_LONGEST_PAYLOAD = 1_000
_LONGEST_WORD = 100
_CLOCK_SECONDS = 0.001
_SCORE = (0.0, 1.0)
_DB = (-200.0, 200.0)
_AT = (0.0, 1e12)


@dataclass(frozen=True, slots=True)
class Bid:
    """How well one speaker heard a wake word."""

    device_id: str
    wake_word: str
    score: float
    """0 to 1."""
    snr_db: float
    level_dbfs: float
    at: float
    """Wall time of the speaker in seconds."""
    claim: bool = False
    """Whether the speaker says that it answers."""

    def beats(self, other: "Bid") -> bool:
        """Whether this one is the better of two speakers."""
        return self._rank > other._rank

    @property
    def _rank(self) -> tuple[float, float, str]:
        return (self.snr_db, self.level_dbfs, self.device_id)


@dataclass(frozen=True, slots=True)
class Heard:
    """A bid, our own among them, and when it was made known here."""

    bid: Bid
    at: float
    """Loop time in seconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a speaker that bids does now."""

    answers: bool | None
    """None: it has to wait for `seconds`, or for the next message."""
    seconds: float = 0.0


def judge(own: Heard, others: Iterable[Heard], now: float, window_seconds: float) -> Verdict:
    """Decide on `own`; `others` is the newest bid of each other speaker, `now` in loop time."""
    rivals = [one for one in others if same_utterance(own, one)]
    if any(one.bid.claim and (one.bid.beats(own.bid) or _long_before(one, own)) for one in rivals):
        return Verdict(answers=False)
    better = min(_MOST_RANKS, sum(one.bid.beats(own.bid) for one in rivals))
    # Each better one has a window of its own, which may have begun when ours ended.
    patience = window_seconds + better * (window_seconds + CLAIM_SECONDS)
    left = own.at + patience - now
    return Verdict(answers=True) if left <= _CLOCK_SECONDS else Verdict(None, left)


def gives_way(own: Heard, claim: Heard) -> bool:
    """Whether a speaker that has claimed leaves the room to `claim`."""
    return claim.bid.claim and claim.bid.beats(own.bid) and same_utterance(own, claim)


def same_utterance(one: Heard, other: Heard) -> bool:
    """Whether two bids are for one spoken word."""
    near = abs(one.at - other.at) <= UTTERANCE_SECONDS
    return near and _letters(one.bid.wake_word) == _letters(other.bid.wake_word)


def make_bid(device_id: str, woken: WakeWordDetected, at: float) -> Bid:
    """The bid of a speaker that has heard a wake word at wall time `at`."""
    return Bid(
        device_id=device_id,
        wake_word=woken.word[:_LONGEST_WORD],
        score=_within(woken.score, _SCORE, digits=3),
        snr_db=_within(woken.snr_db, _DB, digits=2),
        level_dbfs=_within(woken.level_dbfs, _DB, digits=2),
        at=_within(at, _AT, digits=3),
    )


def write_bid(bid: Bid) -> str:
    """The payload."""
    return json.dumps(asdict(bid), ensure_ascii=False)


def read_bid(payload: str) -> Bid:
    """Read a payload; unknown keys are left alone. Raises CommandInvalid."""
    if len(payload) > _LONGEST_PAYLOAD:
        raise CommandInvalid(f"a bid of {len(payload)} characters is none")
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CommandInvalid(f"a bid is no JSON: {error}") from error
    if not isinstance(told, dict):
        raise CommandInvalid("a bid is a JSON object")
    claim = told.get("claim", False)
    if not isinstance(claim, bool):
        raise CommandInvalid("claim of a bid is true or false")
    return Bid(
        device_id=_device_id(told),
        wake_word=_word(told),
        score=_number(told, "score", _SCORE),
        snr_db=_number(told, "snr_db", _DB),
        level_dbfs=_number(told, "level_dbfs", _DB),
        at=_number(told, "at", _AT),
        claim=claim,
    )


def _long_before(claim: Heard, own: Heard) -> bool:
    return own.at - claim.at > GRACE_SECONDS


def _letters(word: str) -> str:
    """Speakers with other engines may write hey_jarvis as Hey Jarvis."""
    return "".join(sign for sign in word.casefold() if sign.isalnum())


def _device_id(told: dict[str, Any]) -> str:
    value = told.get("device_id")
    try:
        return Topics(value if isinstance(value, str) else "").device_id
    except ValueError as error:
        raise CommandInvalid(f"device_id of a bid: {error}") from error


def _word(told: dict[str, Any]) -> str:
    value = told.get("wake_word")
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_WORD:
        raise CommandInvalid(f"wake_word of a bid is a name, not {value!r}")
    return value


def _number(told: dict[str, Any], key: str, span: tuple[float, float]) -> float:
    value = told.get(key)
    low, high = span
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise CommandInvalid(f"{key} of a bid is a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def _within(value: float, span: tuple[float, float], digits: int) -> float:
    """Rounded as it is sent, so that all compare the same numbers; the lowest for no number."""
    return span[0] if math.isnan(value) else round(min(max(value, span[0]), span[1]), digits)
