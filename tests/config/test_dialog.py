"""[dialog]: whether the speaker listens on, and what it remembers of what was said."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from device import events as e
from device.care.purging import requested
from device.folders import state_folder
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.story import Scene, Story, Values, says, tell, types, words

Model = tuple[FakeLlm, Values]
QUESTION = words("what time is it")


async def ask_twice(parlor: Parlor, microphone: WavMicrophone) -> None:
    parlor.session.post(e.ListenRequested())
    for _ in range(2):
        await asyncio.sleep(0.5)
        await microphone.play(QUESTION)
        await asyncio.sleep(4.0)


def questions(stt: Values, seconds: float) -> Story:
    return tell({"stt": stt, "dialog": {"follow_up_seconds": seconds}}, ask_twice)


def test_the_speaker_listens_on_for_follow_up_seconds(clock_stt: Values) -> None:
    assert len(questions(clock_stt, 0).of(e.FinalTranscript)) == 1
    story = questions(clock_stt, 6)
    assert len(story.of(e.FinalTranscript)) == 2
    silent, last = story.the(e.NoSpeech), story.of(e.PlaybackFinished)[-1]
    assert silent.at - last.at == pytest.approx(6, abs=0.3)


def test_it_listens_on_when_all_was_heard_and_not_when_all_was_made(clock_stt: Values) -> None:
    story = questions(clock_stt, 6)
    made, begun = story.of(e.ReplyMade)[0], story.of(e.PlaybackStarted)[0]
    heard_seconds = story.of(e.PlaybackFinished)[0].heard_seconds
    listens = next(
        event for event in story.of(e.StateChanged) if event.old is e.TurnState.RESPONDING
    )
    assert listens.new is e.TurnState.LISTENING
    assert made.at < begun.at + heard_seconds / 2
    assert listens.at == pytest.approx(begun.at + heard_seconds, abs=0.1)


def test_what_was_not_understood_is_not_followed_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stt = whisper(tmp_path_factory.mktemp("babble"), "blue elephants sing <|endoftext|>")
    story = tell({"stt": stt, "dialog": {"follow_up_seconds": 6}}, says(QUESTION))
    assert len(story.of(e.FinalTranscript)) == 1
    assert story.of(e.NoSpeech) == []


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Model]:
    """A model, and the configuration that asks it."""
    pytest.importorskip("openai")
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(KEY)
    with serving(FakeLlm(lambda _text: "It is big and grey. It never forgets.")) as fake:
        yield fake, {"base_url": fake.url, "model": MODEL, "key_file": key}


def told(fake: FakeLlm) -> list[str]:
    """What the model was told with the last question, save who it is."""
    return [one["content"] for one in fake.asked[-1]["messages"][1:]]


def pauses(seconds: float, *texts: str) -> Scene:
    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        for text in texts:
            parlor.session.post(e.UtteranceGiven(text=text, spoken=False))
            await parlor.settled(0.3)
            await asyncio.sleep(seconds)

    return scene


ELEPHANT = "tell me about elephants"


@pytest.mark.parametrize(("silence", "remembers"), [(20.0, True), (60.0, False)])
def test_a_conversation_is_over_after_session_seconds(
    model: Model, silence: float, remembers: bool
) -> None:
    fake, llm = model
    scene = pauses(silence, ELEPHANT, "and how old do they get")
    tell({"llm": llm, "dialog": {"session_seconds": 40}}, scene)
    assert (ELEPHANT in told(fake)) is remembers


@pytest.mark.parametrize(("tokens", "remembers"), [(1_500, True), (8, False)])
def test_a_model_is_told_history_tokens_of_what_was_said(
    model: Model, tokens: int, remembers: bool
) -> None:
    fake, llm = model
    scene = types(ELEPHANT, "and how old do they get")
    tell({"llm": llm, "dialog": {"history_tokens": tokens}}, scene)
    assert (ELEPHANT in told(fake)) is remembers


def test_what_is_purged_is_told_to_no_model_any_more(model: Model) -> None:
    fake, llm = model

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await types("remember that I am afraid of mice", ELEPHANT)(parlor, microphone)
        with requested(state_folder(), None):
            await asyncio.sleep(10.0)
        await types("and how old do they get")(parlor, microphone)

    tell({"llm": llm}, scene)
    assert told(fake) == ["and how old do they get"]


LAMPS = [
    {"name": "kitchen light", "domain": "light", "area": "Kitchen", "preset": "zigbee2mqtt"},
    {"name": "bedroom light", "domain": "light", "area": "Bedroom", "preset": "zigbee2mqtt"},
]


def replies(story: Story) -> list[str]:
    return [event.text for event in story.of(e.ReplyText) if event.is_final]


def commanded(story: Story) -> list[tuple[str, str]]:
    return [(event.entity, event.service) for event in story.of(e.ActionRequested)]


def test_it_is_the_lamp_that_was_spoken_of() -> None:
    scene = types("turn on the kitchen light", "turn it off", "and in the bedroom", "again")
    story = tell({"home": {"entity": LAMPS}}, scene)
    assert commanded(story) == [
        ("light.kitchen_light", "turn_on"),
        ("light.kitchen_light", "turn_off"),
        ("light.bedroom_light", "turn_off"),
        ("light.bedroom_light", "turn_off"),
    ]


def test_after_two_minutes_or_another_topic_the_speaker_asks_what_it_is() -> None:
    dialog = {"session_seconds": 600}
    scene = pauses(130, "turn on the kitchen light", "turn it off", "yes")
    late = tell({"home": {"entity": LAMPS}, "dialog": dialog}, scene)
    assert replies(late)[1] == "Do you mean kitchen light? Say yes or no."
    assert len(commanded(late)) == 1  # the yes came too late
    scene = types("turn on the kitchen light", "set a timer for an hour", "turn it off", "yes")
    asked = tell({"home": {"entity": LAMPS}, "dialog": dialog}, scene)
    assert replies(asked)[2] == "Do you mean kitchen light? Say yes or no."
    assert commanded(asked)[-1] == ("light.kitchen_light", "turn_off")


def test_after_two_minutes_again_says_the_last_words_again_and_does_nothing() -> None:
    scene = pauses(130, "turn on the kitchen light", "again")
    story = tell({"home": {"entity": LAMPS}, "dialog": {"session_seconds": 600}}, scene)
    assert len(commanded(story)) == 1
    first, again = replies(story)
    assert first == again


def test_after_the_end_of_a_conversation_it_is_nothing() -> None:
    scene = pauses(60, "turn on the kitchen light", "turn it off")
    story = tell({"home": {"entity": LAMPS}, "dialog": {"session_seconds": 40}}, scene)
    assert replies(story)[1] == "I am not sure what you mean. Please say its name."
    assert len(commanded(story)) == 1


def test_it_is_what_a_model_has_moved(model: Model) -> None:
    fake, llm = model
    fake.wants = lambda request: (
        () if request["messages"][-1]["role"] == "tool"
        else [("HassTurnOn", f'{{"name": "{one["name"]}"}}') for one in LAMPS]
    )  # fmt: skip
    story = tell(
        {"llm": llm, "home": {"entity": LAMPS}},
        types("it is far too gloomy at home today", "turn them off"),
    )
    assert commanded(story)[2:] == [
        ("light.kitchen_light", "turn_off"),
        ("light.bedroom_light", "turn_off"),
    ]


@pytest.mark.parametrize("shared", [True, False])
def test_share_profile_tells_a_model_what_is_to_be_remembered(model: Model, shared: bool) -> None:
    fake, llm = model
    scene = types("remember that I am afraid of elephants", ELEPHANT)
    story = tell({"llm": llm, "dialog": {"share_profile": shared, "history_tokens": 0}}, scene)
    assert replies(story)[0] == "I will remember: I am afraid of elephants."
    assert any("afraid of elephants" in text for text in told(fake)) is shared
    assert len(fake.asked) == 1


def test_greetings_and_thanks_are_answered_without_a_model(model: Model) -> None:
    fake, llm = model
    story = tell({"llm": llm}, types("hello", "thank you", "goodbye"))
    assert replies(story) == ["Hello.", "You are welcome.", "Goodbye."]
    assert fake.asked == []


@pytest.mark.parametrize(("size", "asked"), [(1_000, 1), (0, 2)])
def test_reply_cache_answers_the_same_question_of_another_conversation(
    model: Model, size: int, asked: int
) -> None:
    fake, llm = model
    scene = pauses(60, "why is the sky blue", "why is the sky blue")
    story = tell({"llm": llm, "dialog": {"reply_cache": size, "session_seconds": 40}}, scene)
    first, second = replies(story)
    assert first == second
    assert len(fake.asked) == asked


@pytest.mark.parametrize("summaries", [True, False])
def test_summaries_are_made_by_the_model_of_what_is_too_old(model: Model, summaries: bool) -> None:
    fake, llm = model
    texts = [f"why do elephants number {number} eat so much" for number in range(9)]
    tell({"llm": llm, "dialog": {"summaries": summaries}}, types(*texts))
    assert any("Summarise" in one["messages"][0]["content"] for one in fake.asked) is summaries
