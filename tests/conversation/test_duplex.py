"""A model that hears and speaks at once answers for the room; in virtual time."""

import asyncio

import pytest

from device import events as e
from device.audio.format import RATE, Samples
from device.conversation.base import StageFailure, Utterance
from device.conversation.duplex.engine import Duplex
from device.conversation.duplex.host import DuplexHost
from device.errors import EngineError
from device.executor import InlineExecutor
from device.pipeline.mock import MockStt, MockVad
from device.types import Transcript
from tests.conversation.duplex_story import LIGHT, LONG, Story, answers, asks
from tests.fakes.moshi_server import FakeMoshi, Fault
from tests.fakes.speech_model import FakeSpeechModel
from tests.flow import Rig, silence, speech, wake_word


def test_the_model_answers_while_it_goes_on_listening() -> None:
    story = Story(FakeSpeechModel(["good morning to you"]))

    async def once(rig: Rig) -> None:
        await asks(rig)
        assert rig.session.turn.state is e.TurnState.LISTENING
        await rig.hear(silence(6.0))

    rig = story.play(once)
    assert answers(rig) == ["good morning to you"]
    parts = [event.text for event in rig.of(e.ReplyText) if not event.is_final]
    assert " ".join(parts) == "good morning to you"
    (finished,) = rig.of(e.PlaybackFinished)
    assert (finished.completed, finished.heard_text) == (True, "good morning to you")
    assert rig.session.turn.resting
    assert rig.stt.heard == []
    assert rig.tts.said == []
    (mind,) = story.model.minds
    # It heard everything from the wake word until nobody had spoken for 5 s.
    assert mind.steps * 0.08 == pytest.approx(0.2 + 1.2 + 3.0 + 5.0, abs=1.5)


def test_who_goes_on_needs_no_wake_word() -> None:
    async def twice(rig: Rig) -> None:
        await asks(rig)
        await rig.hear(speech(1.0), silence(9.0))

    rig = Story(FakeSpeechModel(["hello there", "quite so"])).play(twice)
    assert answers(rig) == ["hello there", "quite so"]
    assert rig.session.turn.resting


def test_it_may_agree_with_somebody_who_goes_on_speaking() -> None:
    async def tells(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(4.0))
        assert answers(rig) == ["hm"]
        await rig.hear(silence(8.0))

    story = Story(FakeSpeechModel(["what a story"], agrees="hm"))
    rig = story.play(tells)
    assert answers(rig) == ["hm", "what a story"]
    assert rig.session.turn.resting
    (mind,) = story.model.minds
    assert mind.steps > 4.2 / 0.08


def test_the_model_itself_stops_when_somebody_speaks_over_it() -> None:
    async def interrupts(rig: Rig) -> None:
        await asks(rig, 0.5)
        await rig.until(e.PlaybackStarted)
        await rig.hear(silence(0.6), speech(1.0), silence(8.0))

    rig = Story(FakeSpeechModel([LONG, "all right"])).play(interrupts)
    first, second = answers(rig)
    assert LONG.startswith(first)
    assert len(first) < len(LONG) / 2
    assert second == "all right"
    assert "speech-holds" not in rig.rows()


def test_where_nobody_may_speak_over_it_it_hears_nobody() -> None:
    async def interrupts(rig: Rig) -> None:
        await asks(rig, 0.5)
        await rig.until(e.PlaybackStarted)
        await rig.hear(speech(1.0), silence(10.0))

    rig = Story(FakeSpeechModel([LONG])).play(interrupts, mode=e.BargeIn.WAKE_WORD)
    assert answers(rig) == [LONG]


@pytest.mark.parametrize("stop", [e.StopRequested(), e.ButtonPressed()])
def test_it_can_always_be_silenced(stop: e.Event) -> None:
    async def stops(rig: Rig) -> None:
        await asks(rig, 0.5)
        await rig.until(e.PlaybackStarted)
        rig.session.post(stop)
        await rig.hear(silence(12.0))

    rig = Story(FakeSpeechModel([LONG])).play(stops)
    (finished,) = rig.of(e.PlaybackFinished)
    assert not finished.completed
    assert finished.heard_seconds < 1.0
    assert answers(rig) == []
    assert rig.session.turn.resting


def test_after_the_wake_word_the_rest_of_what_it_said_is_not_heard() -> None:
    async def calls_again(rig: Rig) -> None:
        await asks(rig, 0.5)
        await rig.until(e.PlaybackStarted)
        # The word alone does not keep the model from talking on.
        word = wake_word()
        word[:-1] = 0
        await rig.hear(word, silence(4.0), speech(1.0), silence(9.0))

    rig = Story(FakeSpeechModel([LONG, "at your service"])).play(calls_again)
    assert "wake-cuts" in rig.rows()
    assert answers(rig) == ["at your service"]


def test_the_local_chain_answers_the_sentence_that_the_model_was_lost_in() -> None:
    story = Story(FakeSpeechModel(["never said"], {12: EngineError("lost")}))
    rig = story.play(asks, stt=MockStt([LIGHT]))
    assert answers(rig) == ["Turned on the light"]
    assert rig.names().count("action_requested") == 1
    (heard,) = rig.stt.heard
    assert len(heard) >= 1.2 * RATE


def test_when_a_reply_breaks_off_the_local_chain_goes_on_in_the_same_turn() -> None:
    story = Story(FakeSpeechModel([LONG], {40: RuntimeError("out of memory")}))
    rig = story.play(asks, stt=MockStt([LIGHT]))
    parts = [event.text for event in rig.of(e.ReplyText) if not event.is_final]
    assert parts[:2] == ["well", "let"]
    assert answers(rig) == ["Turned on the light"]
    assert len({event.turn_id for event in rig.of(e.ReplyText)}) == 1


def test_a_model_that_was_lost_is_asked_again_after_a_while() -> None:
    story = Story(FakeSpeechModel(["here I am"], {6: EngineError("lost")}))

    async def thrice(rig: Rig) -> None:
        await asks(rig)
        await rig.settle()
        assert len(story.model.minds) == 1
        await asks(rig)
        await rig.settle()
        assert len(story.model.minds) == 1
        await asyncio.sleep(31.0)
        story.model.fails.clear()
        await asks(rig, 9.0)

    rig = story.play(thrice, stt=MockStt([LIGHT, LIGHT]))
    assert answers(rig) == ["Turned on the light", "Turned on the light", "here I am"]


def test_a_model_that_says_nothing_is_not_waited_for() -> None:
    async def silent(rig: Rig) -> None:
        await asks(rig, 12.0)

    rig = Story(FakeSpeechModel()).play(silent)
    assert rig.of(e.ReplyText) == []
    assert rig.of(e.StageFailed) == []
    assert rig.session.turn.resting


def test_nor_when_somebody_has_talked_for_as_long_as_a_sentence_may_last() -> None:
    async def endless(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(16.0), silence(7.0))

    rig = Story(FakeSpeechModel()).play(endless)
    (ended,) = rig.of(e.TurnEnded)
    assert ended.reason == "max_length"
    assert rig.of(e.StageFailed) == []
    assert rig.session.turn.resting


def test_when_the_time_is_over_the_next_conversation_begins_anew() -> None:
    async def talks_on(rig: Rig) -> None:
        await asks(rig)
        await rig.hear(speech(1.0), silence(8.0))

    story = Story(FakeSpeechModel(["first"]), session_seconds=4.0)
    rig = story.play(talks_on, stt=MockStt([LIGHT]))
    assert answers(rig) == ["first", "Turned on the light"]


def test_what_is_typed_is_answered_here() -> None:
    async def types(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text=LIGHT))

    story = Story(FakeSpeechModel(["never said"]))
    rig = story.play(types)
    assert answers(rig) == ["Turned on the light"]
    assert story.model.minds == []


def test_what_was_said_is_written_down_beside_the_answer() -> None:
    story = Story(FakeSpeechModel([LONG]))
    story.writing = MockStt(["how are you"])
    rig = story.play(asks)
    assert [event.text for event in rig.of(e.FinalTranscript)] == ["how are you"]
    names = rig.names()
    assert names.index("understood") < names.index("final_transcript")
    (heard,) = story.writing.heard
    assert len(heard) / RATE == pytest.approx(1.2, abs=0.8)


def test_what_takes_longer_to_write_down_than_to_answer_is_told_after_the_answer() -> None:
    class Slow(MockStt):
        async def transcribe(
            self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
        ) -> Transcript:
            await asyncio.sleep(1.8)  # the answer and the silence after it take 1.1 s
            return await super().transcribe(samples, language, phrases)

    story = Story(FakeSpeechModel(["fine"]))
    story.writing = Slow(["how are you"])
    rig = story.play(asks)
    names = rig.names()
    assert answers(rig) == ["fine"]
    assert names.index("final_transcript") > len(names) - names[::-1].index("reply_text") - 1


def test_that_it_cannot_be_written_down_disturbs_nobody() -> None:
    story = Story(FakeSpeechModel(["fine"]))
    story.writing = MockStt(error=EngineError("no weights"))
    assert answers(story.play(asks)) == ["fine"]


def test_a_model_on_a_server_answers_too() -> None:
    pytest.importorskip("av")
    server = FakeMoshi(["good morning", "and good night"])

    async def twice(rig: Rig) -> None:
        await asks(rig)
        await rig.hear(speech(1.0), silence(9.0))

    rig = Story(FakeSpeechModel()).play_outside(server, twice)
    assert answers(rig) == ["good morning", "and good night"]
    assert (server.refused, server.open, len(server.heard)) == ([], 0, 1)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.GIVES_UP, Fault.BUSY, Fault.PORTAL])
def test_without_the_server_the_local_chain_answers_the_same_sentence(fault: Fault) -> None:
    pytest.importorskip("av")
    server = FakeMoshi(["never said"])
    server.fault = fault
    rig = Story(FakeSpeechModel()).play_outside(server, asks, stt=MockStt([LIGHT]))
    assert answers(rig) == ["Turned on the light"]
    (heard,) = rig.stt.heard
    assert len(heard) >= 1.2 * RATE


def test_a_server_that_speaks_without_end_is_given_up() -> None:
    pytest.importorskip("av")
    server = FakeMoshi()
    server.fault, server.good_frames = Fault.FLOOD, 20  # the sentence is over by then
    rig = Story(FakeSpeechModel()).play_outside(server, asks, stt=MockStt([LIGHT]))
    assert answers(rig) == ["Turned on the light"]
    assert server.open == 0


async def test_what_it_has_not_heard_it_does_not_answer() -> None:
    host = DuplexHost(lambda _name: FakeSpeechModel(), InlineExecutor())
    duplex = Duplex(host.variant("any"), MockVad(), MockStt(), "en", 300.0)
    with pytest.raises(StageFailure, match="has not heard it"):
        await anext(duplex.respond(Utterance(speech(1.0))))
