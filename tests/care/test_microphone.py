"""A microphone that gives nothing, or no sound, is noticed, told, and complained of once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from device import events as e
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.care.microphone import MicrophoneHealth
from device.clock import run_virtual
from device.errors import InputOffset, InputSilent
from device.pipeline.plausibility import Fault
from tests.flow import silence


@dataclass
class Watch:
    """A microphone's health, and what came of it."""

    timeline: Timeline = field(default_factory=Timeline)
    fault: Fault | None = None
    audible: bool = True
    told: list[tuple[bool, str, float]] = field(default_factory=list)
    said: list[tuple[str, float]] = field(default_factory=list)

    async def capture(self, seconds: int) -> None:
        for _ in range(seconds * 10):
            self.timeline.write(silence(0.1))
            await asyncio.sleep(0.1)

    def tell(self, event: e.Event) -> None:
        assert isinstance(event, e.HealthChanged)
        assert event.part == "microphone"
        self.told.append((event.healthy, event.code, asyncio.get_running_loop().time()))

    def complain(self, code: str) -> None:
        self.said.append((code, asyncio.get_running_loop().time()))


def watched(scene: Callable[[Watch], Awaitable[None]]) -> Watch:
    async def main() -> Watch:
        watch = Watch()
        health = MicrophoneHealth(
            watch.timeline, watch.tell, lambda: watch.fault, watch.complain, lambda: watch.audible
        )
        watching = asyncio.create_task(health.run())
        await scene(watch)
        watch.timeline.close()
        await watching
        return watch

    return run_virtual(main())


def test_a_microphone_that_stalls_is_told_and_so_is_its_return() -> None:
    async def scene(watch: Watch) -> None:
        await watch.capture(30)
        await asyncio.sleep(60)
        await watch.capture(3)
        assert watch.timeline.end == 33 * RATE

    told = watched(scene).told
    assert [healthy for healthy, _, _ in told] == [True, False, True]
    assert told[1][1] == "audio-device-lost"
    assert 31.5 <= told[1][2] <= 33
    assert 89.5 <= told[2][2] <= 91


def test_a_microphone_that_never_gives_anything_is_told() -> None:
    async def scene(watch: Watch) -> None:
        await asyncio.sleep(10)

    assert [told[:2] for told in watched(scene).told] == [(False, "audio-device-lost")]


def test_every_kind_of_fault_is_told_by_its_code() -> None:
    async def scene(watch: Watch) -> None:
        await watch.capture(5)
        for watch.fault in (InputSilent, InputOffset, None):
            await watch.capture(5)

    assert [told[:2] for told in watched(scene).told] == [
        (True, ""), (False, "audio-input-silent"), (False, "audio-input-dc"), (True, ""),
    ]  # fmt: skip


def test_a_fault_that_lasts_is_complained_of_once() -> None:
    async def scene(watch: Watch) -> None:
        await watch.capture(10)
        watch.fault = InputSilent
        await watch.capture(7_200)

    ((code, at),) = watched(scene).said
    assert code == "audio-input-silent"
    assert 16 <= at <= 17


def test_a_plug_that_was_pulled_for_a_moment_is_not_talked_about() -> None:
    async def scene(watch: Watch) -> None:
        await watch.capture(10)
        await asyncio.sleep(5)
        await watch.capture(10)

    watch = watched(scene)
    assert [healthy for healthy, _, _ in watch.told] == [True, False, True]
    assert watch.said == []


def test_at_night_the_complaint_waits_and_is_not_made_of_what_is_over() -> None:
    async def scene(watch: Watch) -> None:
        watch.audible = False
        await watch.capture(10)
        await asyncio.sleep(60)
        await watch.capture(10)
        watch.audible = True
        await watch.capture(10)
        assert watch.said == []
        watch.audible, watch.fault = False, InputSilent
        await watch.capture(60)
        watch.audible = True
        await watch.capture(1)
        assert len(watch.said) == 1

    watched(scene)


def test_a_loose_plug_is_complained_of_once_an_hour() -> None:
    async def scene(watch: Watch) -> None:
        for _ in range(60):
            await watch.capture(30)
            await asyncio.sleep(90)

    assert len(watched(scene).said) == 2
