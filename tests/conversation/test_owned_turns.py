"""A conversation that takes turns by itself: the session obeys it, and keeps all the rest."""

from collections.abc import AsyncIterator
from typing import cast

import numpy as np
import pytest

from device import events as e
from device.audio.format import RATE, SAMPLES_PER_MS
from device.conversation.base import Conversation, Sound, TurnTaker
from device.conversation.cascade import Cascade
from device.errors import EngineError
from device.pipeline.mock import MockStt
from device.pipeline.vad.endpoint import Reason, SpeechStarted, TurnEnded
from tests.fakes.voice_activity import Began, VoiceActivity
from tests.flow import Rig, flow, silence, speech, wake_word

LIGHT = "turn on the kitchen light"
DEAF_AFTER = 10**9


class Taker:
    """Hears along, and finds turns by loudness 500 ms later."""

    def __init__(self, cascade: Cascade, deaf_after: int = DEAF_AFTER) -> None:
        self._cascade = cascade
        self._deaf_after = deaf_after
        self.lines: list[int] = []
        """Samples that each line has carried."""
        self.loud: list[int] = []
        """Samples among them that were no silence."""
        self.open = 0
        self.languages: list[str] = []

    @property
    def owns_turns(self) -> TurnTaker | None:
        return self if sum(self.lines) < self._deaf_after else None

    def __getattr__(self, name: str) -> object:
        return getattr(self._cascade, name)

    async def attend(self, sound: Sound) -> AsyncIterator[SpeechStarted | TurnEnded]:
        activity, start = VoiceActivity(RATE), sound.start_sample
        self.languages.append(sound.language)
        self.lines.append(0)
        self.loud.append(0)
        self.open += 1
        try:
            async for block in sound.blocks:
                self.lines[-1] += len(block)
                self.loud[-1] += int(np.count_nonzero(block))
                if self.lines[-1] >= self._deaf_after:
                    raise EngineError("the line is dead")
                for found in activity.feed(block):
                    at = sound.start_sample + found.at_ms * SAMPLES_PER_MS
                    if isinstance(found, Began):
                        start = at
                        yield SpeechStarted(at)
                    else:
                        yield TurnEnded(start, at, start, at - RATE // 2, Reason.SILENCE)
        finally:
            self.open -= 1


class Story:
    """One flow with a taker in it."""

    def __init__(self, deaf_after: int = DEAF_AFTER) -> None:
        self.taker: Taker | None = None
        self._deaf_after = deaf_after

    def through(self, cascade: Cascade) -> Conversation:
        self.taker = Taker(cascade, self._deaf_after)
        return cast(Conversation, self.taker)  # what it has not itself it takes from the cascade


async def asks(rig: Rig) -> None:
    await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(2.5))


def test_the_end_of_a_sentence_is_where_the_conversation_finds_it() -> None:
    story = Story()
    rig = flow(asks, stt=MockStt([LIGHT]), through=story.through)
    (ended,) = rig.of(e.TurnEnded)
    assert [one.text for one in rig.of(e.FinalTranscript)] == [LIGHT]
    assert rig.names().count("action_requested") == 1
    (heard,) = rig.stt.heard
    assert len(heard) == ended.stop_sample - ended.start_sample
    # Speech is 1.9 s after the start of the sound and 1.2 s long; the end is told after 500 ms.
    assert ended.decided_sample / RATE == pytest.approx(1.5 + 0.2 + 1.2 + 0.5, abs=0.2)


def test_the_line_is_open_from_the_wake_word_until_the_turn_rests() -> None:
    story = Story()

    async def twice(rig: Rig) -> None:
        await asks(rig)
        await rig.settle()
        assert story.taker is not None
        assert story.taker.open == 0
        before = sum(story.taker.lines)
        await rig.hear(speech(1.0), silence(1.0))
        assert sum(story.taker.lines) == before
        await asks(rig)

    flow(twice, stt=MockStt([LIGHT, LIGHT]), through=story.through)
    assert story.taker is not None
    assert len(story.taker.lines) == 2


def test_nobody_is_waited_for_in_vain() -> None:
    async def silent(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(7.0))

    story = Story()
    rig = flow(silent, through=story.through)
    assert "nobody-spoke" in rig.rows()
    assert rig.session.turn.resting
    assert story.taker is not None
    assert story.taker.open == 0


def test_who_never_stops_is_cut_off() -> None:
    async def endless(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), speech(17.0), silence(2.0))

    rig = flow(endless, stt=MockStt([LIGHT]), through=Story().through)
    (ended,) = rig.of(e.TurnEnded)
    assert ended.reason == "max_length"


def test_speech_over_a_reply_holds_it_and_is_answered() -> None:
    async def interrupts(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(0.6))
        await rig.until(e.PlaybackStarted)
        await rig.hear(silence(0.3), speech(1.0), silence(3.0))

    story = Story()
    rig = flow(
        interrupts, stt=MockStt(["help", "turn off the kitchen light"]), through=story.through
    )
    assert "speech-holds" in rig.rows()
    assert [one.text for one in rig.of(e.FinalTranscript)][-1] == "turn off the kitchen light"
    assert story.taker is not None
    assert len(story.taker.lines) == 1


class OwnVoice:
    """Says of the first so many looks that it was the speaker itself."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    async def run(
        self, turn_id: int, mode: e.BargeIn, asked: e.StartConversation | None = None
    ) -> None:
        assert mode is e.BargeIn.WAKE_WORD

    def is_ours(self, start_sample: int, stop_sample: int) -> bool:
        assert stop_sample - start_sample <= RATE
        self._looks -= 1
        return self._looks >= 0


@pytest.mark.parametrize(("looks", "interrupts"), [(1_000, False), (2, True)])
def test_our_own_voice_interrupts_nobody_and_somebody_over_it_does(
    looks: int, interrupts: bool
) -> None:
    async def echoes(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(0.6))
        await rig.until(e.PlaybackStarted)
        await rig.hear(silence(0.3), speech(1.5), silence(3.0))

    rig = flow(
        echoes, stt=MockStt(["help", "turn on the light"]), through=Story().through,
        overhears=OwnVoice(looks),
    )  # fmt: skip
    assert ("speech-holds" in rig.rows()) is interrupts
    assert rig.session.turn.resting


def test_where_speech_may_not_interrupt_the_conversation_hears_silence() -> None:
    async def interrupts(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(0.6))
        await rig.until(e.PlaybackStarted)
        assert story.taker is not None
        before = story.taker.loud[-1]
        await rig.hear(speech(1.0), silence(1.0))
        assert story.taker.loud[-1] == before

    story = Story()
    rig = flow(interrupts, stt=MockStt(["help"]), through=story.through, mode=e.BargeIn.WAKE_WORD)
    assert "speech-holds" not in rig.rows()


@pytest.mark.parametrize("after", [0.05, 0.8])
def test_when_the_line_breaks_the_sentence_is_heard_here_and_whole(after: float) -> None:
    story = Story(deaf_after=int(after * RATE))
    rig = flow(asks, stt=MockStt([LIGHT]), through=story.through)
    assert [one.text for one in rig.of(e.FinalTranscript)] == [LIGHT]
    (heard,) = rig.stt.heard
    assert len(heard) > 1.2 * RATE


def test_the_wake_word_still_cuts_and_begins_anew() -> None:
    async def calls_again(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(0.6))
        await rig.until(e.PlaybackStarted)
        await rig.hear(wake_word(), speech(1.0), silence(2.0))

    rig = flow(calls_again, stt=MockStt(["help", LIGHT]), through=Story().through)
    assert len(rig.of(e.FinalTranscript)) == 2


def test_our_own_question_is_answered_here() -> None:
    async def asked(rig: Rig) -> None:
        rig.session.post(e.StartConversation(question_id="q", text="Sure?", answers=()))
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(0.2), speech(0.8), silence(2.0))

    story = Story()
    rig = flow(asked, stt=MockStt(["yes"]), through=story.through)
    assert [one.text for one in rig.of(e.QuestionAnswered)] == ["yes"]
    assert story.taker is not None
    assert story.taker.lines == []


def test_typed_text_needs_no_line() -> None:
    async def types(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text=LIGHT))

    story = Story()
    rig = flow(types, through=story.through)
    assert rig.names().count("action_requested") == 1
    assert story.taker is not None
    assert story.taker.lines == []
