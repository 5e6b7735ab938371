"""[care]: doing with less while the computer is overburdened."""

import asyncio
from pathlib import Path

import pytest

from device import events as e
from device.config_file import load
from device.errors import ConfigError
from device.hal.thermal import read_celsius
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.story import Scene, Values, tell, types

TIME = "what time is it <|endoftext|>"
LATE = {"budgets": {"tts_ms": 0}, "tts": {"cache_mb": 0}}
"""No voice is that quick when it must speak every time, so that every turn is late."""


def later(scene: Scene, seconds: float) -> Scene:
    """The scene, and then a while in which nothing happens."""

    async def both(parlor: Parlor, microphone: WavMicrophone) -> None:
        await scene(parlor, microphone)
        await asyncio.sleep(seconds)

    return both


def turns(config: Values, number: int = 3, seconds: float = 1.0) -> list[e.DegradationChanged]:
    """What is given up in so many late turns, and in a while after."""
    scene = later(types(*["what time is it"] * number, spoken=True), seconds)
    return tell({**LATE, **config}, scene).of(e.DegradationChanged)


def test_whisper_is_made_quicker_when_turns_are_late_and_better_again_when_all_is_well(
    tmp_path: Path,
) -> None:
    stt = {**whisper(tmp_path, TIME), "beam": 2}
    given_up, back = turns({"stt": stt}, seconds=320.0)
    assert (given_up.reason, given_up.given_up) == ("budget", ("beam",))
    assert (back.level, back.reason) == (0, "recovered")


def test_a_smaller_whisper_understands_when_the_quick_one_is_late_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in ("tiny", "base"):
        whisper(tmp_path / f"{size}.en", TIME)
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    stt = {"engines": ["whisper"], "whisper_model": "base.en", "partials": "on", "threads": 1}
    changes = turns({"stt": stt}, 6)
    assert [one.given_up for one in changes] == [("partials",), ("partials", "model")]


def test_a_speaker_that_has_nothing_to_give_up_goes_on(clock_stt: Values) -> None:
    assert turns({"stt": clock_stt}) == []


def test_whoever_wants_it_so_gives_up_nothing(tmp_path: Path) -> None:
    stt = {**whisper(tmp_path, TIME), "beam": 2}
    assert turns({"stt": stt, "care": {"degrade": False}}) == []


@pytest.mark.skipif(read_celsius() is None, reason="this computer does not tell how warm it is")
def test_from_which_degree_on_it_is_too_hot_can_be_chosen(tmp_path: Path) -> None:
    stt = {**whisper(tmp_path, TIME), "beam": 2}
    burning = {"stt": stt, "care": {"hot_celsius": 0.2, "cool_celsius": 0.1}}
    (change,) = tell(burning, later(types("what time is it"), 1.0)).of(e.DegradationChanged)
    assert change.reason == "temperature"


def test_it_cannot_be_cool_and_too_hot_at_once(tmp_path: Path) -> None:
    file = tmp_path / "parlor.toml"
    file.write_text("[care]\ncool_celsius = 90\n")
    with pytest.raises(ConfigError, match="below hot_celsius"):
        load(file)
