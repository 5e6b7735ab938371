"""What a model that hears and speaks does in the home, and what it may not do alone."""

import json

from device import events as e
from device.conversation.cascade import Cascade
from device.conversation.speech_tools import SpeechTools, Tools
from device.dialog.agent import LocalAgent
from device.dialog.tool_calls import Toolbox
from device.home.entities import load_devices
from device.home.home import Home
from device.pipeline.mock import MockStt
from tests.conversation.realtime_flow import asks, tell
from tests.fakes.realtime_server import FakeRealtime, Fault, Json, Use
from tests.flow import DOOR, LAMP, Rig, silence, speech

HOME = Home(load_devices((LAMP, DOOR)))
TOOLBOX = Toolbox(LocalAgent(HOME.entities, HOME))
ON = ("HassTurnOn", json.dumps({"name": "kitchen light"}))
OPEN = ("HassTurnOff", json.dumps({"name": "front door"}))


def tools(cascade: Cascade) -> Tools:
    return SpeechTools(TOOLBOX, cascade)


def uses(*calls: tuple[str, str]) -> FakeRealtime:
    """A model that uses tools once, and then says what came of it."""

    def reply(item: Json) -> str | Use:
        if item["type"] == "function_call_output":
            return f"Result: {item['output'][:60]}"
        return Use(calls)

    return FakeRealtime(reply, ["do it please"])


async def once(rig: Rig, server: FakeRealtime) -> None:
    await asks(rig)


def results(server: FakeRealtime) -> list[Json]:
    return [
        json.loads(item["output"]) for item in server.items
        if item["type"] == "function_call_output"
    ]  # fmt: skip


def test_it_turns_on_a_lamp_and_says_so_in_its_own_voice() -> None:
    server = uses(ON)
    told = tell(server, once, tools=tools, acts=TOOLBOX)
    (action,) = told.rig.of(e.ActionRequested)
    assert action.service == "turn_on"
    assert told.rig.of(e.ActionConfirmed)
    (result,) = results(server)
    assert "error" not in result
    assert told.replies[-1].startswith("Result:")
    assert server.refused == []
    assert [one.name for one in told.rig.of(e.IntentRecognized)] == ["HassTurnOn"]


def test_it_is_told_what_there_is_and_how_to_use_it() -> None:
    server = uses(ON)
    tell(server, once, tools=tools, acts=TOOLBOX)
    (session,) = server.sessions
    names = [tool["name"] for tool in session["tools"]]
    assert "HassTurnOn" in names
    assert {tool["type"] for tool in session["tools"]} == {"function"}
    assert "kitchen light" in session["instructions"]


def test_before_somebody_is_let_in_the_person_is_asked_and_answers_here() -> None:
    async def agrees(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.until(e.PlaybackFinished)
        assert not rig.of(e.ActionRequested)
        await rig.hear(silence(0.5), speech(0.6), silence(2.0))

    server = uses(OPEN)
    told = tell(server, agrees, tools=tools, acts=TOOLBOX, stt=MockStt(["yes", "yes"]))
    question = told.replies[0]
    assert "front door" in question.lower()
    assert server.asked[1]["response"]["tool_choice"] == "none"
    (action,) = told.rig.of(e.ActionRequested)
    assert action.service == "unlock"
    assert told.understood[-1] == "yes"


def test_who_says_no_is_obeyed_whatever_the_model_wants() -> None:
    async def declines(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(0.5), speech(0.6), silence(2.0))

    told = tell(uses(OPEN), declines, tools=tools, acts=TOOLBOX, stt=MockStt(["no", "no"]))
    assert told.rig.of(e.ActionRequested) == []


def test_what_it_makes_up_it_is_told() -> None:
    server = uses(("HassFly", "{}"), ("HassTurnOn", "{"), ("HassTurnOn", '{"name": "moon lamp"}'))
    told = tell(server, once, tools=tools, acts=TOOLBOX)
    assert ["error" in one for one in results(server)] == [True, True, True]
    assert told.rig.of(e.ActionRequested) == []
    assert told.replies[-1].startswith("Result:")


def test_tools_without_end_end() -> None:
    server = FakeRealtime(lambda _item: Use([("HassGetCurrentTime", "{}")]), ["what time is it"])
    told = tell(server, once, tools=tools, acts=TOOLBOX)
    assert len(server.asked) == 8
    assert told.rig.session.turn.resting


def test_what_was_done_is_not_done_again_here() -> None:
    def breaks(item: Json) -> Use:
        server.fault = Fault.FAILED
        return Use([ON])

    server = FakeRealtime(breaks, ["turn on the kitchen light"])
    told = tell(server, once, tools=tools, acts=TOOLBOX, stt=MockStt(["turn on the light"]))
    assert len(told.rig.of(e.ActionRequested)) == 1
    assert told.rig.stt.heard == []
    assert told.rig.tts.said
