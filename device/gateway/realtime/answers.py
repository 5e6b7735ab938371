"""The house's side of a Realtime session: what is asked of it one after the other, and its answers.

Pure. A client's questions wait until the house can take them; what the house says of its own
accord, a timer or a complaint, is a response that nobody asked for.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from device import events as e
from device.audio.format import Samples
from device.brief import Brief
from device.gateway.realtime.acts import Act, Post, Recall, Result, Tell, Wish
from device.gateway.realtime.items import Items
from device.gateway.realtime.response import Asked, Response
from device.gateway.realtime.settings import Settings
from device.gateway.realtime.sound import SPOKEN_RATE, Spoken
from device.gateway.realtime.talk import Ask, Note, Talk, transcription_failed

Json = dict[str, Any]
IDLE, LISTENING = e.TurnState.IDLE, e.TurnState.LISTENING

_MOST_HELD: Final = 30 * SPOKEN_RATE
"""Samples that wait for a response to belong to."""
_NO_RESULT: Final = '{"error": "the client gave no result"}'


class Answers:
    """One response at a time."""

    def __init__(self, talk: Talk, *, carries_sound: bool) -> None:
        """Not `carries_sound`: it goes another way, and is only told of here."""
        self._talk = talk
        self._carries_sound = carries_sound
        self._spoken = Spoken(talk.settings.spoken_as)
        self._brief = Brief()
        self._wants: deque[Note | Ask] = deque()
        self._doing: Note | Ask | None = None
        self._response: Response | None = None
        self._finished = 0
        self._said: tuple[int, str] = (0, "")
        self._held: deque[Samples] = deque()
        self._cancelling = False
        self._calls: dict[str, str] = {}
        self._calling = 0
        self._state = IDLE

    @property
    def responding(self) -> bool:
        """Whether a response is under way."""
        return self._response is not None

    def brief(self, settings: Settings | None = None) -> Iterator[Act]:
        """Let the house go by these settings, or by the session's."""
        brief = self._talk.brief(settings)
        if brief != self._brief:
            self._brief = brief
            yield Wish(brief)

    def note(self, note: Note) -> Iterator[Act]:
        """Write a recording down as soon as possible."""
        self._wants.append(note)
        yield from self._next()

    def ask(self, settings: Settings, items: Items, metadata: Json | None) -> Iterator[Act]:
        """Answer what is unanswered, or go on with what the client's tools gave."""
        response = Response(self._talk.new_id("resp"), settings, items, self._talk.new_id, metadata)
        if self._calls:
            yield from self._go_on(response)
            return
        self._response = response
        yield from map(Tell, response.begin())
        self._wants.append(Ask(response))
        yield from self._next()

    def cancel(self) -> Iterator[Act]:
        """The client wants no more of it."""
        assert self._response is not None
        asked = self._response.turn_id or isinstance(self._doing, Ask)
        yield from self._finish("cancelled", "client_cancelled")
        if asked:
            self._cancelling = True
            yield Post(e.StopRequested(by="api"))

    def answer(self, turn_id: int, seconds: float) -> Iterator[Act]:
        """Somebody said something that the house answers at once, also over what it says."""
        if self._response is not None:
            yield from self._finish("cancelled", "turn_detected")
        yield from self._open(turn_id, Asked(seconds=seconds))

    def told(self, event: e.Event) -> Iterator[Act]:
        """Something happened in the house."""
        match event:
            case e.StateChanged(new=new):
                yield from self._moved(new)
            case e.UtteranceGiven(turn_id=turn_id):
                self._bind(turn_id)
            case e.StopRequested():
                self._cancelling = False
            case e.SentenceBegan(text=text, turn_id=turn_id):
                yield from self._words(turn_id, text, speaks=True)
            case e.ReplyText(text=text, is_final=True, turn_id=turn_id):
                yield from self._words(turn_id, text, speaks=False)
            case e.PlaybackStarted(turn_id=turn_id):
                yield from self._open_for(turn_id)
            case e.PlaybackFinished():
                yield from self._played(event)
            case e.NothingToSay(turn_id=turn_id) if self._is_answered_by(turn_id):
                yield from self._finish("completed")
            case e.StageFailed(turn_id=turn_id, code=code, message=words):
                yield from self._failed(turn_id, code, words)

    def sound(self, samples: Samples) -> Iterator[Act]:
        """The house says this, at SPOKEN_RATE and of shape (n,)."""
        if self._cancelling:
            return
        response = self._response
        if response is None:
            if sum(map(len, self._held)) < _MOST_HELD:
                self._held.append(samples)
            return
        if not response.settings.speaks:
            return
        seconds = len(samples) / SPOKEN_RATE
        if not self._carries_sound:
            yield from map(Tell, response.sound_elsewhere(seconds))
            return
        if self._spoken.kind != response.settings.spoken_as:
            self._spoken = Spoken(response.settings.spoken_as)
        if audio := self._spoken.encode(samples):
            yield from map(Tell, response.sound(audio, seconds))

    def forgotten(self) -> None:
        """What the house said last is not to be heard any more."""
        self._held.clear()

    def call(self, call_id: str, name: str, arguments: str) -> Iterator[Act]:
        """A language model uses a tool of the client's."""
        if self._response is None:
            yield from self._open(self._calling, Asked())
        assert self._response is not None
        yield from map(Tell, self._response.call(call_id, name, arguments))
        self._calls[call_id] = ""

    def called(self) -> Iterator[Act]:
        """It waits for what comes of that."""
        if self._response is not None:
            self._calling = self._response.turn_id
            yield from map(Tell, self._close("completed"))

    def result(self, call_id: str, output: str) -> None:
        """What came of a call; told to the model once the client wants a response."""
        if call_id in self._calls:
            self._calls[call_id] = output or '""'

    def transcript_of(self, turn_id: int) -> Note | None:
        """The recording that this turn writes down."""
        doing = self._doing
        return doing if isinstance(doing, Note) and doing.turn_id == turn_id else None

    def is_asked(self, turn_id: int) -> bool:
        """Whether a turn is a client's, and nobody has spoken in it."""
        asked = self._response is not None and self._response.turn_id == turn_id
        return asked or self.transcript_of(turn_id) is not None

    def _go_on(self, response: Response) -> Iterator[Act]:
        calls, self._calls = self._calls, {}
        response.turn_id, self._response = self._calling, response
        yield from map(Tell, response.begin())
        yield from self._flush()
        for call_id, output in calls.items():
            yield Result(call_id, output or _NO_RESULT)

    def _next(self) -> Iterator[Act]:
        """Let the house do the next thing, if it can."""
        if self._doing is not None or self._state not in (IDLE, LISTENING):
            return
        while self._doing is None and self._wants:
            self._doing = self._wants.popleft()
            match self._doing:
                case Note(samples=samples):
                    yield Post(e.UtteranceGiven(text="", samples=samples, answered=False))
                case Ask(response=response):
                    yield from self._put(response)

    def _put(self, response: Response) -> Iterator[Act]:
        settings, items = response.settings, response.items
        text = items.unanswered or (settings.instructions if self._talk.thinks else "")
        if not text:
            response.failure = ("nothing_to_answer", "Nothing was said since the last answer.")
            self._doing = None
            yield from map(Tell, self._close("failed"))
            return
        response.asked = Asked(text)
        yield from self.brief(settings)
        if items.changed:
            yield Recall(items.exchanges)
            items.changed = False
            self._talk.items.changed = items is not self._talk.items
        yield Post(e.UtteranceGiven(text=text, spoken=settings.speaks))

    def _bind(self, turn_id: int) -> None:
        match self._doing:
            case Note() as note:
                note.turn_id = turn_id
            case Ask(response=response):
                response.turn_id = turn_id

    def _moved(self, state: e.TurnState) -> Iterator[Act]:
        self._state = state
        if state is not IDLE:
            return
        if self._response is not None and self._response.turn_id:
            failed = self._response.failure is not None
            yield from self._finish("failed" if failed else "cancelled", "turn_detected")
        if isinstance(self._doing, Note) and self._doing.turn_id:
            self._doing = None
        self._calls.clear()
        self._held.clear()
        yield from self._next()

    def _words(self, turn_id: int, text: str, *, speaks: bool) -> Iterator[Act]:
        yield from self._open_for(turn_id)
        response = self._response
        if response is None or response.turn_id != turn_id:
            return
        if text and response.settings.speaks is speaks:
            yield from map(Tell, response.say(text))

    def _open_for(self, turn_id: int) -> Iterator[Act]:
        """The house says something of its own accord."""
        known = turn_id <= self._finished or self.is_asked(turn_id)
        if self._response is None and not known and not self._calls:
            yield from self._open(turn_id, Asked())

    def _open(self, turn_id: int, asked: Asked) -> Iterator[Act]:
        if self._response is not None:
            return
        talk = self._talk
        self._response = Response(
            talk.new_id("resp"), talk.settings, talk.items, talk.new_id, None, asked, turn_id
        )
        yield from map(Tell, self._response.begin())
        yield from self._flush()

    def _flush(self) -> Iterator[Act]:
        held, self._held = self._held, deque()
        for samples in held:
            yield from self.sound(samples)

    def _played(self, event: e.PlaybackFinished) -> Iterator[Act]:
        if self._is_answered_by(event.turn_id):
            status = ("completed",) if event.completed else ("cancelled", "turn_detected")
            yield from self._finish(*status)
        if event.turn_id == self._calling:
            self._calls.clear()
        turn_id, item_id = self._said
        if not event.completed and turn_id == event.turn_id and item_id:
            self._talk.items.say(item_id, event.heard_text)

    def _is_answered_by(self, turn_id: int) -> bool:
        return self._response is not None and self._response.turn_id == turn_id

    def _failed(self, turn_id: int, code: str, words: str) -> Iterator[Act]:
        note = self.transcript_of(turn_id)
        if note is not None:
            # Nobody waits for an excuse: the client is told on the wire.
            yield Tell(transcription_failed(note.item_id, code, words))
            yield Post(e.StopRequested(by="api"))
            return
        yield from self._open_for(turn_id)
        if self._is_answered_by(turn_id) and self._response is not None:
            self._response.failure = (code, words)

    def _finish(self, status: str, reason: str = "") -> Iterator[Act]:
        yield from map(Tell, self._close(status, reason))
        yield from self.brief()

    def _close(self, status: str, reason: str = "") -> Iterator[Json]:
        response, self._response = self._response, None
        assert response is not None
        rest = self._spoken.rest()
        if rest and status == "completed" and response.speaking:
            yield from response.sound(rest, 0.0)
        yield from response.finish(status, reason)
        if response.seconds and not self._carries_sound:
            end = "stopped" if status == "completed" else "cleared"
            yield {"type": f"output_audio_buffer.{end}", "response_id": response.id}
        if not self._calls:
            self._finished = max(self._finished, response.turn_id)
        self._said = (response.turn_id, response.said_id)
        self._wants = deque(one for one in self._wants if isinstance(one, Note))
        if isinstance(self._doing, Ask):
            self._doing = None
