"""A microphone and a loudspeaker at the other end of a connection."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from tests.audio.signals import noise


async def all_of(microphone: NetworkMicrophone) -> list[AudioChunk]:
    chunks = []
    while (chunk := await microphone.read()) is not None:
        chunks.append(chunk)
    return chunks


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.pcm() for chunk in chunks])


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=20))
def test_what_arrives_is_heard_whole_whatever_the_pieces(sizes: list[int]) -> None:
    async def main() -> None:
        sound = noise(sum(sizes) / RATE)
        microphone = NetworkMicrophone(RATE)
        for piece in np.split(sound, np.cumsum(sizes)[:-1]):
            microphone.feed(piece)
        microphone.end()
        chunks = await all_of(microphone)
        assert np.array_equal(joined(chunks), sound)
        assert [one.start_sample for one in chunks[1:]] == [one.stop_sample for one in chunks[:-1]]

    run_virtual(main())


def test_what_was_recorded_before_is_heard_faster_than_it_was_said() -> None:
    async def main() -> None:
        microphone = NetworkMicrophone(RATE)
        microphone.feed(noise(3.0))
        microphone.end()
        await all_of(microphone)
        assert asyncio.get_running_loop().time() == pytest.approx(3.0 / 8, abs=0.01)

    run_virtual(main())


def test_a_line_on_which_nothing_comes_is_silent_in_real_time() -> None:
    async def main() -> None:
        microphone = NetworkMicrophone(RATE)
        microphone.feed(noise(0.3))
        reading = asyncio.create_task(all_of(microphone))
        await asyncio.sleep(2.0)
        microphone.end()
        heard = joined(await reading)
        assert len(heard) / RATE == pytest.approx(0.3 + 2.0, abs=0.15)
        assert not heard[round(0.3 * RATE) :].any()

    run_virtual(main())


def test_sound_that_is_a_little_late_gets_no_hole() -> None:
    async def main() -> None:
        sound, microphone = noise(1.0), NetworkMicrophone(RATE)
        reading = asyncio.create_task(all_of(microphone))
        for number, piece in enumerate(np.split(sound, 10)):
            await asyncio.sleep(0.19 if number % 2 else 0.01)
            microphone.feed(piece)
        microphone.end()
        heard = joined(await reading)
        assert np.array_equal(heard[-len(sound) :], sound)

    run_virtual(main())


def test_who_sends_without_end_loses_the_rest_and_it_is_counted() -> None:
    async def main() -> None:
        microphone = NetworkMicrophone(RATE, most_seconds=1.0)
        microphone.feed(noise(0.8))
        microphone.feed(noise(0.8))
        assert microphone.waiting_seconds == 1.0
        assert microphone.counters.overflows == 1
        assert microphone.counters.lost_samples == pytest.approx(0.6 * RATE, abs=1)

    run_virtual(main())


def test_what_is_dropped_is_not_heard_and_what_comes_then_is() -> None:
    async def main() -> None:
        microphone, later = NetworkMicrophone(RATE), noise(0.3)
        microphone.feed(noise(5.0))
        microphone.clear()
        assert microphone.waiting_seconds == 0.0
        microphone.feed(later)
        microphone.end()
        assert np.array_equal(joined(await all_of(microphone)), later)

    run_virtual(main())


def test_who_hangs_up_is_not_waited_for() -> None:
    async def main() -> None:
        microphone = NetworkMicrophone(RATE)
        reading = asyncio.create_task(all_of(microphone))
        await asyncio.sleep(0.01)
        microphone.feed(noise(0.01))
        await microphone.close()
        assert await reading == []
        microphone.feed(noise(0.1))
        assert microphone.waiting_seconds == 0.0

    run_virtual(main())


class Line:
    """The other end."""

    def __init__(self) -> None:
        self.got: list[AudioChunk] = []
        self.forgot = 0

    def forget(self) -> None:
        self.forgot += 1


async def play(speaker: NetworkSpeaker, seconds: float) -> None:
    for _ in range(round(seconds / 0.02)):
        await speaker.write(AudioChunk.from_samples(noise(0.02, rate=24_000), 24_000))


def test_it_sends_no_faster_than_it_is_heard_but_for_the_lead() -> None:
    async def main() -> None:
        line = Line()
        speaker = NetworkSpeaker(24_000, line.got.append, line.forget, lead_seconds=0.2)
        await play(speaker, 1.0)
        assert asyncio.get_running_loop().time() == pytest.approx(0.8, abs=0.001)
        await speaker.drain()
        assert asyncio.get_running_loop().time() == pytest.approx(1.0, abs=0.001)
        assert speaker.counters.underflows == 0
        assert sum(one.seconds for one in line.got) == pytest.approx(1.0)

    run_virtual(main())


def test_a_cut_tells_the_other_end_once_and_what_was_not_heard() -> None:
    async def main() -> None:
        line = Line()
        speaker = NetworkSpeaker(24_000, line.got.append, line.forget, lead_seconds=0.2)
        await play(speaker, 0.5)
        assert await speaker.drop() == pytest.approx(0.2, abs=0.001)
        assert await speaker.drop() == 0.0
        assert line.forgot == 1

    run_virtual(main())


def test_a_hole_in_a_reply_is_counted_and_a_pause_between_two_is_not() -> None:
    async def main() -> None:
        line = Line()
        speaker = NetworkSpeaker(24_000, line.got.append, line.forget)
        await play(speaker, 0.1)
        await asyncio.sleep(1.0)
        await play(speaker, 0.1)
        assert speaker.counters.underflows == 1
        await speaker.drain()
        await asyncio.sleep(1.0)
        await play(speaker, 0.1)
        assert speaker.counters.underflows == 1

    run_virtual(main())


def test_what_the_other_end_says_is_unheard_is_waited_for() -> None:
    async def main() -> None:
        line, loop = Line(), asyncio.get_running_loop()
        speaker = NetworkSpeaker(24_000, line.got.append, line.forget)
        await play(speaker, 1.0)
        draining = asyncio.create_task(speaker.drain())
        await asyncio.sleep(0.1)
        speaker.report(0.5)
        assert speaker.latency_seconds == pytest.approx(0.5)
        began = loop.time()
        await draining
        assert loop.time() - began == pytest.approx(0.5)

    run_virtual(main())


def test_the_end_of_what_is_sent_is_told_before_it_has_been_heard() -> None:
    async def main() -> None:
        rested: list[float] = []
        loop = asyncio.get_running_loop()
        speaker = NetworkSpeaker(
            24_000, Line().got.append, Line().forget, rest=lambda: rested.append(loop.time())
        )
        await play(speaker, 1.0)
        await speaker.drain()
        assert rested == [pytest.approx(0.8, abs=0.001)]
        assert loop.time() == pytest.approx(1.0, abs=0.001)

    run_virtual(main())
