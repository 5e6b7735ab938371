"""What the speaker says when it is asked whether it is online, with servers there and away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.llm_server import MODEL, FakeLlm, Fault, serving
from device import events as e
from device.dialog.agent import LocalAgent
from device.dialog.base import DialogContext
from device.home.home import Home
from tests.config.story import Story, Values, tell, types

pytest.importorskip("openai")
QUESTION = "are you online"


@pytest.fixture
def fake() -> Iterator[FakeLlm]:
    with serving(FakeLlm(lambda text: text)) as running:
        yield running


def the_answer(story: Story) -> str:
    return story.of(e.ReplyText)[-1].text


def test_who_is_reached_is_told_and_who_is_not(
    fake: FakeLlm, broker: Broker, key_file: Path, clock_stt: Values
) -> None:
    near = {"base_url": fake.url, "model": MODEL, "key_file": key_file}
    far = {"base_url": "http://far.invalid/v1", "model": "m"}
    config = {"stt": clock_stt, "llm": near, "mqtt": broker.config.model_dump()}
    story = tell(config, types(QUESTION))
    assert the_answer(story) == (
        "I can reach the home, the language model at home. I use nothing on the internet."
    )
    away = {"stt": clock_stt, "llm": {**near, "base_url": "http://127.0.0.1:9/v1", "server": [far]}}
    assert the_answer(tell(away, types(QUESTION))) == (
        "I cannot reach the language model at home, the language model on the internet."
    )
    assert fake.asked == []


def test_a_captive_portal_is_no_model(fake: FakeLlm, key_file: Path, clock_stt: Values) -> None:
    fake.fault = Fault.PORTAL
    llm = {"base_url": fake.url, "model": MODEL, "key_file": key_file}
    story = tell({"stt": clock_stt, "llm": llm}, types(QUESTION))
    assert the_answer(story).startswith("I cannot reach the language model at home.")


def test_a_server_that_is_let_be_is_said_to_be(
    fake: FakeLlm, key_file: Path, clock_stt: Values
) -> None:
    llm = {"base_url": fake.url, "model": MODEL, "key_file": key_file}
    fake.fault = Fault.BROKEN
    sky = "why is the sky blue"
    story = tell({"stt": clock_stt, "llm": llm}, types(sky, sky, sky, QUESTION))
    assert the_answer(story).startswith("the language model at home failed again and again")


def test_a_speaker_that_needs_nobody_says_so(clock_stt: Values) -> None:
    story = tell({"stt": clock_stt}, types(QUESTION))
    assert the_answer(story) == "I use nothing on the internet."


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "are you still connected"), ("de", "bist du noch online"),
        ("fr", "es-tu en ligne"), ("es", "estás en línea"), ("zh", "你在线吗"),
        ("it", "sei online"), ("nl", "ben je online"), ("pt", "estás online"),
    ],
)  # fmt: skip
def test_it_is_understood_in_every_language_that_has_words_for_it(
    language: str, question: str
) -> None:
    agent = LocalAgent([], Home([]), language=language)
    answer = agent.answer(question, language, DialogContext())
    assert answer.intent is not None
    assert answer.intent.name == "ParlorOnline"
    assert answer.text
