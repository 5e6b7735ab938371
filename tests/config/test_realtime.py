"""[dialog] engine = "realtime" and [realtime]: a model elsewhere that hears and speaks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device import events as e
from device.errors import ConfigError
from tests.config.conftest import secret
from tests.config.story import Story, Values, converse, says, silence, tell, types, words
from tests.fakes.realtime_server import KEY, MODEL, FakeRealtime

SKY = "Air scatters blue light most."
ASKED = "why is the sky blue"


def server(*said: str) -> FakeRealtime:
    return FakeRealtime(lambda _item: SKY, said)


def live(fake: FakeRealtime, scene: Any, stt: Values, key_file: Path, **values: Any) -> Story:
    """A speaker that asks the fake; `values` are those of [realtime]."""
    account = {"openai": {"base_url": fake.url, "key_file": key_file}}
    return converse("realtime", {"model": MODEL, **values}, account, scene, stt, fake)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return secret(tmp_path / "realtime", KEY)


def test_what_is_said_is_answered_by_the_model_and_ends_where_it_says(
    clock_stt: Values, key: Path
) -> None:
    fake = server(ASKED)
    story = live(fake, says(words(ASKED)), clock_stt, key)
    assert story.replies == [SKY]
    assert story.the(e.FinalTranscript).text == ASKED
    assert np.abs(story.said).max() > 1_000
    assert fake.refused == []
    assert fake.sessions[0]["tools"]
    assert [one.active for one in story.of(e.CloudChanged)] == [True, False]


def test_by_default_nothing_goes_there(clock_stt: Values, key: Path) -> None:
    fake = server()
    config = {
        "stt": clock_stt, "realtime": {"model": MODEL},
        "cloud": {"openai": {"base_url": fake.url, "key_file": key}},
    }  # fmt: skip
    story = tell(config, types("what time is it"), beside=fake)
    assert (fake.received, story.of(e.CloudChanged)) == ([], [])


def test_it_needs_a_model(clock_stt: Values) -> None:
    with pytest.raises(ConfigError, match="model"):
        tell({"stt": clock_stt, "dialog": {"engine": "realtime"}}, types("hello"))


def test_a_model_that_is_not_there_leaves_it_to_the_speaker(clock_stt: Values, key: Path) -> None:
    story = live(server(), types("what time is it"), clock_stt, key, model="parrot-9")
    assert "parrot-9" not in str(story.replies)
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"


def test_a_wrong_key_leaves_it_to_the_speaker(clock_stt: Values, tmp_path: Path) -> None:
    wrong = secret(tmp_path / "wrong", "sk-wrong")
    story = live(server(), types("what time is it"), clock_stt, wrong)
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"


def test_it_has_the_voice_that_is_named(clock_stt: Values, key: Path) -> None:
    fake = server()
    live(fake, types(ASKED), clock_stt, key, voice="sage")
    assert fake.sessions[0]["audio"]["output"]["voice"] == "sage"


@pytest.mark.parametrize("transcription", ["whisper-1", ""])
def test_what_was_said_is_written_down_by_the_model_that_is_named(
    clock_stt: Values, key: Path, transcription: str
) -> None:
    fake = server(ASKED)
    story = live(fake, says(words(ASKED)), clock_stt, key, transcription=transcription)
    heard = fake.sessions[0]["audio"]["input"]
    assert heard.get("transcription", {}).get("model", "") == transcription
    assert bool(story.of(e.FinalTranscript)) is bool(transcription)
    assert story.replies == [SKY]


@pytest.mark.parametrize("milliseconds", [300, 1_000])
def test_a_sentence_is_over_after_silence_ms(
    clock_stt: Values, key: Path, milliseconds: int
) -> None:
    fake = server("why", "is the sky blue")
    scene = says(words("why"), silence(0.7), words("is the sky blue"))
    story = live(fake, scene, clock_stt, key, silence_ms=milliseconds)
    ends = [one for one in fake.sent if one["type"].endswith("speech_stopped")]
    assert len(ends) == (2 if milliseconds == 300 else 1)
    assert story.replies[-1] == SKY


@pytest.mark.parametrize(("seconds", "here"), [(0.2, 1), (600.0, 0)])
def test_a_session_lasts_session_seconds(
    clock_stt: Values, key: Path, seconds: float, here: int
) -> None:
    scene = says(silence(1.5), words(ASKED))
    story = live(server(ASKED), scene, clock_stt, key, session_seconds=seconds)
    assert len(story.of(e.IntentRecognized)) == here


@pytest.mark.parametrize(("tokens", "sessions"), [(0, 1), (100, 2)])
def test_a_session_ends_with_session_tokens(
    clock_stt: Values, key: Path, tokens: int, sessions: int
) -> None:
    fake = FakeRealtime(lambda _item: "Which light?", ["turn on the light", "that one"])
    scene = says(words("turn on the light"), silence(4.0), words("that one"))
    live(fake, scene, clock_stt, key, session_tokens=tokens)
    assert len(fake.asked) == 2 // sessions


def test_when_tokens_per_day_are_used_up_the_speaker_answers(clock_stt: Values, key: Path) -> None:
    fake = server()
    story = live(fake, types(ASKED, "what time is it"), clock_stt, key, tokens_per_day=150)
    assert len(fake.asked) == 1
    assert story.replies[0] == SKY
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"
