"""[dialog] engine = "gemini" and [gemini]: Gemini's Live API."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device import events as e
from device.errors import ConfigError
from tests.config.conftest import secret
from tests.config.story import Story, Values, converse, says, tell, types, words
from tests.fakes.gemini_server import KEY, MODEL, FakeGemini

SKY = "Air scatters blue light most."
ASKED = "why is the sky blue"


def live(fake: FakeGemini, scene: Any, stt: Values, key_file: Path, **values: Any) -> Story:
    """A speaker that asks the fake; `values` are those of [gemini]."""
    account = {"gemini": {"base_url": fake.url, "key_file": key_file}}
    return converse("gemini", {"model": MODEL, **values}, account, scene, stt, fake)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return secret(tmp_path / "gemini", KEY)


def test_what_is_said_is_answered_by_the_model(clock_stt: Values, key: Path) -> None:
    fake = FakeGemini(lambda _said: SKY, [ASKED])
    story = live(fake, says(words(ASKED)), clock_stt, key)
    assert story.replies == [SKY]
    assert story.the(e.FinalTranscript).text == ASKED
    assert np.abs(story.said).max() > 1_000
    assert fake.refused == []
    assert fake.setups[0]["tools"][0]["functionDeclarations"]
    assert [one.active for one in story.of(e.CloudChanged)] == [True, False]


def test_it_needs_a_model(clock_stt: Values) -> None:
    with pytest.raises(ConfigError, match="model"):
        tell({"stt": clock_stt, "dialog": {"engine": "gemini"}}, types("hello"))


def test_a_wrong_key_leaves_it_to_the_speaker(clock_stt: Values, tmp_path: Path) -> None:
    wrong = secret(tmp_path / "wrong", "gm-wrong")
    story = live(FakeGemini(lambda _said: SKY), types("what time is it"), clock_stt, wrong)
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"


def test_a_model_that_is_not_there_leaves_it_to_the_speaker(clock_stt: Values, key: Path) -> None:
    fake = FakeGemini(lambda _said: SKY)
    story = live(fake, types("what time is it"), clock_stt, key, model="parrot-9")
    assert "parrot-9" in fake.refused[0]
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"


def test_it_has_the_voice_that_is_named_or_its_own(clock_stt: Values, key: Path) -> None:
    fake = FakeGemini(lambda _said: SKY)
    live(fake, types(ASKED), clock_stt, key, voice="Kore")
    assert "Kore" in str(fake.setups[0]["generationConfig"])
    fake = FakeGemini(lambda _said: SKY)
    live(fake, types(ASKED), clock_stt, key)
    assert "speechConfig" not in fake.setups[0]["generationConfig"]


def test_when_tokens_per_day_are_used_up_the_speaker_answers(clock_stt: Values, key: Path) -> None:
    fake = FakeGemini(lambda _said: SKY)
    story = live(fake, types(ASKED, "what time is it"), clock_stt, key, tokens_per_day=150)
    assert len(fake.setups) == 1
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"
