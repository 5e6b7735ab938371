"""The whole way from an event to the bytes on SPI, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise

from device import clock
from device import events as e
from device.bus import Bus
from device.config import GpioConfig, LedsConfig
from device.executor import InlineExecutor
from device.hal.board import open_board
from device.hal.drivers import SimulatedDrivers
from device.hal.led import Indicator
from device.hal.patterns import Color, Pixels
from device.hal.scene import Status
from device.hal.simulated.spi import SimulatedSpi
from device.lights import Lights
from device.running import supervised
from device.tasks import end

COUNT = 12
DARK: Color = (0, 0, 0)
IDLE, LISTENING, PROCESSING, RESPONDING = e.TurnState


class VirtualDrivers(SimulatedDrivers):
    """Devices whose clock is the loop's."""

    def new_spi(self) -> SimulatedSpi:
        spi = SimulatedSpi(clock=asyncio.get_running_loop().time)
        self.spis.append(spi)
        return spi


@dataclass
class Rig:
    """What a story about lights holds in its hands."""

    bus: Bus
    drivers: VirtualDrivers = field(default_factory=VirtualDrivers)
    told: list[e.Event] = field(default_factory=list)
    samples: int = 0
    captures: bool = True

    @property
    def spi(self) -> SimulatedSpi:
        return self.drivers.spis[-1]

    def pixels(self) -> Pixels:
        """What shines now."""
        return _pixels(self.spi.sent[-1].data)

    def film(self, since: float) -> list[Pixels]:
        """What was shown since then."""
        return [_pixels(sent.data) for sent in self.spi.sent if sent.seconds >= since]

    async def tell(self, *events: e.Event, wait: float = 0.1) -> float:
        """Tell events, let a little time pass, and give the time at which they were told."""
        now = asyncio.get_running_loop().time()
        for event in events:
            self.bus.tell(event)
        await asyncio.sleep(wait)
        return now

    async def capture(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            self.samples += 320 * self.captures


def _pixels(data: bytes) -> Pixels:
    lights = [data[at : at + 4] for at in range(4, 4 + 4 * COUNT, 4)]
    return tuple((red, green, blue) for _, blue, green, red in lights)


def shine(story: Callable[[Rig], Awaitable[None]]) -> Rig:
    """Run a story in virtual time."""

    async def run() -> Rig:
        rig = Rig(Bus())
        board = open_board(LedsConfig(preset="respeaker-4mic"), GpioConfig(), rig.drivers)
        assert board.open_lights is not None
        lights = Lights(
            board.open_lights, rig.bus.subscribe(), lambda: rig.samples, rig.told.append,
            InlineExecutor(), Status(volume=0.7),
        )  # fmt: skip
        running = [asyncio.create_task(lights.run()), asyncio.create_task(rig.capture())]
        await asyncio.sleep(1.0)
        await rig.tell(e.Ready())
        await story(rig)
        await end(*running)
        assert rig.drivers.gpio.in_use == []
        return rig

    return clock.run_virtual(run())


def to(state: e.TurnState) -> e.StateChanged:
    return e.StateChanged(old=IDLE, new=state)


def is_red(pixels: Pixels) -> bool:
    return any(red for red, _, _ in pixels) and not any(g or b for _, g, b in pixels)


def test_a_turn_is_seen_and_nothing_after_it() -> None:
    async def story(rig: Rig) -> None:
        assert rig.pixels() == (DARK,) * COUNT
        seen = set()
        for state in (LISTENING, PROCESSING, RESPONDING):
            since = await rig.tell(to(state), wait=1.0)
            assert all(any(max(pixel) for pixel in one) for one in rig.film(since + 0.1))
            seen.add(tuple(rig.film(since + 0.1)))
        assert len(seen) == 3
        await rig.tell(to(IDLE))
        assert rig.pixels() == (DARK,) * COUNT

    shine(story)


def test_what_moves_is_drawn_25_times_a_second_and_what_is_still_once() -> None:
    async def story(rig: Rig) -> None:
        since = await rig.tell(to(LISTENING), wait=4.0)
        times = [sent.seconds for sent in rig.spi.sent if sent.seconds > since + 0.1]
        assert all(abs(later - sooner - 0.04) < 1e-6 for sooner, later in pairwise(times))
        await rig.tell(to(IDLE), e.MuteChanged(muted=True), wait=0.5)
        before = len(rig.spi.sent)
        await asyncio.sleep(600)
        assert len(rig.spi.sent) == before

    shine(story)


def test_a_flood_of_events_is_drawn_no_faster() -> None:
    async def story(rig: Rig) -> None:
        before = len(rig.spi.sent)
        for step in range(1000):
            await rig.tell(e.VolumeChanged(volume=(step % 100) / 100), wait=0.001)
        assert len(rig.spi.sent) - before <= 26

    shine(story)


def test_listening_is_lit_only_while_audio_is_captured() -> None:
    async def story(rig: Rig) -> None:
        since = await rig.tell(to(LISTENING), wait=1.0)
        assert not any(is_red(pixels) for pixels in rig.film(since + 0.1))
        rig.captures = False
        since = await rig.tell(wait=2.0)
        assert all(is_red(pixels) or pixels == (DARK,) * COUNT for pixels in rig.film(since + 0.6))
        rig.captures = True
        since = await rig.tell(wait=1.0)
        assert not any(is_red(pixels) for pixels in rig.film(since + 0.1))

    shine(story)


def test_a_microphone_that_died_while_nobody_spoke_never_seems_to_listen() -> None:
    async def story(rig: Rig) -> None:
        rig.captures = False
        await asyncio.sleep(60)
        since = await rig.tell(to(LISTENING), e.SpeechStarted(), wait=2.0)
        assert all(is_red(pixels) or pixels == (DARK,) * COUNT for pixels in rig.film(since))

    shine(story)


def test_that_something_leaves_is_seen_over_everything_else() -> None:
    async def story(rig: Rig) -> None:
        await rig.tell(e.CloudChanged(active=True, to="example.org"))
        rest = (
            to(LISTENING),
            e.LightChanged(on=False),
            e.VolumeChanged(volume=1.0),
            to(RESPONDING),
        )
        for event in rest:
            since = await rig.tell(event, wait=1.0)
            for pixels in rig.film(since):
                red, green, blue = pixels[-1]
                assert red > green > 0 == blue
        await rig.tell(e.CloudChanged(active=False), wait=3.0)
        assert rig.pixels()[-1] == DARK

    shine(story)


def test_the_ring_takes_the_color_that_people_set() -> None:
    async def story(rig: Rig) -> None:
        await rig.tell(e.LightChanged(color=(0, 255, 0), effect="Solid"))
        assert rig.pixels() == ((0, 255, 0),) * COUNT
        await rig.tell(e.StageFailed(stage="stt", code="engine-failed", message=""), wait=0.5)
        assert is_red(rig.pixels())
        await rig.tell(wait=1.5)
        assert rig.pixels() == ((0, 255, 0),) * COUNT

    shine(story)


def test_lights_that_come_loose_are_told_once_and_come_back() -> None:
    async def story(rig: Rig) -> None:
        rig.spi.fails = True
        await rig.tell(to(LISTENING), wait=0.5)
        lost = [e.HealthChanged(part="lights", healthy=False, code="hardware-failed")]
        assert rig.told == lost
        await asyncio.sleep(10)
        assert rig.told == [*lost, e.HealthChanged(part="lights", healthy=True)]
        assert any(max(pixel) for pixel in rig.pixels())

    shine(story)


def test_lights_that_never_open_are_tried_ever_more_seldom() -> None:
    async def run() -> tuple[list[e.Event], list[float]]:
        loop, told, tried = asyncio.get_running_loop(), list[e.Event](), list[float]()
        drivers = VirtualDrivers()
        board = open_board(LedsConfig(kind="led", pins=(18,)), GpioConfig(), drivers)
        drivers.gpio.setup(18, drivers.gpio.IN)
        assert board.open_lights is not None
        opener = board.open_lights

        def open_lights() -> object:
            tried.append(loop.time())
            return opener()

        lights = Lights(
            open_lights, Bus().subscribe(), lambda: 0, told.append,  # type: ignore[arg-type]
            InlineExecutor(), Status(volume=0.7),
        )  # fmt: skip
        running = asyncio.create_task(lights.run())
        await asyncio.sleep(600)
        await end(running)
        return told, tried

    told, tried = clock.run_virtual(run())
    assert told == [e.HealthChanged(part="lights", healthy=False, code="hardware-failed")]
    waits = [later - sooner for sooner, later in pairwise(tried)]
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(waits[7:]) == {60}


def test_the_ring_is_dark_and_without_power_in_the_end() -> None:
    async def story(rig: Rig) -> None:
        await rig.tell(e.LightChanged(effect="Solid"))

    rig = shine(story)
    assert rig.pixels() == (DARK,) * COUNT
    assert rig.spi.device is None


def test_a_driver_that_fails_in_an_unforeseen_way_is_no_silent_end() -> None:
    async def run() -> int:
        drivers, opened = VirtualDrivers(), list[bool]()
        board = open_board(LedsConfig(preset="respeaker-4mic"), GpioConfig(), drivers)
        assert board.open_lights is not None
        opener = board.open_lights

        def open_lights() -> Indicator:
            opened.append(True)
            if len(opened) == 1:
                raise ValueError("a board of another age")
            return opener()

        bus = Bus()
        lights = Lights(
            open_lights, bus.subscribe(), lambda: 0, bus.tell, InlineExecutor(), Status(0.7)
        )
        running = asyncio.create_task(supervised(lights.run))
        await asyncio.sleep(5)
        await end(running)
        return len(drivers.spis[-1].sent)

    assert clock.run_virtual(run()) > 0
