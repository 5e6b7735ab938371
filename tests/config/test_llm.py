"""[llm] and what else tells how an answer comes that is thought of elsewhere."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks.broker import Broker
from benchmarks.llm_server import MODEL, FakeLlm, Fault, serving
from device import events as e
from device.config import LlmConfig
from tests.config.conftest import secret, whisper
from tests.config.story import Story, Values, says, tell, types, words

pytest.importorskip("openai")

SKY = "why is the sky blue"
BLUE = "Air scatters blue light most."


@pytest.fixture
def fake() -> Iterator[FakeLlm]:
    with serving(FakeLlm(lambda _text: BLUE)) as running:
        yield running


def llm(fake: FakeLlm, key_file: Path, **values: object) -> Values:
    """[llm] that reaches the fake."""
    return {"base_url": fake.url, "model": MODEL, "key_file": key_file, **values}


def answers(story: Story) -> list[str]:
    """Whole replies."""
    return [event.text for event in story.of(e.ReplyText) if event.is_final]


def test_the_model_is_asked_what_the_speaker_does_not_understand_and_nothing_else(
    fake: FakeLlm, key_file: Path, clock_stt: Values
) -> None:
    config = {"stt": clock_stt, "llm": llm(fake, key_file)}
    story = tell(config, types(SKY, "what time is it", spoken=True))
    first, second = answers(story)
    assert first == BLUE
    assert second != BLUE
    assert [one["messages"][-1]["content"] for one in fake.asked] == [SKY]
    assert [event.active for event in story.of(e.CloudChanged)] == [True, False]


def test_without_an_address_nothing_leaves(
    fake: FakeLlm, key_file: Path, clock_stt: Values
) -> None:
    story = tell({"stt": clock_stt, "llm": llm(fake, key_file, base_url="")}, types(SKY))
    assert answers(story) == ["Sorry, I do not know how to do that."]
    assert (fake.asked, story.of(e.CloudChanged)) == ([], [])


def test_an_address_needs_a_model() -> None:
    with pytest.raises(ValidationError, match="model is missing"):
        LlmConfig(base_url="http://nas.local/v1")


def test_another_model_is_another_model(fake: FakeLlm, key_file: Path, clock_stt: Values) -> None:
    config = {"stt": clock_stt, "llm": llm(fake, key_file, model="parrot-2")}
    assert answers(tell(config, types(SKY))) == ["I cannot reach my language model right now."]
    assert "parrot-2" in fake.refused[0]


def test_a_wrong_key_is_said(fake: FakeLlm, tmp_path: Path, clock_stt: Values) -> None:
    wrong = secret(tmp_path / "wrong", "sk-wrong")
    (said,) = answers(tell({"stt": clock_stt, "llm": llm(fake, wrong)}, types(SKY)))
    assert said == "My language model does not let me in. Please check the key."


@pytest.mark.parametrize(
    ("fault", "limit"),
    [(Fault.SILENT, "first_token_seconds"), (Fault.STALLED, "total_seconds")],
)
def test_an_answer_that_takes_too_long_is_given_up(
    fake: FakeLlm, key_file: Path, clock_stt: Values, fault: Fault, limit: str
) -> None:
    fake.fault = fault
    config = {"stt": clock_stt, "llm": llm(fake, key_file, **{limit: 0.5})}
    began = time.monotonic()
    (said,) = answers(tell(config, types(SKY)))
    assert said.endswith("I cannot reach my language model right now.")
    assert said.startswith("Air scatters blue light" if fault is Fault.STALLED else "I cannot")
    # Without the limit it would be 5 or 30 s: this tells the limits apart, not how fast it is.
    assert time.monotonic() - began < 4.5


@pytest.mark.parametrize("early", [True, False])
def test_it_is_asked_before_the_pause_is_over_unless_that_is_switched_off(
    fake: FakeLlm, key_file: Path, tmp_path_factory: pytest.TempPathFactory, early: bool
) -> None:
    stt = whisper(tmp_path_factory.mktemp("sky"), f"{SKY} <|endoftext|>")
    story = tell({"stt": stt, "llm": llm(fake, key_file, early=early)}, says(words(SKY)))
    assert answers(story) == [BLUE]
    assert len(fake.asked) == 1
    left = next(event.at for event in story.of(e.CloudChanged) if event.active)
    assert (left < story.the(e.TurnEnded).at) is early


def test_it_says_whether_the_sentence_is_over_when_it_is_asked_that_too(
    fake: FakeLlm, key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stt = whisper(tmp_path_factory.mktemp("sky"), f"{SKY} <|endoftext|>")

    def silence_waited_for(verdict: str, judge: bool) -> float:
        fake.verdict = verdict
        story = tell({"stt": stt, "llm": llm(fake, key_file, judge=judge)}, says(words(SKY)))
        assert answers(story) == [BLUE]
        return story.the(e.TurnMeasured).stages["vad"]

    unasked = silence_waited_for("yes", judge=False)
    assert silence_waited_for("yes", judge=True) < unasked
    assert silence_waited_for("no", judge=True) > unasked


@pytest.mark.broker
def test_one_moment_is_said_after_filler_ms_when_nothing_is_heard_yet(
    broker: Broker,
) -> None:
    lamp = {"name": "kitchen light", "domain": "light", "preset": "zigbee2mqtt"}

    def heard_after(milliseconds: int) -> tuple[float, float]:
        """Seconds from the end of the turn to a sound, and to the answer: a lamp that does not
        report takes 250 ms.
        """
        story = tell(
            {
                "mqtt": broker.config.model_dump(), "home": {"entity": [lamp]},
                "dialog": {"filler_ms": milliseconds}, "audio": {"earcons": False},
            },
            says(words("turn on the kitchen light")),
        )  # fmt: skip
        assert answers(story)[0] == "Turned on the light"
        audible = story.of(e.PlaybackStarted)[0].at - story.the(e.TurnEnded).at
        stages = story.the(e.TurnMeasured).stages
        return audible, (stages["end_to_end"] - stages["vad"]) / 1_000

    without, _ = heard_after(0)
    assert heard_after(1200)[0] == without
    filled, answered = heard_after(50)
    assert filled < without <= answered
