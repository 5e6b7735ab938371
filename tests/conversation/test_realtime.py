"""A conversation through OpenAI's Realtime protocol, from the microphone to the loudspeaker."""

import asyncio

import pytest

from device import events as e
from device.audio.format import RATE
from device.dialog.history import Exchange
from device.outside import Unit
from device.pipeline.mock import MockStt
from tests.conversation.realtime_flow import Told, asks, tell
from tests.fakes.realtime_server import FakeRealtime, Fault
from tests.flow import Rig, silence, speech, wake_word

SKY = "Air scatters blue light most."
ASKED = "why is the sky blue"
LONG = "It is because " + "small parts of the air scatter short waves more than long ones " * 4
LIGHT = "turn on the kitchen light"


async def once(rig: Rig, server: FakeRealtime) -> None:
    await asks(rig)


async def interrupting(rig: Rig, server: FakeRealtime) -> None:
    await asks(rig)
    await rig.until(e.PlaybackStarted)
    await rig.hear(silence(1.0), speech(1.0), silence(1.0))


def sky() -> FakeRealtime:
    return FakeRealtime(lambda _item: SKY, [ASKED])


def test_a_question_is_answered_by_the_model_in_its_own_voice() -> None:
    told = tell(sky(), once)
    assert told.server.refused == []
    assert told.understood == [ASKED]
    assert told.replies == [SKY]
    (finished,) = told.rig.of(e.PlaybackFinished)
    assert finished.completed
    assert finished.heard_text == SKY
    assert finished.heard_seconds == pytest.approx(5 * 0.25, abs=0.05)
    assert told.rig.stt.heard == []
    assert told.rig.tts.said == []


def test_the_answer_is_heard_while_it_still_comes() -> None:
    server = FakeRealtime(lambda _item: LONG, [ASKED], word_seconds=0.2)
    told = tell(server, once)
    names = told.rig.names()
    assert names.index("playback_started") < names.index("reply_made")
    assert [one.text for one in told.rig.of(e.ReplyText) if not one.is_final][:2] == ["It", " is"]


def test_something_leaves_for_as_long_as_the_session_is_open_and_is_counted() -> None:
    told = tell(sky(), once)
    assert [(one.active, one.to) for one in told.left] == [
        (True, "127.0.0.1"),
        (False, "127.0.0.1"),
    ]
    assert told.server.open == 0
    assert told.spent == {
        Unit.REQUESTS: 1, Unit.INPUT_TOKENS: 100, Unit.OUTPUT_TOKENS: 50, Unit.AUDIO_SECONDS: 2.0,
    }  # fmt: skip


def test_the_service_hears_from_the_wake_word_on_and_nothing_before() -> None:
    told = tell(sky(), once)
    (started,) = (one for one in told.server.sent if one["type"].endswith("speech_started"))
    # 200 ms of silence follow the word; 300 ms are kept before the speech, but not the word.
    assert started["audio_start_ms"] == 0
    (ended,) = told.rig.of(e.TurnEnded)
    assert (ended.stop_sample - ended.start_sample) / RATE == pytest.approx(1.9, abs=0.2)


def test_the_model_is_told_who_it_is_and_what_was_said_before() -> None:
    before = (Exchange("who are you", "I am Parlor."),)
    told = tell(sky(), once, said_before=before, voice="sage", silence_ms=400)
    (session,) = told.server.sessions
    assert session["instructions"].startswith("You are a voice assistant at home.")
    assert session["audio"]["output"]["voice"] == "sage"
    detection = session["audio"]["input"]["turn_detection"]
    assert detection["silence_duration_ms"] == 400
    assert (detection["create_response"], detection["interrupt_response"]) == (False, False)
    roles = [item["role"] for item in told.server.items]
    assert roles == ["user", "assistant", "user", "assistant"]
    assert told.server.items[0]["content"] == [{"type": "input_text", "text": "who are you"}]


def test_typed_text_is_answered_too_and_a_session_opened_for_it() -> None:
    async def types(rig: Rig, server: FakeRealtime) -> None:
        rig.session.post(e.UtteranceGiven(text=ASKED))

    told = tell(sky(), types)
    assert told.replies == [SKY]
    assert told.understood == [ASKED]
    assert told.server.items[0]["content"] == [{"type": "input_text", "text": ASKED}]
    assert told.server.open == 0


def test_what_interrupts_is_answered_and_the_model_knows_what_was_heard_before() -> None:
    server = FakeRealtime(lambda item: LONG if item["said"] == ASKED else SKY, [ASKED, "and why"])
    told = tell(server, interrupting)
    assert told.understood == [ASKED, "and why"]
    assert told.replies[-1] == SKY
    cut, last = told.rig.of(e.PlaybackFinished)
    assert (cut.completed, last.completed) == (False, True)
    (truncated,) = server.truncated
    assert truncated.audio_end_ms == round(cut.heard_seconds * 1000)
    assert cut.heard_text
    assert LONG.startswith(cut.heard_text)
    assert server.refused == []


def test_an_answer_that_still_comes_is_cancelled_when_it_is_interrupted() -> None:
    server = FakeRealtime(
        lambda item: LONG if item["said"] == ASKED else SKY, [ASKED, "and why"], word_seconds=0.2
    )
    told = tell(server, interrupting)
    assert server.cancelled == 1
    assert told.replies[-1] == SKY


def test_a_noise_over_an_answer_does_not_end_it() -> None:
    told = tell(FakeRealtime(lambda _item: LONG, [ASKED, ""]), interrupting)
    assert told.understood == [ASKED]
    assert "said-to-others" in told.rig.rows()
    (finished,) = told.rig.of(e.PlaybackFinished)
    assert finished.completed
    assert told.server.truncated == []
    assert len(told.server.asked) == 1


def test_stop_over_an_answer_is_understood_here() -> None:
    told = tell(
        FakeRealtime(lambda _item: LONG, [ASKED, "stop"]), interrupting,
        stt=MockStt(["stop", "stop", "stop"]),
    )  # fmt: skip
    assert told.rig.of(e.StopRequested)
    assert len(told.server.asked) == 1
    assert told.rig.session.turn.resting


def test_the_wake_word_cuts_an_answer() -> None:
    async def calls(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.until(e.PlaybackStarted)
        await rig.hear(silence(1.0), wake_word(), speech(1.0), silence(1.0))

    server = FakeRealtime(lambda item: LONG if item["said"] == ASKED else SKY, [ASKED, "and why"])
    told = tell(server, calls)
    assert told.replies[-1] == SKY
    assert told.server.open == 0


def test_a_button_silences_it_and_closes_the_line() -> None:
    async def stops(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.until(e.PlaybackStarted)
        rig.session.post(e.StopRequested(by="button"))
        await asyncio.sleep(0.2)
        assert server.open == 0

    told = tell(FakeRealtime(lambda _item: LONG, [ASKED]), stops)
    assert told.rig.session.turn.resting


def test_half_duplex_lets_nothing_through_while_it_speaks() -> None:
    told = tell(FakeRealtime(lambda _item: LONG, [ASKED, "x"]), interrupting, mode=e.BargeIn.OFF)
    assert told.understood == [ASKED]
    started = [one for one in told.server.sent if one["type"].endswith("speech_started")]
    assert len(started) == 1


def test_a_question_of_the_model_is_answered_without_a_wake_word() -> None:
    async def answers(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(0.5), speech(1.0), silence(1.5))

    def reply(item: dict[str, object]) -> str:
        return "Which city?" if item["said"] == "what is the weather" else "It rains in Rome."

    told = tell(FakeRealtime(reply, ["what is the weather", "Rome"]), answers)
    assert told.understood == ["what is the weather", "Rome"]
    assert told.replies == ["Which city?", "It rains in Rome."]
    assert len(told.server.sessions) == 1


@pytest.mark.parametrize(
    "fault", [Fault.REFUSED, Fault.BUSY, Fault.BROKEN, Fault.PORTAL, Fault.NEVER_BEGINS]
)
def test_a_service_that_is_not_there_costs_nobody_his_sentence(fault: Fault) -> None:
    told = here(FakeRealtime(lambda _item: SKY, fault=fault))
    assert told.server.asked == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault.CUT_WHILE_HEARING, Fault.CUT_BEFORE_ANSWER, Fault.CUT_IN_ANSWER, Fault.GARBAGE,
        Fault.MISSHAPEN, Fault.FAILED, Fault.LIMITED,
    ],
)  # fmt: skip
def test_what_breaks_in_the_middle_of_a_turn_is_answered_here(fault: Fault) -> None:
    here(FakeRealtime(lambda _item: SKY, [LIGHT], fault=fault))


def here(server: FakeRealtime) -> Told:
    """Somebody wants a light on: the same turn turns it on, once and from the whole sentence."""
    told = tell(server, once, stt=MockStt([LIGHT]))
    assert told.rig.names().count("action_requested") == 1
    assert told.understood[-1:] == [LIGHT]
    (heard,) = told.rig.stt.heard
    assert len(heard) > 1.2 * RATE
    assert told.rig.session.turn.resting
    assert (server.open, told.left[-1].active) == (0, False)
    return told


def test_after_a_failure_it_is_left_alone_for_a_while() -> None:
    async def scene(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.settle()
        server.fault = None
        await asks(rig)
        await rig.settle()
        assert len(rig.stt.heard) == 2
        await rig.hear(silence(30.0))
        await asks(rig)

    server = FakeRealtime(lambda _item: SKY, [ASKED], fault=Fault.BROKEN)
    told = tell(server, scene, stt=MockStt([LIGHT, LIGHT]))
    assert told.replies[-1] == SKY


@pytest.mark.slow
def test_an_answer_without_end_is_cut() -> None:
    server = FakeRealtime(lambda _item: SKY, [ASKED], fault=Fault.ENDLESS)
    told = tell(server, once)
    (finished,) = told.rig.of(e.PlaybackFinished)
    assert finished.heard_seconds == pytest.approx(180, abs=3)
    assert server.cancelled == 1


def test_without_transcription_it_answers_all_the_same() -> None:
    told = tell(FakeRealtime(lambda _item: SKY, [ASKED]), once, transcription="")
    assert told.replies == [SKY]
    assert told.understood == []
    assert "transcription" not in told.server.sessions[0]["audio"]["input"]


def test_a_session_ends_after_a_while_and_another_one_begins() -> None:
    async def scene(rig: Rig, server: FakeRealtime) -> None:
        await rig.hear(silence(1.0), wake_word(), silence(2.5), speech(1.2), silence(1.5))
        await rig.settle()
        await asks(rig)

    server = FakeRealtime(lambda _item: SKY, [ASKED, ASKED])
    told = tell(server, scene, stt=MockStt([LIGHT]), session_seconds=2.0)
    assert told.rig.names().count("action_requested") == 1  # heard here: the session was over
    assert told.replies[-1] == SKY
    assert len(server.sessions) == 2


def test_a_session_that_has_used_its_tokens_is_not_gone_on_with() -> None:
    async def scene(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(1.5), speech(1.0), silence(1.5))

    server = FakeRealtime(lambda _item: "Which light?", ["turn on the light"])
    told = tell(server, scene, stt=MockStt([LIGHT]), session_tokens=100)
    assert len(server.asked) == 1
    assert told.rig.names().count("action_requested") == 1


def test_when_the_tokens_of_the_day_are_used_up_the_speaker_answers_itself() -> None:
    async def twice(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.settle()
        await asks(rig)

    server = FakeRealtime(lambda _item: SKY, [ASKED])
    told = tell(server, twice, stt=MockStt([LIGHT]), tokens_per_day=100)
    assert told.understood == [ASKED, LIGHT]
    assert len(server.sessions) == 1
