"""What was not used for long is warmed up while somebody speaks."""

import asyncio

from device import events as e
from device.bus import Bus
from device.care.warmth import REST_SECONDS, Warmth
from device.clock import run_virtual
from device.errors import AssistantError

IDLE, LISTENING = e.TurnState.IDLE, e.TurnState.LISTENING


def follow(*rests: float, failing: bool = False) -> list[tuple[str, float]]:
    """What is warmed up, and when, by a speaker that is called after each of these rests."""
    warmed: list[tuple[str, float]] = []

    async def main() -> None:
        loop, bus = asyncio.get_running_loop(), Bus()

        async def prepare() -> None:
            warmed.append(("start", loop.time()))

        async def warm_up() -> None:
            warmed.append(("again", loop.time()))

        async def connect() -> None:
            raise AssistantError("nobody is there")

        others = [connect] if failing else []
        warmth = Warmth(bus.subscribe(), [*others, prepare], [*others, warm_up])
        running = asyncio.create_task(warmth.run())
        for rest in rests:
            await asyncio.sleep(rest)
            bus.tell(e.VolumeChanged(volume=0.5))
            bus.tell(e.StateChanged(old=IDLE, new=LISTENING))
            await asyncio.sleep(1.0)
            bus.tell(e.StateChanged(old=LISTENING, new=IDLE))
        bus.close()
        await running

    run_virtual(main())
    return warmed


def test_everything_is_warmed_up_at_start_and_after_a_long_rest_only() -> None:
    times = follow(5.0, REST_SECONDS - 1, REST_SECONDS + 1, 5.0)
    assert [what for what, _ in times] == ["start", "again"]
    assert times[1][1] == 5.0 + 1 + REST_SECONDS - 1 + 1 + REST_SECONDS + 1


def test_what_stays_cold_keeps_nothing_else_cold() -> None:
    assert [what for what, _ in follow(2 * REST_SECONDS, failing=True)] == ["start", "again"]
