import asyncio
import weakref

from device.bus import Bus
from device.events import BidLost, BidWon


async def test_a_slow_subscriber_loses_its_oldest_events_and_delays_nobody() -> None:
    bus = Bus()
    slow, quick = bus.subscribe(size=2), bus.subscribe()
    for turn_id in range(5):
        bus.tell(BidWon(turn_id=turn_id))
    bus.close()
    assert [event.turn_id async for event in slow] == [3, 4]
    assert slow.dropped == 3
    assert [event.turn_id async for event in quick] == [0, 1, 2, 3, 4]


async def test_nothing_is_kept_for_a_subscriber_who_is_gone() -> None:
    bus = Bus()
    gone = bus.subscribe()
    gone.close()
    bus.tell(BidWon())
    assert [event async for event in gone] == []


async def test_who_is_gone_is_not_remembered() -> None:
    bus = Bus()
    gone = bus.subscribe()
    gone.close()
    trace = weakref.ref(gone)
    del gone
    bus.subscribe()
    assert trace() is None


async def test_a_waiting_subscriber_is_woken() -> None:
    bus = Bus()
    subscription = bus.subscribe()
    first = asyncio.ensure_future(anext(aiter(subscription)))
    await asyncio.sleep(0)
    bus.tell(BidLost())
    assert await first == BidLost()


def test_the_json_form_names_the_event_and_rounds_the_time() -> None:
    assert BidWon(turn_id=2, at=1.23456).as_dict() == {
        "event": "bid_won",
        "turn_id": 2,
        "at": 1.235,
    }
