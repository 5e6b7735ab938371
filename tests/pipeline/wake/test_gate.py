from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.wake.gate import Feed, GatePolicy, GateState, advance

BLOCK = 1280
POLICY = GatePolicy(look_back_samples=5 * BLOCK, hold_samples=3 * BLOCK)


def run(opinions: list[bool], policy: GatePolicy = POLICY) -> list[Feed | None]:
    state, feeds = GateState(), []
    for number, is_candidate in enumerate(opinions):
        begin = number * BLOCK
        state, feed = advance(policy, state, begin, begin + BLOCK, is_candidate)
        feeds.append(feed)
    return feeds


def test_nothing_is_verified_without_a_candidate() -> None:
    assert run([False] * 50) == [None] * 50


def test_a_candidate_brings_the_audio_from_before() -> None:
    feeds = run([False] * 20 + [True])
    assert feeds[20] == Feed(15 * BLOCK, 21 * BLOCK)


def test_look_back_stops_where_the_stream_began() -> None:
    assert run([False, True])[1] == Feed(0, 2 * BLOCK)


def test_the_gate_stays_open_for_the_hold_and_no_longer() -> None:
    feeds = run([False] * 20 + [True] + [False] * 10)
    assert [feed is not None for feed in feeds[20:]] == [True] * 4 + [False] * 7


def test_an_open_gate_feeds_block_after_block() -> None:
    feeds = run([True] + [False] * 3)
    assert feeds[1:] == [Feed(n * BLOCK, (n + 1) * BLOCK) for n in (1, 2, 3)]


def test_reopening_soon_never_feeds_the_same_audio_twice() -> None:
    feeds = run([True] + [False] * 5 + [True])
    assert feeds[6] == Feed(4 * BLOCK, 7 * BLOCK)


@given(st.lists(st.booleans(), max_size=120), st.integers(0, 30), st.integers(0, 30))
def test_feeds_are_in_order_and_never_overlap(
    opinions: list[bool], look_back: int, hold: int
) -> None:
    fed_until = 0
    for feed in run(opinions, GatePolicy(look_back * BLOCK, hold * BLOCK)):
        if feed is not None:
            assert fed_until <= feed.start < feed.stop
            fed_until = feed.stop


@given(st.lists(st.booleans(), max_size=120), st.integers(0, 30), st.integers(0, 30))
def test_every_candidate_is_heard_with_its_look_back_and_hold(
    opinions: list[bool], look_back: int, hold: int
) -> None:
    heard: set[int] = set()
    for feed in run(opinions, GatePolicy(look_back * BLOCK, hold * BLOCK)):
        if feed is not None:
            heard.update(range(feed.start // BLOCK, feed.stop // BLOCK))
    wanted = {
        block
        for number, is_candidate in enumerate(opinions)
        if is_candidate
        for block in range(max(0, number - look_back), min(len(opinions), number + hold + 1))
    }
    assert heard == wanted
