"""The service manager sees that the speaker hears, and how it is."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.notify_socket import NotifySocket, notify_socket
from device import events as e
from device.bus import Bus
from device.care.watchdog import Progress, Watchdog, status
from device.clock import run_virtual
from device.errors import EngineError
from device.health import Part, State
from device.notify import Notifier
from device.tasks import end

PERIOD = 30.0


class Ears:
    """Audio that goes on, until it does not."""

    def __init__(self) -> None:
        self.samples = self.refused = 0
        self.stalled = False

    def progress(self) -> Progress:
        if not self.stalled:
            self.samples += 640
        return Progress(self.samples, self.refused)


async def loaded() -> None:
    await asyncio.sleep(3)


def watched(
    folder: Path, scene: Callable[[Ears, NotifySocket, Bus], Awaitable[None]], ears: Ears
) -> None:
    """Let a watchdog live through a scene in virtual time."""

    async def main() -> None:
        bus = Bus()
        with notify_socket(str(folder / "notify")) as manager:
            notifier = Notifier(manager.address, PERIOD)
            watchdog = Watchdog(notifier, ears.progress, bus.subscribe(), loaded)
            task = asyncio.create_task(watchdog.run())
            bus.tell(e.Ready(words=("hey_jarvis",)))
            await scene(ears, manager, bus)
            await end(task)

    run_virtual(main())


def test_ready_is_told_once_when_the_first_sound_was_listened_to(tmp_path: Path) -> None:
    async def scene(ears: Ears, manager: NotifySocket, bus: Bus) -> None:
        await asyncio.sleep(60)
        assert manager.told() == [
            {"STATUS": "waits for the first sound of the microphone",
             "EXTEND_TIMEOUT_USEC": "60000000"},
        ]  # fmt: skip
        ears.stalled = False
        await asyncio.sleep(60)
        assert sum("READY" in told for told in manager.told()) == 1

    ears = Ears()
    ears.stalled = True
    watched(tmp_path, scene, ears)


def test_pings_come_in_time_while_audio_is_listened_to_and_stop_when_it_stalls(
    tmp_path: Path,
) -> None:
    async def scene(ears: Ears, manager: NotifySocket, bus: Bus) -> None:
        before = 0
        for _ in range(10):
            await asyncio.sleep(PERIOD / 2)
            assert manager.pings() > before
            before = manager.pings()
        ears.stalled = True
        await asyncio.sleep(PERIOD / 2)
        after = manager.pings()
        await asyncio.sleep(10 * PERIOD)
        assert manager.pings() == after
        ears.stalled = False
        await asyncio.sleep(PERIOD / 2)
        assert manager.pings() > after

    watched(tmp_path, scene, Ears())


def test_an_unplugged_microphone_that_is_tried_again_needs_no_restart(tmp_path: Path) -> None:
    async def scene(ears: Ears, manager: NotifySocket, bus: Bus) -> None:
        await asyncio.sleep(1)
        ears.stalled = True
        before = manager.pings()
        for _ in range(20):
            ears.refused += 1
            await asyncio.sleep(15)
            assert manager.pings() > before
            before = manager.pings()

    watched(tmp_path, scene, Ears())


def test_the_status_follows_the_speaker(tmp_path: Path) -> None:
    async def scene(ears: Ears, manager: NotifySocket, bus: Bus) -> None:
        await asyncio.sleep(5)
        bus.tell(e.HealthChanged(part="broker", healthy=False, code="broker-unreachable"))
        await asyncio.sleep(1)
        bus.tell(e.HealthChanged(part="broker", healthy=True))
        await asyncio.sleep(1)
        bus.tell(e.MuteChanged(muted=True))
        await asyncio.sleep(1)
        assert manager.statuses()[1:] == [
            "listens for hey jarvis; still loads what understands and speaks",
            "listens for hey jarvis",
            "listens for hey jarvis; the broker does not answer; check [mqtt] host and port, "
            "and the network",
            "listens for hey jarvis",
            "is muted",
        ]

    watched(tmp_path, scene, Ears())


def test_a_lost_microphone_is_said() -> None:
    parts = {"microphone": Part(State.FAILED, "audio-device-lost", "the microphone is away")}
    assert status(("alexa",), parts, muted=False) == "hears nothing; the microphone is away"


def test_engines_that_cannot_be_loaded_leave_the_pings(tmp_path: Path) -> None:
    async def failing() -> None:
        raise EngineError("no model")

    async def main() -> None:
        with notify_socket(str(tmp_path / "notify")) as manager:
            notifier, bus = Notifier(manager.address, PERIOD), Bus()
            watchdog = Watchdog(notifier, Ears().progress, bus.subscribe(), failing)
            task = asyncio.create_task(watchdog.run())
            await asyncio.sleep(PERIOD)
            assert manager.pings() > 0
            await end(task)

    run_virtual(main())
