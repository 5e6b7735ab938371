"""What the WebSocket protocols of services that listen have in common. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from device.audio.format import RATE
from device.pipeline.stt.cloud.service import Heard

Message = str | bytes

BYTES_A_SECOND: Final = 2 * RATE
"""Of 16 bit mono PCM."""
MOST_CHARACTERS: Final = 4_000
"""Nobody says more in one sentence."""
_CLOSING: Final = ".,!?;:%)"


@dataclass(frozen=True, slots=True)
class Address:
    """Where one sentence is sent."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


class Wire(Protocol):
    """One sentence in the words of a service."""

    def audio(self, pcm: bytes) -> Sequence[Message]:
        """What to send for the next piece of it, 16 bit mono at 16 kHz."""
        ...

    def end(self) -> Sequence[Message]:
        """What to send when it is over."""
        ...

    def take(self, message: Message) -> bool:
        """Read an answer; whether it was the last. Raises EngineError."""
        ...

    @property
    def heard(self) -> Heard:
        """What is understood so far."""
        ...


class Tongue(Protocol):
    """How one service wants to be spoken to."""

    paced: bool
    """Whether it wants a second of speech to take a second."""
    signed: bool
    """Whether its address holds a signature of the time."""

    def address(self, language: str, now: float) -> Address:
        """Where to connect, at `now` seconds since 1970. Raises EngineError."""
        ...

    def open(self, language: str) -> Wire:
        """A new sentence."""
        ...


class Talk(Protocol):
    """One sentence on its way to a service, while it is said."""

    @property
    def heard(self) -> Heard:
        """What is understood so far. Raises EngineError when it failed."""
        ...

    def feed(self, pcm: bytes) -> None:
        """Send more of the sentence, 16 bit mono at 16 kHz."""
        ...

    async def finish(self) -> Heard:
        """All was said: what was understood. Raises EngineError."""
        ...

    async def close(self) -> None:
        """Break off; idempotent."""
        ...


def joined(pieces: Sequence[str]) -> str:
    """Pieces of a sentence in a row, with a gap where the script has gaps."""
    text = ""
    for piece in (one.strip() for one in pieces):
        text += f" {piece}" if text and piece and _is_gap(text[-1], piece[0]) else piece
    return text


def _is_gap(before: str, after: str) -> bool:
    return not (_is_dense(before) or _is_dense(after) or after in _CLOSING)


def _is_dense(letter: str) -> bool:
    """Whether its script has no gaps: Chinese, Japanese, Thai; Korean has some."""
    is_korean = "\uac00" <= letter <= "\ud7af"
    return (letter >= "\u2e80" and not is_korean) or "\u0e00" <= letter <= "\u0e7f"
