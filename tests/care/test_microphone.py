"""A microphone that gives nothing is noticed."""

import asyncio

from device import events as e
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.care.microphone import MicrophoneHealth
from device.clock import run_virtual
from tests.flow import silence


def test_a_microphone_that_stalls_is_told_and_so_is_its_return() -> None:
    told: list[tuple[bool, str, float]] = []

    async def main() -> None:
        timeline = Timeline()

        def tell(event: e.Event) -> None:
            assert isinstance(event, e.HealthChanged)
            assert event.part == "microphone"
            told.append((event.healthy, event.code, asyncio.get_running_loop().time()))

        async def capture(seconds: int) -> None:
            for _ in range(seconds * 10):
                timeline.write(silence(0.1))
                await asyncio.sleep(0.1)

        watching = asyncio.create_task(MicrophoneHealth(timeline, tell).run())
        await capture(30)
        await asyncio.sleep(60)
        await capture(3)
        timeline.close()
        await watching
        assert timeline.end == 33 * RATE

    run_virtual(main())
    assert [healthy for healthy, _, _ in told] == [True, False, True]
    assert told[1][1] == "audio-device-lost"
    assert 31.5 <= told[1][2] <= 33
    assert 89.5 <= told[2][2] <= 91


def test_a_microphone_that_never_gives_anything_is_told() -> None:
    told: list[e.Event] = []

    async def main() -> None:
        timeline = Timeline()
        watching = asyncio.create_task(MicrophoneHealth(timeline, told.append).run())
        await asyncio.sleep(10)
        timeline.close()
        await watching

    run_virtual(main())
    unwell = e.HealthChanged(part="microphone", healthy=False, code="audio-device-lost")
    assert told == [unwell]
