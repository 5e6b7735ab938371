"""Which sentence of a reply its sound belongs to, by counting what is sent. Pure.

The words come with the place where they begin, before their sound; the sound comes as it is
played. A reply that was held goes on where it was heard last, even when another one was begun and
dropped meanwhile.
"""

from dataclasses import dataclass, field

from device import events as e
from device.audio.format import Samples


@dataclass(frozen=True, slots=True)
class Begin:
    """A sentence is heard from here on."""

    text: str
    """Empty: a sound without words."""
    first: bool
    """It is the first of a reply."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A piece of the sentence's sound."""

    samples: Samples


@dataclass(frozen=True, slots=True)
class End:
    """The sentence's sound is complete, or was cut."""


Piece = Begin | Sent | End


@dataclass(slots=True)
class _Reply:
    turn_id: int = 0
    """0: not known yet."""
    marks: list[tuple[int, str]] = field(default_factory=list)
    """The sample at which a sentence begins, and its words."""
    position: int = 0
    """Samples that were sent and not taken back."""
    begun: bool = False
    made: bool = False
    """All of its sound has been made."""

    def words(self) -> str:
        """Those of the sentence that is to be sent now."""
        past = [text for at, text in self.marks if at <= self.position]
        return past[-1] if past else ""

    def room(self) -> int | None:
        """Samples until the next sentence begins; None: that is not known."""
        return min((at - self.position for at, _ in self.marks if at > self.position), default=None)


class Sentences:
    """Of the replies of one conversation."""

    def __init__(self, rate: int) -> None:
        """`rate` of the sound that is sent, in Hz."""
        self._rate = rate
        self._reply = _Reply()
        self._held: _Reply | None = None
        self._open = False

    @property
    def speaking(self) -> bool:
        """Whether a sentence has begun and not ended."""
        return self._open

    def take(self, event: e.Event) -> list[Piece]:
        """What follows from something that happened."""
        match event:
            case e.SentenceBegan(text=text, offset_seconds=offset):
                self._begin(event.turn_id)
                self._reply.marks.append((round(offset * self._rate), text))
            case e.ReplyMade():
                self._reply.made = self._reply.made or event.turn_id == self._reply.turn_id
            case e.PlaybackResumed() if self._held and self._held.turn_id == event.turn_id:
                self._reply, self._held = self._held, None
            case e.PlaybackFinished() if self._reply.turn_id in (0, event.turn_id):
                self._reply = _Reply()
                return self._end()
        return []

    def send(self, samples: Samples) -> list[Piece]:
        """Sound that is played next, shape (n,)."""
        pieces: list[Piece] = []
        reply = self._reply
        while len(samples):
            if not self._open:
                pieces.append(Begin(reply.words(), first=not reply.begun))
                self._open = reply.begun = True
            room = reply.room()
            now, samples = samples[:room], samples[len(samples) if room is None else room :]
            pieces.append(Sent(now))
            reply.position += len(now)
            if len(now) == room:
                pieces += self._end()
        return pieces

    def rest(self) -> list[Piece]:
        """Everything that there is was sent."""
        return self._end() if self._reply.made else []

    def cut(self, unheard_seconds: float) -> list[Piece]:
        """So much of what was sent is not heard any more."""
        self._reply.position = max(0, self._reply.position - round(unheard_seconds * self._rate))
        return self._end()

    def _begin(self, turn_id: int) -> None:
        if self._reply.turn_id not in (0, turn_id):
            self._held, self._reply = self._reply, _Reply()
        self._reply.turn_id = turn_id

    def _end(self) -> list[Piece]:
        ended: list[Piece] = [End()] if self._open else []
        self._open = False
        return ended
