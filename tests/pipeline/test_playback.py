import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs
from device.clock import run_virtual
from device.errors import DeviceLost
from device.hal.mock import FaultySpeaker
from device.hal.wav import WavSpeaker
from device.types import Played
from tests.audio.signals import loudest_hertz, noise, silence, tone
from tests.pipeline.voices import at_full_volume, biggest_jump, spoken


def test_everything_is_heard_at_the_target_loudness() -> None:
    async def main() -> None:
        speaker = WavSpeaker()
        playback = at_full_volume(speaker)
        played = await playback.play(spoken(noise(2.0, 0.06)))
        assert played.completed
        assert played.seconds == pytest.approx(2.0, abs=0.001)
        assert len(speaker.heard()) / 22_050 == pytest.approx(2.0, abs=0.001)
        assert dbfs(speaker.heard()) == pytest.approx(-20, abs=0.5)
        assert not playback.playing
        assert playback.heard_seconds == 0

    run_virtual(main())


def test_chunks_of_any_rate_and_channels_follow_one_another() -> None:
    async def mixed() -> AsyncIterator[AudioChunk]:
        yield AudioChunk.from_samples(tone(0.5), RATE)
        stereo = np.repeat(tone(0.5, rate=48_000)[:, None], 2, axis=1)
        yield AudioChunk(stereo.astype("<i2").tobytes(), AudioFormat(48_000, 2, 2))
        yield AudioChunk.from_samples(tone(0.5, rate=22_050), 22_050)

    async def main() -> None:
        speaker = WavSpeaker()
        played = await at_full_volume(speaker).play(mixed())
        assert played.seconds == pytest.approx(1.5, abs=0.002)
        assert loudest_hertz(speaker.heard(), 22_050) == pytest.approx(440, abs=2)

    run_virtual(main())


def test_sentences_follow_without_a_gap() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        began = asyncio.get_running_loop().time()
        await playback.play(spoken(tone(1.0), 0.5, tone(1.0), 0.5, tone(1.0)), normalise=False)
        assert asyncio.get_running_loop().time() - began == pytest.approx(3.0, abs=0.001)
        assert playback.underruns == 0
        assert speaker.counters.underflows == 0
        assert biggest_jump(speaker.heard()) <= biggest_jump(tone(1.0)) + 1

    run_virtual(main())


def test_audio_that_comes_too_late_leaves_a_faded_hole_that_is_counted() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        played = await playback.play(spoken(tone(0.5), 1.0, tone(0.5)), normalise=False)
        assert played.completed
        assert played.seconds == pytest.approx(1.0, abs=0.001)
        assert playback.underruns == 1
        heard = speaker.heard_from(0.0, 2 * RATE)
        assert not heard[round(0.55 * RATE) : RATE].any()
        assert biggest_jump(heard) <= 1.2 * biggest_jump(tone(1.0))

    run_virtual(main())


def test_the_end_of_slow_audio_is_no_hole() -> None:
    async def main() -> None:
        playback = at_full_volume(WavSpeaker(rate=RATE))
        await playback.play(spoken(tone(0.5), 2.0))
        assert playback.underruns == 0

    run_virtual(main())


@pytest.mark.parametrize("after", [0.15, 0.5, 1.234])
def test_stop_is_silent_within_one_chunk_and_tells_what_was_heard(after: float) -> None:
    async def main() -> None:
        speaker = WavSpeaker()
        playback = at_full_volume(speaker)
        sound = tone(3.0, rate=22_050)
        playing = asyncio.create_task(playback.play(spoken(sound, rate=22_050), normalise=False))
        await asyncio.sleep(after)
        assert playback.heard_seconds == pytest.approx(after, abs=0.002)
        stopped = await playback.stop()
        played = await playing
        assert stopped.seconds == pytest.approx(after, abs=0.002)
        assert not stopped.completed
        assert not played.completed
        assert played.seconds == pytest.approx(after + 0.01, abs=0.002)
        heard = speaker.heard()
        assert len(heard) / 22_050 == pytest.approx(played.seconds, abs=0.001)
        assert biggest_jump(heard) <= 1.2 * biggest_jump(sound)

    run_virtual(main())


def test_after_a_stop_the_next_thing_is_whole() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(2.0))))
        await asyncio.sleep(0.5)
        await playback.stop()
        await playing
        again = await playback.play(spoken(tone(1.0)))
        assert again.completed
        assert again.seconds == pytest.approx(1.0, abs=0.001)

    run_virtual(main())


def test_stop_without_anything_playing_is_nothing() -> None:
    async def main() -> None:
        assert await at_full_volume(WavSpeaker()).stop() == Played(0.0)

    run_virtual(main())


def test_stop_before_the_first_sound_plays_nothing() -> None:
    async def main() -> None:
        speaker = WavSpeaker()
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(5.0, tone(1.0))))
        await asyncio.sleep(1)
        await playback.stop()
        assert await playing == Played(0.0, completed=False)
        assert len(speaker.heard()) == 0

    run_virtual(main())


def test_a_cancelled_play_falls_silent() -> None:
    async def main() -> None:
        speaker = WavSpeaker()
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(3.0))))
        await asyncio.sleep(1)
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        assert speaker.latency_seconds <= 0.011
        assert not playback.playing

    run_virtual(main())


def test_the_maker_of_the_audio_is_closed_when_playing_stops() -> None:
    closed = []

    async def endless() -> AsyncIterator[AudioChunk]:
        try:
            while True:
                yield AudioChunk.from_samples(tone(1.0))
        finally:
            closed.append(True)

    async def main() -> None:
        playback = at_full_volume(WavSpeaker())
        playing = asyncio.create_task(playback.play(endless()))
        await asyncio.sleep(1)
        await playback.stop()
        await playing
        assert closed == [True]

    run_virtual(main())


def test_audible_is_told_once_when_the_first_sample_is_heard() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        told: list[float] = []
        playback = at_full_volume(WavSpeaker())
        sound = spoken(0.7, tone(1.0))
        await playback.play(sound, on_audible=lambda: told.append(loop.time()))
        assert told == [pytest.approx(0.7, abs=0.001)]

    run_virtual(main())


def test_nothing_is_audible_when_there_is_nothing() -> None:
    async def main() -> None:
        told: list[bool] = []
        playback = at_full_volume(WavSpeaker())
        assert await playback.play(spoken(), on_audible=lambda: told.append(True)) == Played(0.0)
        assert told == []

    run_virtual(main())


def test_an_error_of_the_maker_comes_after_what_was_made_is_heard() -> None:
    async def broken() -> AsyncIterator[AudioChunk]:
        yield AudioChunk.from_samples(tone(1.0))
        raise LookupError("no more words")

    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        with pytest.raises(LookupError):
            await at_full_volume(speaker).play(broken())
        assert len(speaker.heard()) == RATE

    run_virtual(main())


def test_a_lost_speaker_is_an_error_and_not_a_hang() -> None:
    async def main() -> None:
        speaker = FaultySpeaker()
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(3.0))))
        await asyncio.sleep(1)
        speaker.unplug()
        with pytest.raises(DeviceLost):
            await playing
        assert not playback.playing

    run_virtual(main())


def test_a_stereo_speaker_hears_the_same_on_both_sides() -> None:
    class StereoSpeaker(WavSpeaker):
        def __init__(self) -> None:
            super().__init__(rate=RATE)
            self.format = AudioFormat(RATE, 2, 2)
            self.sides: list[Samples] = []

        async def write(self, chunk: AudioChunk) -> None:
            assert chunk.format == self.format
            self.sides.append(chunk.pcm())

    async def main() -> None:
        speaker = StereoSpeaker()
        await at_full_volume(speaker).play(spoken(tone(0.5)))
        both = np.concatenate(speaker.sides)
        assert both.shape == (RATE // 2, 2)
        assert np.array_equal(both[:, 0], both[:, 1])

    run_virtual(main())


def test_a_second_play_waits_for_the_first() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        await asyncio.gather(
            playback.play(spoken(tone(0.5, 400)), normalise=False),
            playback.play(spoken(silence(0.1), tone(0.5, 1_500)), normalise=False),
        )
        heard = speaker.heard()
        assert loudest_hertz(heard[: RATE // 2]) == pytest.approx(400, abs=5)
        assert loudest_hertz(heard[RATE // 2 :]) == pytest.approx(1_500, abs=5)

    run_virtual(main())
