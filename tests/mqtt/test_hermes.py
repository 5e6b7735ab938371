import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.broker import Broker
from device import events as e
from device.errors import CommandInvalid, DeviceError, QueueFull
from device.mqtt.filters import check_topic
from device.mqtt.hermes import Conversations, Hermes
from device.mqtt.sayings import MAX_WAITING, SayRequest, read_say
from tests.mqtt.bridges import TOPICS, Paper, bridged, speaker, watching
from tests.mqtt.clients import true_soon

IDLE, LISTENING, PROCESSING, RESPONDING = e.TurnState


def moves(old: e.TurnState, new: e.TurnState, turn_id: int = 7) -> e.StateChanged:
    return e.StateChanged(old=old, new=new, turn_id=turn_id)


def heard(text: str) -> e.FinalTranscript:
    return e.FinalTranscript(text=text, language="en", engine="command", confidence=0.9)


TURN = [
    e.WakeWordDetected(word="hey_jarvis", score=0.9),
    moves(IDLE, LISTENING),
    moves(LISTENING, PROCESSING),
    heard("turn on the kitchen light"),
    e.IntentRecognized(name="HassTurnOn", slots={"name": "kitchen light", "brightness": 40}),
    moves(PROCESSING, RESPONDING),
    moves(RESPONDING, IDLE),
]
WHERE = {"siteId": "kitchen", "sessionId": "kitchen-7"}


def told(*events: e.Event) -> list[tuple[str, dict[str, Any]]]:
    """What a turn looks like in Hermes."""
    conversations = Conversations("kitchen")
    return [message for event in events for message in conversations.take(event)]


def reason(*events: e.Event) -> Any:
    """Why the last session ended."""
    topic, payload = told(*events)[-1]
    assert topic == "hermes/dialogueManager/sessionEnded"
    return payload["termination"]["reason"]


def test_a_turn_has_the_fields_of_rhasspy() -> None:
    hotword, started, text, intent, ended = told(*TURN)
    assert hotword[0] == "hermes/hotword/hey_jarvis/detected"
    assert hotword[1]["siteId"] == "kitchen"
    assert hotword[1].keys() >= {"modelId", "modelVersion", "modelType", "currentSensitivity"}
    assert started[0] == "hermes/dialogueManager/sessionStarted"
    assert started[1] == {**WHERE, "customData": None, "lang": None}
    assert text[0] == "hermes/asr/textCaptured"
    assert text[1] == {
        "text": "turn on the kitchen light", "likelihood": 0.9, "seconds": 0.0, "lang": "en",
        **WHERE,
    }  # fmt: skip
    assert intent[0] == "hermes/intent/HassTurnOn"
    assert intent[1].items() >= {**WHERE, "input": "turn on the kitchen light"}.items()
    assert intent[1]["intent"] == {"intentName": "HassTurnOn", "confidenceScore": 1.0}
    name, brightness = intent[1]["slots"]
    assert (name["entity"], name["slotName"], name["rawValue"]) == ("name", "name", "kitchen light")
    assert name["value"] == {"kind": "Unknown", "value": "kitchen light"}
    assert brightness["value"]["value"] == 40
    assert ended[0] == "hermes/dialogueManager/sessionEnded"
    assert ended[1] == {"termination": {"reason": "nominal"}, **WHERE, "customData": None}


def test_a_session_says_why_it_ended() -> None:
    listens, rests = moves(IDLE, LISTENING), moves(LISTENING, IDLE)
    assert reason(listens, e.NoSpeech(), rests) == "timeout"
    assert reason(listens, e.StopRequested(), rests) == "abortedByUser"
    failed = e.StageFailed(stage="stt", code="engine-failed", message="")
    assert reason(listens, failed, rests) == "error"
    refused = e.StageFailed(stage="mqtt", code="command-invalid", message="", turn_id=-1)
    assert reason(listens, refused, rests) == "nominal"
    interrupted = (e.Interrupted(by="speech"), moves(RESPONDING, LISTENING))
    assert reason(moves(IDLE, PROCESSING), *interrupted, rests) == "nominal"


def test_an_announcement_is_no_session_and_a_question_is_one() -> None:
    assert told(moves(IDLE, RESPONDING), moves(RESPONDING, IDLE)) == []
    asked = told(moves(IDLE, RESPONDING), moves(RESPONDING, LISTENING), moves(LISTENING, IDLE))
    assert [topic.rpartition("/")[2] for topic, _ in asked] == ["sessionStarted", "sessionEnded"]


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_no_name_breaks_a_topic(name: str) -> None:
    woken = e.WakeWordDetected(word=name, score=1.0)
    (hotword, _), (intent, _) = told(woken, e.IntentRecognized(name=name))
    check_topic(hotword)
    check_topic(intent)
    assert (hotword.count("/"), intent.count("/")) == (3, 2)


def test_a_request_is_for_one_site() -> None:
    request = {"text": "Hello", "siteId": "kitchen", "lang": "en_US", "id": "1", "volume": 3}
    assert read_say(json.dumps(request), "kitchen") == SayRequest("Hello", "en-US", "1")
    assert read_say(json.dumps(request), "bath") is None
    assert read_say('{"text": "Hello"}', "default") == SayRequest("Hello")
    assert read_say('{"text": "Hello"}', "kitchen") is None


TOXIC = [
    "",
    "Hello",
    "[]",
    "[" * 5_000,
    '{"siteId": "kitchen"}',
    '{"siteId": "kitchen", "text": 5}',
    '{"siteId": "kitchen", "text": "a\\u0000"}',
    '{"siteId": "kitchen", "text": "a", "lang": 5}',
    '{"siteId": "kitchen", "text": "a", "lang": "klingon"}',
    '{"siteId": "kitchen", "text": "a", "id": ["b"]}',
    json.dumps({"siteId": "kitchen", "text": "a" * 3_000}),
    json.dumps({"siteId": "kitchen", "text": "a", "customData": "b" * 20_000}),
]


@pytest.mark.parametrize("payload", TOXIC)
def test_a_malformed_request_is_an_error_with_a_code(payload: str) -> None:
    with pytest.raises(CommandInvalid, match="hermes/tts/say"):
        read_say(payload, "kitchen")


@given(st.text() | st.dictionaries(st.sampled_from(["text", "lang", "id"]), st.text()).map(str))
def test_no_request_raises_anything_but_the_coded_error(payload: str) -> None:
    with suppress(CommandInvalid):
        read_say(payload, "default")


class Speaks:
    """Hermes on paper, with an announcer that may be full."""

    def __init__(self) -> None:
        self.paper = Paper()
        self.announced: list[e.Event] = []
        self.refused: list[DeviceError] = []
        self.hermes = Hermes(self.paper, "kitchen", self._announce, self.refused.append)

    def _announce(self, event: e.Event) -> None:
        if len(self.announced) > MAX_WAITING:
            raise QueueFull("too much waits")
        self.announced.append(event)

    def say(self, text: str, id: str = "", retained: bool = False) -> None:
        request = {"text": text, "siteId": "kitchen", "id": id, "sessionId": None}
        self.paper.bring("hermes/tts/say", json.dumps(request), retained)

    async def finished(self, *events: e.Event) -> list[str]:
        """Ids of what is answered as said in the course of these events."""
        for event in events:
            await self.hermes.publish(event)
        return [payload["id"] for topic, payload in self.paper.told if topic.endswith("Finished")]


DONE = e.PlaybackFinished(heard_seconds=1.0)


async def test_what_was_said_is_answered_once_and_in_order() -> None:
    speaks = Speaks()
    speaks.say("One", "1")
    speaks.say("Two", "2")
    one, two = e.AnnouncementDue(text="One"), e.AnnouncementDue(text="Two")
    assert speaks.announced == [one, two]
    assert await speaks.finished(DONE) == []
    assert await speaks.finished(one, moves(IDLE, RESPONDING)) == []
    assert await speaks.finished(DONE, moves(RESPONDING, IDLE)) == ["1"]
    assert await speaks.finished(two, DONE, DONE) == ["1", "2"]


async def test_what_waits_for_the_end_of_a_reply_is_not_answered_with_the_reply() -> None:
    speaks = Speaks()
    speaks.say("One", "1")
    speaks.say("Two", "2")
    due = [e.AnnouncementDue(text=text, turn_id=3) for text in ("One", "Two")]
    assert await speaks.finished(moves(IDLE, PROCESSING, 3), moves(PROCESSING, RESPONDING, 3)) == []
    assert await speaks.finished(*due, e.PlaybackFinished(heard_seconds=1, turn_id=3)) == []
    assert await speaks.finished(e.PlaybackFinished(heard_seconds=1, turn_id=4)) == ["1"]
    assert await speaks.finished(e.PlaybackFinished(heard_seconds=1, turn_id=5)) == ["1", "2"]


async def test_what_ends_without_a_sound_is_answered_when_the_speaker_rests() -> None:
    speaks = Speaks()
    speaks.say("One", "1")
    due = e.AnnouncementDue(text="One", turn_id=3)
    assert await speaks.finished(due, moves(IDLE, RESPONDING, 3)) == []
    assert await speaks.finished(moves(RESPONDING, IDLE, 3)) == ["1"]


async def test_what_is_not_said_is_answered_too() -> None:
    speaks = Speaks()
    speaks.say("Old", "1")
    speaks.say("Late", "2")
    dropped = [e.AnnouncementDropped(text=text, reason="expired") for text in ("Old", "Late")]
    assert await speaks.finished(dropped[0], dropped[0]) == ["1"]
    await speaks.finished(moves(IDLE, LISTENING), e.AnnouncementDue(text="Late", turn_id=7))
    assert await speaks.finished(dropped[1], moves(LISTENING, IDLE, 9)) == ["1", "2"]


async def test_what_others_let_the_speaker_say_answers_nothing() -> None:
    speaks = Speaks()
    speaks.say("One", "1")
    assert await speaks.finished(e.AnnouncementDue(text="Else"), DONE) == []
    assert await speaks.finished(e.AnnouncementDue(text="One"), DONE) == ["1"]


async def test_a_request_that_is_retained_or_for_another_site_is_not_said() -> None:
    speaks = Speaks()
    speaks.say("Boo", retained=True)
    speaks.paper.bring("hermes/tts/say", '{"text": "Boo", "siteId": "bath"}')
    assert speaks.announced == []
    assert speaks.refused == []


async def test_a_flood_of_requests_is_refused_and_not_remembered() -> None:
    speaks = Speaks()
    for number in range(3 * MAX_WAITING):
        speaks.say(f"{number}", str(number))
    assert len(speaks.announced) == MAX_WAITING + 1
    assert {error.code for error in speaks.refused} == {"queue-full"}
    assert await speaks.finished(e.AnnouncementDue(text="1"), DONE) == ["1"]


@pytest.mark.broker
async def test_hermes_and_parlor_tell_the_same_turn(broker: Broker) -> None:
    config = broker.config.model_copy(update={"hermes": True})
    async with watching(broker) as watcher, bridged(speaker(config)) as desk:
        for event in TURN:
            desk.bus.tell(event)
        ended = await watcher.wait("hermes/dialogueManager/sessionEnded")
        assert ended.json["siteId"] == "kitchen"
        intent = await watcher.wait("hermes/intent/HassTurnOn")
        assert intent.json["input"] == "turn on the kitchen light"
        await watcher.wait("hermes/hotword/hey_jarvis/detected")
        await watcher.wait("hermes/asr/textCaptured")
        assert not any(seen.retained for seen in watcher.seen if seen.topic.startswith("hermes"))
        await watcher.event("intent", name="HassTurnOn")
        await watcher.event("transcript", text="turn on the kitchen light")


@pytest.mark.broker
async def test_hermes_can_let_the_speaker_say_something(broker: Broker) -> None:
    config = broker.config.model_copy(update={"hermes": True})
    async with watching(broker) as watcher, bridged(speaker(config)) as desk:
        await watcher.wait(TOPICS.state)
        await watcher.tell("hermes/tts/say", '{"text": "Hi", "siteId": "kitchen", "id": "x"}')
        await true_soon(lambda: desk.announced)
        desk.bus.tell(DONE)
        finished = await watcher.wait("hermes/tts/sayFinished")
        assert finished.json == {"siteId": "kitchen", "id": "x", "sessionId": None}
        await watcher.tell("hermes/tts/say", "Hi")
        await watcher.event("error", stage="mqtt", code="command-invalid")


@pytest.mark.broker
async def test_hermes_is_silent_unless_it_is_switched_on(broker: Broker) -> None:
    async with watching(broker) as watcher, bridged(speaker(broker.config)) as desk:
        await watcher.wait(TOPICS.state)
        await watcher.tell("hermes/tts/say", '{"text": "Hi", "siteId": "kitchen"}')
        for event in TURN:
            desk.bus.tell(event)
        await watcher.event("intent")
        assert {seen.topic for seen in watcher.seen if seen.topic.startswith("hermes")} == {
            "hermes/tts/say"
        }
        assert desk.announced == []
