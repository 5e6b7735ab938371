"""[audio]: every key changes what is heard or said. Devices are in tests/hal/test_soundcard.py."""

import asyncio

import numpy as np
import pytest

from device import events as e
from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs
from device.config import AudioConfig
from device.errors import DeviceError, FormatUnsupported
from device.hal import open_microphone, open_speaker
from device.hal.mock import ScriptedMicrophone
from tests.config.story import Scene, Story, Values, says, silence, tell, types, words

QUESTION = words("what time is it")


def array(*channels: Samples) -> ScriptedMicrophone:
    """Microphones that hear one thing each."""
    ahead, behind = silence(0.6), silence(3.0)
    heard = [np.concatenate((ahead, channel, behind)) for channel in channels]
    return ScriptedMicrophone([np.stack(heard, axis=1)], AudioFormat(RATE, 2, len(channels)))


def waits(seconds: float) -> Scene:
    async def scene(parlor: object, microphone: object) -> None:
        await asyncio.sleep(seconds)

    return scene


def listening(seconds: float) -> Scene:
    async def scene(parlor: object, microphone: object) -> None:
        parlor.session.post(e.ListenRequested())  # type: ignore[attr-defined]
        await asyncio.sleep(seconds)

    return scene


def heard_on(channel: int | str, stt: Values, *channels: Samples) -> Story:
    config = {"audio": {"channel": channel, "channels": len(channels)}, "stt": stt}
    return tell(config, listening(len(QUESTION) / RATE + 3.0), array(*channels))


@pytest.mark.parametrize(("channel", "hears"), [(0, False), (1, True), ("best", True)])
def test_the_chosen_channel_is_heard(clock_stt: Values, channel: int | str, hears: bool) -> None:
    noise = np.random.default_rng(0).normal(0, 30, len(QUESTION)).astype(np.int16)
    story = heard_on(channel, clock_stt, noise, QUESTION)
    assert bool(story.of(e.TurnEnded)) is hears


def test_all_channels_are_heard_in_step(clock_stt: Values) -> None:
    late = np.concatenate((np.zeros(4, np.int16), QUESTION[:-4]))
    assert heard_on("beam", clock_stt, QUESTION, late).of(e.TurnEnded)


def test_a_channel_that_the_microphone_has_not_is_told(clock_stt: Values) -> None:
    with pytest.raises(FormatUnsupported, match="2 channels"):
        heard_on(2, clock_stt, QUESTION, QUESTION)


@pytest.mark.parametrize(("loopback", "hears"), [(None, True), (1, False)])
def test_a_channel_that_gives_back_what_is_played_is_not_mixed_in(
    clock_stt: Values, loopback: int | None, hears: bool
) -> None:
    quiet = np.random.default_rng(0).normal(0, 30, len(QUESTION)).astype(np.int16)
    audio = {"channel": "beam", "channels": 3, "loopback": loopback}
    story = tell(
        {"audio": audio, "stt": clock_stt},
        listening(len(QUESTION) / RATE + 3.0), array(quiet, QUESTION, quiet),
    )  # fmt: skip
    assert bool(story.of(e.TurnEnded)) is hears


def test_a_loopback_that_the_microphone_has_not_is_told(clock_stt: Values) -> None:
    audio = {"channels": 2, "loopback": 2}
    with pytest.raises(FormatUnsupported, match="loopback"):
        tell({"audio": audio, "stt": clock_stt}, listening(1.0), array(QUESTION, QUESTION))


def test_volume_is_that_of_replies_at_start(clock_stt: Values) -> None:
    soft, loud = (
        tell({"stt": clock_stt, "audio": {"volume": volume}}, types("help", spoken=True)).said
        for volume in (0.3, 0.9)
    )
    assert dbfs(loud) > dbfs(soft) + 10


@pytest.mark.parametrize("earcons", [True, False])
def test_chimes_can_be_switched_off(clock_stt: Values, earcons: bool) -> None:
    config = {"stt": clock_stt, "audio": {"earcons": earcons}, "vad": {"no_speech_ms": 1000}}
    assert bool(len(tell(config, says(silence(1.0))).said)) is earcons


@pytest.mark.parametrize("backend", ["pyaudio", "subprocess"])
def test_devices_are_looked_for_by_name_or_index(backend: str) -> None:
    async def opened(**names: object) -> None:
        config = AudioConfig.model_validate({"backend": backend, **names})
        open_microphone(config) if "input" in names else open_speaker(config)

    for names in ({"input": "nobody's"}, {"output": "nobody's"}, {"input": 99}, {"output": 99}):
        with pytest.raises(DeviceError, match=r"nobody's|99"):
            asyncio.run(opened(**names))
