"""Several speakers hear one wake word: one answers, and never none."""

import asyncio
import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.broker import Broker
from device import events as e
from device.clock import run_virtual
from device.mqtt.bid import write_bid
from device.mqtt.bids import Bidder
from tests.mqtt.bidders import (
    ROOMS,
    TOPIC,
    WINDOW,
    WINDOW_MS,
    Air,
    AirLine,
    Speaker,
    bid,
    house,
    wake,
)
from tests.mqtt.clients import somebody, true_soon


def answering(
    air: Air, room: list[tuple[float, float]], skews: list[float], dead: str = ""
) -> list[str]:
    """Who answers when a word was heard as loud as `room` says, after `skews` seconds."""

    async def utterance() -> list[str]:
        names = [f"s{number}" for number in range(len(room))]
        speakers = [Speaker(AirLine(air, name == dead), name) for name in names]
        async with asyncio.TaskGroup() as tasks:
            for speaker, (snr_db, level), skew in zip(speakers, room, skews, strict=False):
                tasks.create_task(speaker.wakes(skew, wake(snr_db, level=level)))
        await asyncio.sleep(5)
        assert not any(speaker.bidder.malformed for speaker in speakers)
        return [one.name for one in speakers if one.answers and one.name != dead]

    return run_virtual(utterance())


skews = st.lists(st.floats(0, 0.4), min_size=5, max_size=5)


def order(room: list[tuple[float, float]]) -> list[str]:
    return [f"s{number}" for _, number in sorted((loud, n) for n, loud in enumerate(room))]


@given(ROOMS, skews, st.randoms())
def test_with_a_sound_network_the_best_answers_alone(
    room: list[tuple[float, float]], skews: list[float], chance: Random
) -> None:
    air = Air(chance, [0.0, 0.005, 0.05])
    assert answering(air, room, skews) == [order(room)[-1]]


@given(ROOMS, skews, st.randoms())
def test_whatever_is_lost_or_late_somebody_answers(
    room: list[tuple[float, float]], skews: list[float], chance: Random
) -> None:
    air = Air(chance, [0.0, 0.1, 0.5, 1.0, 3.0, None, None])
    assert answering(air, room, skews)


@given(ROOMS, skews, st.randoms())
def test_when_the_best_dies_after_its_bid_the_next_best_answers_alone(
    room: list[tuple[float, float]], skews: list[float], chance: Random
) -> None:
    air = Air(chance, [0.0, 0.005, 0.05])
    *_, second, best = order(room)
    assert answering(air, room, skews, dead=best) == [second]


def test_a_better_speaker_that_wakes_late_takes_over_and_one_that_wakes_later_does_not() -> None:
    for skew, winner in [(0.0, "s1"), (0.2, "s1"), (0.5, "s1"), (0.8, "s0")]:
        air = Air(Random(1), [0.005])
        assert answering(air, [(1.0, 1.0), (9.0, 9.0)], [0.0, skew]) == [winner]


def test_a_second_utterance_is_judged_on_its_own() -> None:
    async def two() -> list[bool]:
        air = Air(Random(1), [0.005])
        near, far = (Speaker(AirLine(air), name) for name in ("near", "far"))
        for _ in range(2):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(near.wakes(0.0, wake(20.0)))
                tasks.create_task(far.wakes(0.01, wake(5.0)))
            assert [near.answers, far.answers] == [True, False]
            await asyncio.sleep(3)
        await far.wakes(0.0, wake(5.0))
        return [far.answers, bool(near.lost)]

    assert run_virtual(two()) == [True, False]


def test_a_wake_word_heard_twice_in_the_window_gets_one_answer_for_both() -> None:
    async def twice() -> tuple[list[bool], int]:
        air = Air(Random(1), [0.005])
        speaker, other = Speaker(AirLine(air), "s"), AirLine(air)
        claims: list[str] = []
        other.subscribe("", lambda _topic, payload, _retained: claims.append(payload))
        first = asyncio.create_task(speaker.bidder.answers(wake()))
        await asyncio.sleep(WINDOW / 2)
        both = list(await asyncio.gather(first, speaker.bidder.answers(wake())))
        await asyncio.sleep(1)
        return both, sum(json.loads(payload)["claim"] for payload in claims)

    assert run_virtual(twice()) == ([True, True], 1)


def test_without_a_broker_nobody_waits() -> None:
    async def alone() -> tuple[bool, float]:
        line = AirLine(Air(Random(1), [0.0]))
        line.connected = False
        answered = await Bidder(line, "den", "home", 250, lambda _event: None).answers(wake())
        return answered, asyncio.get_running_loop().time()

    assert run_virtual(alone()) == (True, 0.0)


def test_strange_and_retained_messages_and_our_own_echo_change_nothing() -> None:
    async def bothered() -> tuple[bool, int]:
        air = Air(Random(1), [0.005])
        line = AirLine(air)
        bidder = Bidder(line, "den", "home", WINDOW_MS, lambda _event: None)
        asking = asyncio.create_task(bidder.answers(wake()))
        await asyncio.sleep(0.01)
        better = write_bid(replace(bid("bath", snr_db=99.0), claim=True))
        line.deliver(TOPIC, better, retained=True)
        ours = write_bid(replace(bid("den", snr_db=99.0), claim=True))
        for payload in (ours, "{", "x" * 1_000_000, "\ufffd", better.replace("99.0", "NaN")):
            line.deliver(TOPIC, payload)
        return await asking, bidder.malformed

    assert run_virtual(bothered()) == (True, 4)


def test_a_flood_of_better_names_that_never_claim_delays_the_answer_by_seconds_only() -> None:
    async def flooded() -> tuple[bool, float]:
        line = AirLine(Air(Random(1), [0.005]))
        bidder = Bidder(line, "den", "home", WINDOW_MS, lambda _event: None)
        for number in range(1000):
            line.deliver(TOPIC, write_bid(bid(f"s{number}", snr_db=99.0)))
        return await bidder.answers(wake()), asyncio.get_running_loop().time()

    answered, seconds = run_virtual(flooded())
    assert answered
    assert seconds < 3


async def all_wake(speakers: list[Speaker]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number, speaker in enumerate(speakers):
            tasks.create_task(speaker.wakes(0.0, wake(snr_db=float(number))))


@pytest.mark.broker
async def test_of_five_speakers_on_one_broker_the_best_answers_alone(broker: Broker) -> None:
    async with house(broker, 5) as speakers:
        await all_wake(speakers)
        await true_soon(lambda: [one.answers for one in speakers] == [False] * 4 + [True])


@pytest.mark.broker
async def test_a_better_bid_that_comes_late_takes_the_turn(broker: Broker) -> None:
    async with house(broker, 2) as (worse, better):
        await worse.wakes(0.0, wake(1.0))
        assert worse.answers
        await better.wakes(0.0, wake(9.0))
        assert better.answers
        await true_soon(lambda: not worse.answers)
        assert worse.lost == [e.BidLost()]


@pytest.mark.broker
async def test_a_lost_bid_is_made_up_for_by_the_claim(broker: Broker) -> None:
    async with house(broker, 2, forgetful="s1") as speakers:
        await all_wake(speakers)
        await true_soon(lambda: [one.answers for one in speakers] == [False, True])


@pytest.mark.broker
async def test_a_broker_that_is_killed_in_the_window_silences_nobody(broker: Broker) -> None:
    async with house(broker, 3) as speakers:
        async with somebody(broker, TOPIC) as observer, asyncio.timeout(10):
            waking = asyncio.create_task(all_wake(speakers))
            for _ in speakers:
                await anext(observer.messages)
        broker.kill()
        await waking
        assert any(one.answers for one in speakers)
