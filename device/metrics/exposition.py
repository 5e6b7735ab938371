"""The figures of a speaker as Prometheus reads them. Pure.

Seconds as usual there, and nothing personal.

Of every turn there ever was, and of this day, as they are kept on disk:

parlor_turns_total{language}           turns answered
parlor_stage_seconds{stage}            histogram of the stages of device.metrics.turn
parlor_budget_missed_total{stage}      turns in which a stage took longer than it may
parlor_speculations_discarded_total    sentences understood too early
parlor_audio_seconds_total             said to the speaker
parlor_reply_seconds_total             heard of its replies
parlor_confidence_total                of all transcripts; over the turns it is their average
parlor_degradation_level               how much is given up; 0: nothing
parlor_used_today{service,unit}        what services elsewhere were used for this day

Of the speaker that runs: those of device.metrics.vitals and device.metrics.tally. A gateway tells
those of device.metrics.doors on a page of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from device.metrics.statistics import BOUNDS_MS, Histogram, Totals
from device.metrics.text import by, family, head, sample, single

Used = Mapping[str, Mapping[str, float]]
"""Amounts by service and unit."""


def exposition(
    totals: Totals, degradation_level: int = 0, used: Used = MappingProxyType({}),
    running: Iterable[str] = (),
) -> str:  # fmt: skip
    """The whole page; `running`: lines of the speaker that runs."""
    kept = _lines(totals, degradation_level)
    return "\n".join((*kept, *_used_today(used), *running)) + "\n"


def _lines(totals: Totals, degradation_level: int) -> Iterator[str]:
    yield from family(
        "parlor_turns_total", "counter", "Turns answered.", by("language", totals.turns)
    )
    yield from head("parlor_stage_seconds", "histogram", "How long the stages of turns took.")
    for stage in sorted(totals.stages):
        yield from _histogram(stage, totals.stages[stage])
    missed = by("stage", totals.budgets_missed)
    yield from family("parlor_budget_missed_total", "counter", "Turns that took too long.", missed)
    for name, about, value in (
        ("speculations_discarded_total", "Understood too early.", totals.speculations_discarded),
        ("audio_seconds_total", "Said to the speaker.", totals.audio_seconds),
        ("reply_seconds_total", "Heard of its replies.", totals.reply_seconds),
        ("confidence_total", "Of all transcripts.", totals.confidence_sum),
    ):
        yield from single(f"parlor_{name}", "counter", about, value)
    given_up = "How much is given up; 0: nothing."
    yield from single("parlor_degradation_level", "gauge", given_up, degradation_level)


def _used_today(used: Used) -> Iterator[str]:
    samples = [
        ({"service": service, "unit": unit}, amount)
        for service, units in sorted(used.items())
        for unit, amount in sorted(units.items())
    ]
    if samples:
        about = "What services elsewhere were used for this day."
        yield from family("parlor_used_today", "gauge", about, samples)


def _histogram(stage: str, histogram: Histogram) -> Iterator[str]:
    *within, count = histogram.up_to()
    name, label = "parlor_stage_seconds", {"stage": stage}
    for bound, turns in zip(BOUNDS_MS, within, strict=True):
        yield sample(f"{name}_bucket", {**label, "le": f"{bound / 1000:.6g}"}, turns)
    yield sample(f"{name}_bucket", {**label, "le": "+Inf"}, count)
    yield sample(f"{name}_sum", label, histogram.sum_ms / 1000)
    yield sample(f"{name}_count", label, count)
