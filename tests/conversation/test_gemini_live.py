"""A conversation through Gemini's Live API, from the microphone to the loudspeaker."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.config import GeminiConfig
from device.conversation import gemini_events as wire
from device.conversation.cascade import Cascade
from device.conversation.gemini_live import GeminiLive
from device.conversation.speech_tools import SpeechTools
from device.dialog.agent import LocalAgent
from device.dialog.history import Exchange
from device.dialog.tool_calls import Toolbox
from device.errors import EngineError
from device.home.entities import load_devices
from device.home.home import Home
from device.outside import Outside, Unit
from device.pipeline.mock import MockStt
from tests.conversation.elsewhere import Told, converse
from tests.fakes.gemini_server import KEY, MODEL, FakeGemini, Fault, Use
from tests.flow import DOOR, LAMP, Rig, silence, speech, wake_word

SKY = "Air scatters blue light most."
ASKED = "why is the sky blue"
LONG = "It is because " + "small parts of the air scatter short waves more than long ones " * 4
LIGHT = "turn on the kitchen light"
HOME = Home(load_devices((LAMP, DOOR)))
TOOLBOX = Toolbox(LocalAgent(HOME.entities, HOME))

Scene = Callable[[Rig], Awaitable[None]]


def tell(
    server: FakeGemini, scene: Scene, *, stt: MockStt | None = None,
    said_before: Sequence[Exchange] = (), **config: Any,
) -> Told[FakeGemini]:  # fmt: skip
    """Let a speaker whose conversation is that server live through a scene."""

    def opened(cascade: Cascade, outside: Outside, tokens: Callable[[], float]) -> GeminiLive:
        return GeminiLive(
            GeminiConfig(model=MODEL, **config), server.url, KEY, "en", outside,
            SpeechTools(TOOLBOX, cascade), lambda: said_before, tokens,
        )  # fmt: skip

    # What is said is understood along here too, to find its end: as nothing, if not told else.
    return converse(server, opened, scene, stt=stt, tools=TOOLBOX)


async def asks(rig: Rig) -> None:
    await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(1.5))


async def interrupting(rig: Rig) -> None:
    await asks(rig)
    await rig.until(e.PlaybackStarted)
    rig.session.post(e.Interrupted(by="speech", start_sample=rig.timeline.end))
    await rig.hear(speech(1.0), silence(2.0))


def test_a_question_is_answered_by_the_model_in_its_own_voice() -> None:
    told = tell(FakeGemini(lambda _said: SKY, [ASKED]), asks)
    assert told.server.refused == []
    assert told.understood == [ASKED]
    assert told.replies == [SKY]
    (finished,) = told.rig.of(e.PlaybackFinished)
    assert finished.heard_text == SKY
    (seconds,) = told.server.heard_seconds
    assert seconds == pytest.approx(1.2 + 2 * 0.3, abs=0.3)
    assert [one.active for one in told.left] == [True, False]
    assert told.spent == {Unit.REQUESTS: 1, Unit.INPUT_TOKENS: 100, Unit.OUTPUT_TOKENS: 50}


def test_the_model_is_told_who_it_is_and_what_was_said_and_heard_before() -> None:
    before = (Exchange("who are you", "I am", completed=False),)
    told = tell(FakeGemini(lambda _said: SKY, [ASKED]), asks, said_before=before, voice="Kore")
    (setup,) = told.server.setups
    assert setup["systemInstruction"]["parts"][0]["text"].startswith("You are a voice assistant")
    voice = setup["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
    assert voice == {"voiceName": "Kore"}
    assert [(turn["role"], turn["parts"][0]["text"]) for turn in told.server.turns] == [
        ("user", "who are you"), ("model", "I am"),
    ]  # fmt: skip


def test_typed_text_is_answered_too() -> None:
    async def types(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text=ASKED))

    told = tell(FakeGemini(lambda said: SKY if said == ASKED else "What?"), types)
    assert told.replies == [SKY]
    assert told.understood == [ASKED]


def test_what_interrupts_is_answered() -> None:
    server = FakeGemini(lambda said: LONG if said == ASKED else SKY, [ASKED, "and why"])
    told = tell(server, interrupting)
    assert told.understood == [ASKED, "and why"]
    assert told.replies[-1] == SKY
    cut, last = told.rig.of(e.PlaybackFinished)
    assert (cut.completed, last.completed) == (False, True)
    assert LONG.startswith(cut.heard_text)
    assert server.open == 0


def test_a_noise_over_an_answer_does_not_end_it() -> None:
    told = tell(FakeGemini(lambda _said: LONG, [ASKED, ""]), interrupting)
    assert told.understood == [ASKED]
    assert "said-to-others" in told.rig.rows()
    (finished,) = told.rig.of(e.PlaybackFinished)
    assert finished.completed


def test_it_turns_on_a_lamp_and_says_so() -> None:
    def reply(said: str) -> str | Use:
        return Use([("HassTurnOn", {"name": "kitchen light"})]) if said == LIGHT else "It is on."

    told = tell(FakeGemini(reply, [LIGHT]), asks)
    assert [one.service for one in told.rig.of(e.ActionRequested)] == ["turn_on"]
    assert told.replies == ["It is on."]
    assert "error" not in json.loads(told.server.results[0]["output"])
    assert told.server.refused == []


def test_before_somebody_is_let_in_the_person_is_asked_and_answers_here() -> None:
    async def agrees(rig: Rig) -> None:
        await asks(rig)
        await rig.until(e.PlaybackFinished)
        assert not rig.of(e.ActionRequested)
        await rig.hear(silence(0.5), speech(0.6), silence(2.0))

    def reply(said: str) -> str | Use:
        if said == "open the door":
            return Use([("HassTurnOff", {"name": "front door"})])
        return str(json.loads(said)[0]["response"]["ask_the_person_exactly"])

    stt = MockStt(["open the door", "yes", "yes", "yes"])
    told = tell(FakeGemini(reply, ["open the door"]), agrees, stt=stt)
    assert "front door" in told.replies[0].lower()
    assert [one.service for one in told.rig.of(e.ActionRequested)] == ["unlock"]


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.ENDLESS])
def test_what_breaks_is_answered_here_in_the_same_turn(fault: Fault) -> None:
    server = FakeGemini(lambda _said: SKY, [ASKED], fault=fault)
    told = tell(server, asks, stt=MockStt([LIGHT] * 9))
    assert len(told.rig.of(e.ActionRequested)) == 1
    assert told.rig.session.turn.resting
    assert (server.open, told.left[-1].active) == (0, False)


@pytest.mark.slow
def test_an_answer_without_end_is_cut() -> None:
    told = tell(FakeGemini(lambda _said: SKY, [ASKED], fault=Fault.ENDLESS), asks)
    (finished,) = told.rig.of(e.PlaybackFinished)
    assert finished.heard_seconds == pytest.approx(180, abs=3)


def test_tools_without_end_end() -> None:
    server = FakeGemini(lambda _said: Use([("HassGetCurrentTime", {})]), [ASKED])
    told = tell(server, asks)
    assert len(server.results) == 8
    assert told.rig.session.turn.resting


def test_when_the_tokens_of_the_day_are_used_up_the_speaker_answers_itself() -> None:
    async def twice(rig: Rig) -> None:
        for text in (ASKED, LIGHT):
            rig.session.post(e.UtteranceGiven(text=text))
            await rig.settle()

    server = FakeGemini(lambda _said: SKY)
    told = tell(server, twice, tokens_per_day=100)
    assert len(server.setups) == 1
    assert len(told.rig.of(e.ActionRequested)) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "serverContent", "modelTurn", "parts", "inlineData", "data", "toolCall", "text",
            "functionCalls", "usageMetadata", "promptTokenCount", "inputTranscription",
        ]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_whatever_comes_is_a_message_or_an_engine_error(message: Any) -> None:
    try:
        wire.read(json.dumps(message))
    except EngineError:
        return
