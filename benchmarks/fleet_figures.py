"""Figures of a simulated fleet from what its speakers and its hub noted. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any, Final

from benchmarks.fleet_speaker import WINDOW_MS, room_of
from benchmarks.report import Figure, percentile, wilson

_BIN_SECONDS: Final = 0.1

Notes = Sequence[Mapping[str, Any]]


def arrivals(name: str, seconds: Sequence[float], count: int, target: float) -> Iterator[Figure]:
    """When the speakers were there, in seconds since they could be, and how crowded it was.

    `count`: how many should have come.
    """
    yield counted(f"{name}_missing", count - len(seconds), count)
    if not seconds:
        return
    yield timed(f"{name}_p50", seconds, 0.5, "s")
    yield Figure(f"{name}_last", round(max(seconds), 2), "s", "lower", len(seconds), target)
    crowded = max(Counter(int(one / _BIN_SECONDS) for one in seconds).values()) / _BIN_SECONDS
    yield Figure(f"{name}_most_a_second", round(crowded), "1/s", "lower", len(seconds))


def latencies(name: str, seconds: Sequence[float], asked: int) -> Iterator[Figure]:
    """How long messages took to arrive, and how many never did."""
    yield counted(f"{name}_lost", asked - len(seconds), asked)
    if milliseconds := [1000 * one for one in seconds]:
        yield timed(f"{name}_p50", milliseconds, 0.5, "ms")
        yield timed(f"{name}_p99", milliseconds, 0.99, "ms")


def of_bids(decided: Notes, left: Notes, asked: int, rooms: int) -> Iterator[Figure]:
    """How many speakers of a room answered a wake word, and how long the decision took.

    `rooms`: how many words were said, each to a whole room; `asked`: how often one was heard.
    """
    gave_way = {(one["speaker"], one["round"]) for one in left}
    first, final = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for one in decided:
        room = one["round"], room_of(one["speaker"])
        first[room] += one["answers"]
        final[room] += one["answers"] and (one["speaker"], one["round"]) not in gave_way
    yield from latencies("bid_decided", [one["seconds"] for one in decided], asked)
    yield Figure("bid_window", WINDOW_MS, "ms", "lower", asked)
    briefly = sum(number > 1 for number in first.values())
    yield Figure("bid_twice_at_first", briefly, "", "lower", rooms)
    yield counted("bid_answered_twice", sum(number > 1 for number in final.values()), rooms)
    answered = sum(number > 0 for number in final.values())
    yield counted("bid_answered_by_none", rooms - answered, rooms)


def timed(name: str, values: Sequence[float], share: float, unit: str) -> Figure:
    """A percentile with its interval."""
    value = round(percentile(values, share), 2)
    return Figure(name, value, unit, "lower", len(values), interval=interval(values, share))


def counted(name: str, wrong: int, n: int) -> Figure:
    """How many of `n` went wrong; none should."""
    low, high = wilson(wrong, n)
    return Figure(
        name, wrong, "", "lower", n, 0.0, interval=(round(low * n, 1), round(high * n, 1))
    )


def interval(values: Sequence[float], share: float) -> tuple[float, float]:
    """95 % interval of a percentile, by order statistics."""
    ordered, n = sorted(values), len(values)
    spread = 1.96 * sqrt(n * share * (1 - share))
    low, high = int(n * share - spread), int(n * share + spread) + 1
    return round(ordered[max(0, low)], 2), round(ordered[min(n - 1, high)], 2)
