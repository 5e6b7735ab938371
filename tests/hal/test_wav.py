import asyncio
from pathlib import Path

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.audio.files import read_sound, write_sound
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.errors import AudioFileError
from device.hal.base import Rendered
from device.hal.wav import WavMicrophone, WavSpeaker
from tests.audio.signals import noise, tone


async def hear(microphone: WavMicrophone) -> Samples:
    parts: list[Samples] = []
    while (chunk := await microphone.read()) is not None:
        assert chunk.start_sample == sum(len(part) for part in parts)
        parts.append(chunk.pcm())
    return np.concatenate(parts)


def test_sounds_are_heard_one_after_the_other_whole_and_in_time() -> None:
    first, second = noise(0.5), noise(0.25, seed=2)

    async def main() -> None:
        microphone = WavMicrophone()
        hearing = asyncio.create_task(hear(microphone))
        await asyncio.sleep(1.0)
        await asyncio.gather(microphone.play(first), microphone.play(second))
        loop_time = asyncio.get_running_loop().time()
        microphone.end()
        heard = await hearing
        sounding = np.flatnonzero(heard)
        begin = int(sounding[0]) - int(np.flatnonzero(first)[0])
        together = np.concatenate((first, second))
        assert np.array_equal(heard[begin : begin + len(together)], together)
        assert begin / RATE == pytest.approx(1.0, abs=0.031)
        assert loop_time == pytest.approx(1.0 + 0.75, abs=0.031)

    run_virtual(main())


def test_play_returns_when_the_last_sample_was_delivered() -> None:
    async def main() -> None:
        microphone = WavMicrophone()
        playing = asyncio.create_task(microphone.play(tone(0.06)))
        await asyncio.sleep(0)
        await microphone.read()
        assert not playing.done()
        await microphone.read()
        await playing

    run_virtual(main())


def test_a_file_of_another_rate_is_heard_at_ours(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.flac", tone(0.5, rate=44_100), 44_100)

    async def main() -> None:
        microphone = WavMicrophone()
        hearing = asyncio.create_task(hear(microphone))
        await microphone.play(tmp_path / "a.flac")
        microphone.end()
        assert np.count_nonzero(await hearing) == pytest.approx(8_000, abs=200)

    run_virtual(main())


def test_a_missing_file_is_an_error_and_the_microphone_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        microphone = WavMicrophone()
        with pytest.raises(AudioFileError):
            await microphone.play(tmp_path / "none.wav")
        assert await microphone.read() is not None

    run_virtual(main())


def test_closing_frees_who_waits_and_ends_the_stream() -> None:
    async def main() -> None:
        microphone = WavMicrophone()
        playing = asyncio.create_task(microphone.play(tone(1.0)))
        await asyncio.sleep(0)
        await microphone.close()
        await microphone.close()
        await playing
        assert await microphone.read() is None

    run_virtual(main())


def test_microphone_and_speaker_share_the_loops_clock_in_real_time_too() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        microphone, speaker = WavMicrophone(), WavSpeaker(rate=RATE, buffer_seconds=0.0)
        began = loop.time()
        for _ in range(3):
            await microphone.read()
            await speaker.write(AudioChunk.from_samples(tone(0.03)))
        assert loop.time() - began >= 3 * 0.03 + 0.03 - 0.002

    asyncio.run(main())


def chunks(samples: Samples, rate: int, size: int = 441) -> list[AudioChunk]:
    return [
        AudioChunk.from_samples(samples[at : at + size], rate)
        for at in range(0, len(samples), size)
    ]


def test_the_speaker_takes_no_more_than_its_buffer_ahead_of_time() -> None:
    async def main() -> None:
        speaker = WavSpeaker(buffer_seconds=0.05)
        loop = asyncio.get_running_loop()
        for chunk in chunks(tone(1.0, rate=22_050), 22_050):
            await speaker.write(chunk)
            assert speaker.latency_seconds <= 0.05 + 1e-6
        assert loop.time() == pytest.approx(0.95, abs=0.001)
        await speaker.drain()
        assert loop.time() == pytest.approx(1.0, abs=0.001)
        assert speaker.counters.underflows == 0

    run_virtual(main())


def test_drop_takes_back_all_but_ten_fading_milliseconds() -> None:
    sound = np.full(22_050, 9_000, dtype=np.int16)

    async def main() -> None:
        speaker = WavSpeaker(buffer_seconds=0.2)
        for chunk in chunks(sound, 22_050):
            await speaker.write(chunk)
        now = asyncio.get_running_loop().time()
        assert await speaker.drop() == pytest.approx(0.19, abs=0.001)
        assert await speaker.drop() == pytest.approx(0.0, abs=0.001)
        await speaker.drain()
        heard = speaker.heard()
        assert len(heard) / 22_050 == pytest.approx(now + 0.01, abs=0.001)
        assert heard[-1] == 0
        assert (np.diff(heard[-220:].astype(int)) <= 0).all()
        assert (heard[:-221] == 9_000).all()

    run_virtual(main())


def test_what_is_not_heard_yet_can_be_made_softer() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE, buffer_seconds=0.2)
        assert speaker.soften(0.1, 0.01) == 1.0
        await speaker.write(AudioChunk.from_samples(np.full(8_000, 9_000, dtype=np.int16)))
        now = round(asyncio.get_running_loop().time() * RATE)
        assert speaker.soften(0.1, 0.01) == pytest.approx(0.1)
        await speaker.drain()
        heard = speaker.heard()
        assert (heard[:now] == 9_000).all()
        assert (heard[now + 160 :] == 900).all()
        assert len(heard) == 8_000

    run_virtual(main())


def test_what_was_heard_can_be_asked_for_by_time() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        await asyncio.sleep(1.0)
        sound = noise(0.5)
        for chunk in chunks(sound, RATE, 480):
            await speaker.write(chunk)
        assert np.array_equal(speaker.heard_from(1.0, len(sound)), sound)
        assert not speaker.heard_from(0.0, RATE).any()
        assert np.array_equal(speaker.heard_from(1.25, 2 * RATE)[:4_000], sound[4_000:])

    run_virtual(main())


def test_running_dry_is_counted_but_the_end_of_a_sound_is_not() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        await speaker.write(AudioChunk.from_samples(tone(0.1)))
        await speaker.drain()
        await asyncio.sleep(1.0)
        await speaker.write(AudioChunk.from_samples(tone(0.1)))
        assert speaker.counters.underflows == 0
        await asyncio.sleep(1.0)
        await speaker.write(AudioChunk.from_samples(tone(0.1)))
        assert speaker.counters.underflows == 1

    run_virtual(main())


def test_the_file_has_what_was_heard_and_short_pauses(tmp_path: Path) -> None:
    async def main() -> None:
        speaker = WavSpeaker(tmp_path / "reply.wav", rate=RATE)
        for _ in range(2):
            await speaker.write(AudioChunk.from_samples(tone(0.5)))
            await speaker.drain()
            await asyncio.sleep(60)
        await speaker.close()
        await speaker.close()

    run_virtual(main())
    assert len(read_sound(tmp_path / "reply.wav")) == int(1.5 * RATE)


def test_another_format_is_a_mistake_of_the_caller() -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="the speaker plays"):
            await WavSpeaker(rate=48_000).write(AudioChunk.from_samples(tone(0.1)))

    run_virtual(main())


def test_chunks_know_exactly_when_they_were_captured() -> None:
    async def main() -> None:
        await asyncio.sleep(2.0)
        microphone = WavMicrophone()
        for _ in range(3):
            chunk = await microphone.read()
            assert chunk is not None
            assert chunk.captured_at == pytest.approx(2.0 + chunk.stop_sample / RATE)
            assert chunk.captured_at == pytest.approx(asyncio.get_running_loop().time())

    run_virtual(main())


def test_what_was_heard_is_told_with_its_time_and_what_was_dropped_is_not() -> None:
    sound = noise(1.0)
    told: list[Rendered] = []

    async def main() -> WavSpeaker:
        speaker = WavSpeaker(rate=RATE, buffer_seconds=0.2)
        speaker.on_rendered(told.append)
        await asyncio.sleep(1.0)
        for chunk in chunks(sound, RATE, 480):
            await speaker.write(chunk)
        await speaker.drop()
        await asyncio.sleep(0.5)
        await speaker.write(AudioChunk.from_samples(sound[:480]))
        await speaker.drain()
        await asyncio.sleep(0.1)
        return speaker

    speaker = run_virtual(main())
    heard = np.concatenate([rendered.samples for rendered in told])
    assert np.array_equal(heard, speaker.heard(longest_pause_seconds=0.0))
    assert 0.8 * RATE < len(heard) < 0.9 * RATE
    for rendered in told:
        left = speaker.heard_from(rendered.heard_at, len(rendered.samples))
        assert np.array_equal(left, rendered.samples)


def test_nothing_is_told_before_it_was_heard() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        speaker = WavSpeaker(rate=RATE, buffer_seconds=0.2)
        ends: list[float] = []

        def note(rendered: Rendered) -> None:
            ends.append(rendered.heard_at + len(rendered.samples) / RATE - loop.time())

        speaker.on_rendered(note)
        await speaker.write(AudioChunk.from_samples(noise(0.5)))
        await speaker.drain()
        await asyncio.sleep(0.1)
        assert ends
        assert max(ends) <= 1e-9

    run_virtual(main())
