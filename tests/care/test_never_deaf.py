"""Whatever a microphone does, the speaker notices, says so, and hears again without a restart."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from device import events as e
from device.audio.format import RATE, Samples
from device.hal.mock import Lost, ScriptedMicrophone, Stall, Step
from device.hal.reopen import ReopeningMicrophone
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.story import Story, Values, tell, words
from tests.config.test_announce import around_now

WELL_SECONDS = 5.0
"""What the microphone hears before it falls ill."""


def room(seconds: float) -> Samples:
    noise = np.random.default_rng(0).normal(0, 5, round(seconds * RATE))
    return np.rint(noise).astype(np.int16)


def constant(value: int) -> Samples:
    return np.full(60 * RATE, value, dtype=np.int16)


def rails() -> Samples:
    period = np.repeat(np.array([32_767, -32_768], np.int16), 160)
    return np.tile(period, 60 * RATE // len(period))


def devices(ill: list[Step], times: int) -> Callable[[], ScriptedMicrophone]:
    """Falls ill after a while, is so when it is opened anew, and after `times` hears a person."""
    scripts: list[list[Step]] = [[room(WELL_SECONDS), *ill], *([ill] * (times - 1))]
    asking: list[Step] = [room(3.0), words("what time is it")] * 30
    opened = iter([*scripts, asking])
    return lambda: ScriptedMicrophone(next(opened))


def lived(
    tmp_path: Path, open_device: Callable[[], ScriptedMicrophone], announce: Values | None = None
) -> Story:
    """Somebody presses the button when the speaker says that it hears again."""

    async def scene(parlor: Parlor, _file: object) -> None:
        well = 0
        async for event in parlor.bus.subscribe():
            well += isinstance(event, e.HealthChanged) and event.healthy
            if well == 2:
                break
        parlor.session.post(e.ListenRequested())
        await asyncio.sleep(15.0)

    stt = whisper(tmp_path, "what time is it <|endoftext|>")
    config = {"stt": stt, "announce": announce or {}}
    return tell(config, scene, ReopeningMicrophone(open_device))


def health(story: Story) -> list[str]:
    """Codes of the microphone's health, empty while it is well."""
    return [event.code for event in story.of(e.HealthChanged) if event.part == "microphone"]


@pytest.mark.parametrize(
    ("ill", "code"),
    [
        ([constant(0)], "audio-input-silent"),
        ([constant(2_000)], "audio-input-dc"),
        ([rails()], "audio-input-clipped"),
        ([Stall(3.5), Lost()], "audio-device-lost"),
    ],
    ids=["zeros", "constant", "clipped", "stalled and unplugged"],
)
def test_a_microphone_that_falls_ill_is_told_within_seconds_and_heard_again(
    tmp_path: Path, ill: list[Step], code: str
) -> None:
    story = lived(tmp_path, devices(ill, times=1))
    assert health(story) == ["", code, ""]
    (told,) = [event for event in story.of(e.HealthChanged) if not event.healthy]
    assert told.at <= WELL_SECONDS + 5.0
    assert story.of(e.TurnEnded), "the person is heard again"
    assert story.of(e.IntentRecognized)


def test_one_that_stays_ill_is_complained_of_aloud_once(tmp_path: Path) -> None:
    story = lived(tmp_path, devices([constant(0)], times=3))
    (complaint,) = story.of(e.AnnouncementDue)
    assert complaint.text == "I cannot hear anything. Please look at my microphone."
    assert np.abs(story.said.astype(int)).max() > 1_000
    assert health(story) == ["", "audio-input-silent", ""]


def test_one_that_is_driven_too_high_is_complained_of_in_its_own_words(tmp_path: Path) -> None:
    story = lived(tmp_path, devices([rails()], times=3))
    (complaint,) = story.of(e.AnnouncementDue)
    assert "overloaded" in complaint.text


def test_at_night_nobody_is_woken_for_it(tmp_path: Path) -> None:
    night = {"quiet_hours": around_now()}
    story = lived(tmp_path, devices([constant(0)], times=3), announce=night)
    assert not story.of(e.AnnouncementDue)
    assert health(story) == ["", "audio-input-silent", ""]
