import asyncio

import pytest

from device.audio.format import RATE
from device.audio.level import dbfs
from device.clock import run_virtual
from device.hal.wav import WavSpeaker
from device.pipeline.playback import Playback
from tests.audio.signals import tone
from tests.pipeline.voices import at_full_volume, spoken


def test_ducking_softens_what_waits_in_the_device_too_and_comes_back_over_a_second() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE, buffer_seconds=0.2)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(5.0)), normalise=False))
        await asyncio.sleep(1)
        playback.duck()
        await asyncio.sleep(1)
        playback.unduck()
        await playing
        heard = speaker.heard()
        full = dbfs(heard[RATE // 2 : RATE])
        assert dbfs(heard[round(1.02 * RATE) : 2 * RATE]) == pytest.approx(full - 24, abs=0.1)
        half_way = dbfs(heard[round(2.7 * RATE) : round(2.75 * RATE)])
        assert full - 8 < half_way < full - 3
        assert dbfs(heard[round(3.3 * RATE) :]) == pytest.approx(full, abs=0.1)

    run_virtual(main())


def test_what_follows_a_cut_while_ducked_is_not_ducked() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(5.0)), normalise=False))
        await asyncio.sleep(1)
        playback.duck()
        await playback.stop()
        await playing
        await playback.play(spoken(tone(1.0)), normalise=False)
        assert dbfs(speaker.heard()[-RATE // 2 :]) == pytest.approx(dbfs(tone(1.0)), abs=0.1)

    run_virtual(main())


@pytest.mark.parametrize(("volume", "decibels"), [(1.0, 0), (0.5, -12), (0.1, -40)])
def test_the_volume_follows_the_square_of_the_knob(volume: float, decibels: float) -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = Playback(speaker, volume=0.7)
        playback.set_volume(volume)
        assert playback.volume == volume
        await playback.play(spoken(tone(1.0)), normalise=False)
        level = dbfs(speaker.heard()[RATE // 2 :])
        assert level == pytest.approx(dbfs(tone(1.0)) + decibels, abs=0.1)

    run_virtual(main())


def test_volume_zero_is_silent_but_goes_on() -> None:
    async def main() -> None:
        speaker = WavSpeaker()
        played = await Playback(speaker, volume=0.0).play(spoken(tone(1.0)))
        assert played.seconds == pytest.approx(1.0, abs=0.001)
        assert not speaker.heard().any()

    run_virtual(main())
