"""Several speakers hear one wake word: one answers, and never none."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.broker import Broker
from device import events as e
from device.clock import run_virtual
from device.errors import BrokerUnreachable, CommandInvalid
from device.mqtt.bid import Bid, Heard, gives_way, judge, make_bid, read_bid, write_bid
from device.mqtt.bids import Bidder, Line
from device.mqtt.client import MqttClient
from device.mqtt.listeners import Handler
from tests.mqtt.clients import running, somebody, true_soon

WINDOW_MS = 100
WINDOW = WINDOW_MS / 1000
TOPIC = "parlor/bid/home"


def wake(
    snr_db: float = 10.0, word: str = "hey_jarvis", level: float = -30.0
) -> e.WakeWordDetected:
    return e.WakeWordDetected(word=word, score=0.9, snr_db=snr_db, level_dbfs=level)


def bid(device_id: str, snr_db: float = 10.0, level: float = -30.0) -> Bid:
    return make_bid(device_id, wake(snr_db, level=level), at=0.0)


loudness = st.integers(0, 3).map(float)
"""Few values, so that ties happen."""
rooms = st.lists(st.tuples(loudness, loudness), min_size=2, max_size=5)


@given(rooms, st.randoms())
def test_when_all_bids_arrive_exactly_one_answers_in_whatever_order(
    room: list[tuple[float, float]], chance: Random
) -> None:
    bids = [bid(f"s{number}", *loud) for number, loud in enumerate(room)]
    best = max(bids, key=lambda one: (one.snr_db, one.level_dbfs, one.device_id))
    for own in bids:
        others = [Heard(one, chance.uniform(0, WINDOW)) for one in bids if one is not own]
        chance.shuffle(others)
        verdict = judge(Heard(own, 0.0), others, WINDOW, WINDOW)
        assert verdict.answers is (True if own is best else None)
        claimed = [replace(one, bid=replace(one.bid, claim=one.bid is best)) for one in others]
        verdict = judge(Heard(own, 0.0), claimed, WINDOW, WINDOW)
        assert verdict.answers is (own is best)


def test_who_is_alone_waits_for_its_window_and_no_longer() -> None:
    own = Heard(bid("kitchen"), 5.0)
    assert judge(own, [], 5.0, WINDOW).seconds == pytest.approx(WINDOW)
    assert judge(own, [], 5.0 + WINDOW, WINDOW).answers is True


def test_a_bid_alone_silences_nobody_and_another_utterance_does_not_count() -> None:
    own, better = Heard(bid("den"), 5.0), bid("bath", snr_db=50.0)
    claim = replace(better, claim=True)
    assert judge(own, [Heard(better, 5.0)], 60.0, WINDOW).answers is True
    assert judge(own, [Heard(claim, 5.0)], 5.0, WINDOW).answers is False
    assert judge(own, [Heard(claim, 3.0)], 5.1, WINDOW).answers is True
    other_word = replace(claim, wake_word="alexa")
    assert judge(own, [Heard(other_word, 5.0)], 5.1, WINDOW).answers is True
    same_word = replace(claim, wake_word="Hey Jarvis")
    assert judge(own, [Heard(same_word, 5.0)], 5.1, WINDOW).answers is False


def test_a_claim_that_was_long_ago_keeps_even_a_better_speaker_from_answering() -> None:
    own, worse = Heard(bid("den", snr_db=50.0), 5.0), replace(bid("bath"), claim=True)
    assert judge(own, [Heard(worse, 4.9)], 5.1, WINDOW).answers is True
    assert judge(own, [Heard(worse, 4.2)], 5.0, WINDOW).answers is False


def test_only_a_better_claim_for_the_same_utterance_makes_an_answering_speaker_give_way() -> None:
    own, better = Heard(bid("den"), 5.0), bid("bath", snr_db=50.0)
    claim = replace(better, claim=True)
    assert gives_way(own, Heard(claim, 5.4))
    assert not gives_way(own, Heard(better, 5.4))
    assert not gives_way(own, Heard(claim, 8.0))
    assert not gives_way(own, Heard(replace(bid("bath", snr_db=1.0), claim=True), 5.4))
    assert not gives_way(own, Heard(replace(claim, wake_word="alexa"), 5.4))


numbers = st.floats() | st.integers()


@given(st.text(max_size=150), numbers, numbers, numbers, st.booleans())
def test_a_bid_read_back_is_the_bid_sent_however_odd_the_numbers(
    word: str, score: float, snr_db: float, level: float, claim: bool
) -> None:
    heard = e.WakeWordDetected(
        word=f"w{word}", score=_float(score), snr_db=_float(snr_db), level_dbfs=_float(level)
    )
    made = replace(make_bid("den", heard, at=1e9), claim=claim)
    sent = write_bid(made).encode("utf-8", "replace").decode()
    assert replace(read_bid(sent), wake_word=made.wake_word) == made


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


fields = {
    "device_id": "den",
    "wake_word": "x",
    "score": 0.5,
    "snr_db": 1,
    "level_dbfs": -30,
    "at": 1,
}
odd = st.none() | st.booleans() | st.text(max_size=4) | numbers | st.lists(st.none(), max_size=1)


@given(st.dictionaries(st.sampled_from([*fields, "claim", "new"]), odd))
def test_any_json_is_a_bid_or_a_coded_error(wrong: dict[str, object]) -> None:
    try:
        read = read_bid(json.dumps({**fields, **wrong}))
    except CommandInvalid:
        return
    assert 0 <= read.score <= 1
    assert math.isfinite(read.snr_db + read.level_dbfs + read.at)


@given(st.text() | st.just("{" * 900) | st.just("[" * 100_000) | st.just('{"at":' * 150))
def test_any_text_is_a_bid_or_a_coded_error(payload: str) -> None:
    with pytest.raises(CommandInvalid):
        read_bid(payload)


class Air:
    """Carries messages between lines, each with a delay of its own; None loses it."""

    def __init__(self, chance: Random, delays: list[float | None]) -> None:
        self.lines: list[AirLine] = []
        self._chance = chance
        self._delays = delays

    def carry(self, topic: str, payload: str) -> None:
        loop = asyncio.get_running_loop()
        for line in self.lines:
            delay = self._chance.choice(self._delays)
            if delay is not None:
                loop.call_later(delay, line.deliver, topic, payload)


class AirLine:
    """The line of one speaker; it may die after its first message."""

    def __init__(self, air: Air, dies: bool = False) -> None:
        air.lines.append(self)
        self.connected = True
        self._air = air
        self._dies = dies
        self._handlers: list[Handler] = []

    async def publish(self, topic: str, payload: str) -> None:
        if not self.connected:
            raise BrokerUnreachable(topic)
        if not (self._dies and json.loads(payload)["claim"]):
            self._air.carry(topic, payload)

    def subscribe(self, _topic_filter: str, handler: Handler) -> None:
        self._handlers.append(handler)

    def deliver(self, topic: str, payload: str, retained: bool = False) -> None:
        for handler in self._handlers:
            handler(topic, payload, retained)


class Speaker:
    """A bidder and what became of its bid."""

    def __init__(self, line: Line, name: str) -> None:
        self.lost: list[e.Event] = []
        self.answered = False
        self.name = name
        self.bidder = Bidder(line, name, "home", WINDOW_MS, self.lost.append)

    @property
    def answers(self) -> bool:
        """In the end."""
        return self.answered and not self.lost

    async def wakes(self, after_seconds: float, heard: e.WakeWordDetected) -> None:
        await asyncio.sleep(after_seconds)
        self.answered = await self.bidder.answers(heard)


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


@given(rooms, skews, st.randoms())
def test_with_a_sound_network_the_best_answers_alone(
    room: list[tuple[float, float]], skews: list[float], chance: Random
) -> None:
    air = Air(chance, [0.0, 0.005, 0.05])
    assert answering(air, room, skews) == [order(room)[-1]]


@given(rooms, skews, st.randoms())
def test_whatever_is_lost_or_late_somebody_answers(
    room: list[tuple[float, float]], skews: list[float], chance: Random
) -> None:
    air = Air(chance, [0.0, 0.1, 0.5, 1.0, 3.0, None, None])
    assert answering(air, room, skews)


@given(rooms, skews, st.randoms())
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


class Forgetful:
    """The line of a speaker whose bids are lost; its claims are not."""

    def __init__(self, client: MqttClient) -> None:
        self._client = client
        self.subscribe = client.subscribe

    @property
    def connected(self) -> bool:
        return self._client.connected

    async def publish(self, topic: str, payload: str) -> None:
        if json.loads(payload)["claim"]:
            await self._client.publish(topic, payload)


@asynccontextmanager
async def house(broker: Broker, count: int, forgetful: str = "") -> AsyncIterator[list[Speaker]]:
    """Speakers s0, s1, ... whose clients hear their own bids come back."""
    async with AsyncExitStack() as stack:
        speakers = []
        for name in (f"s{number}" for number in range(count)):
            client = MqttClient(broker.config, name)
            speakers.append(Speaker(Forgetful(client) if name == forgetful else client, name))
            await stack.enter_async_context(running(client))
            assert await client.wait_connected(10)
        yield speakers


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
