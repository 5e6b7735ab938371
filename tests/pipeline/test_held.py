import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.clock import run_virtual
from device.hal.wav import WavSpeaker
from device.types import Played
from tests.audio.signals import loudest_hertz, tone
from tests.pipeline.voices import at_full_volume, spoken

FADE = 0.012


def numbered(seconds: float) -> Samples:
    """Samples that tell where they were: each 10 ms is louder than the one before."""
    return (np.arange(int(seconds * RATE)) // 160 + 1).astype(np.int16)


@given(st.floats(0.0, 1.99))
def test_a_held_reply_goes_on_where_it_was_heard_last(held_at: float) -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(numbered(2.0)), normalise=False))
        await asyncio.sleep(held_at)
        held = await playback.hold()
        await asyncio.sleep(1)
        playback.resume()
        played = await playing
        assert played.completed
        assert played.seconds == pytest.approx(2.0, abs=FADE)
        assert held.seconds == pytest.approx(held_at, abs=0.11)
        heard = speaker.heard(longest_pause_seconds=0.0)
        # Every step was heard, most of them undimmed, and none of them long after its turn.
        assert set(range(3, 198)) <= set(heard.tolist())
        assert len(heard) / RATE == pytest.approx(2.0, abs=2 * FADE)

    run_virtual(main())


def test_it_is_silent_while_it_is_held() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(3.0))))
        await asyncio.sleep(1)
        held = await playback.hold()
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(2)
        assert held == Played(held.seconds, completed=False)
        assert held.seconds == pytest.approx(1.0, abs=FADE)
        assert not speaker.heard_from(now + FADE, int(1.9 * RATE)).any()
        playback.resume()
        await playing

    run_virtual(main())


def test_a_chime_is_heard_while_a_reply_is_held() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(3.0, 440))))
        await asyncio.sleep(1)
        playback.duck()
        await playback.hold()
        now = asyncio.get_running_loop().time()
        chime = await playback.play(spoken(tone(0.5, 880)), aside=True)
        assert chime.completed
        assert chime.seconds == pytest.approx(0.5, abs=0.001)
        heard = speaker.heard_from(now + 0.05, int(0.4 * RATE))
        assert loudest_hertz(heard, RATE) == pytest.approx(880, abs=5)
        assert dbfs(heard) > -30
        playback.resume()
        assert (await playing).seconds == pytest.approx(3.0, abs=FADE)

    run_virtual(main())


def test_what_is_dropped_tells_how_much_was_heard_and_ends() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)
        playing = asyncio.create_task(playback.play(spoken(tone(3.0))))
        await asyncio.sleep(1)
        await playback.hold()
        dropped = playback.drop_held()
        assert dropped.seconds == pytest.approx(1.0, abs=FADE)
        assert await playing == dropped == Played(dropped.seconds, completed=False)
        assert playback.drop_held() == Played(0.0)
        assert playback.heard_seconds == 0.0

    run_virtual(main())


def test_another_reply_plays_while_one_is_held_and_is_stopped_alone() -> None:
    async def main() -> None:
        playback = at_full_volume(WavSpeaker(rate=RATE))
        first = asyncio.create_task(playback.play(spoken(tone(3.0))))
        await asyncio.sleep(1)
        await playback.hold()
        second = asyncio.create_task(playback.play(spoken(tone(3.0))))
        await asyncio.sleep(1)
        assert playback.heard_seconds == pytest.approx(1.0, abs=0.06)
        assert (await playback.stop()).seconds == pytest.approx(1.0, abs=0.06)
        assert not (await second).completed
        playback.resume()
        assert (await first).completed

    run_virtual(main())


def test_nothing_to_hold_is_nothing() -> None:
    async def main() -> None:
        playback = at_full_volume(WavSpeaker(rate=RATE))
        assert await playback.hold() == Played(0.0)
        playback.resume()
        assert (await playback.play(spoken(tone(0.5)))).completed

    run_virtual(main())


def test_a_chime_that_ends_during_a_reply_leaves_it_ducked() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        playback = at_full_volume(speaker)

        async def halting() -> AsyncIterator[AudioChunk]:
            yield AudioChunk.from_samples(tone(1.0))
            await asyncio.sleep(2.5)
            yield AudioChunk.from_samples(tone(1.0))

        playing = asyncio.create_task(playback.play(halting()))
        await asyncio.sleep(0.5)
        playback.duck()
        await asyncio.sleep(1.0)
        await playback.play(spoken(tone(0.2)), aside=True)
        await playing
        assert dbfs(speaker.heard()[-RATE // 2 :]) < -35

    run_virtual(main())
