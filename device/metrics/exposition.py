"""The figures of the turns as Prometheus reads them. Pure.

Source: Prometheus, text exposition format 0.0.4. Seconds as usual there, and nothing personal.

parlor_turns_total{language}           turns answered
parlor_stage_seconds{stage}            histogram of the stages of device.metrics.turn
parlor_budget_missed_total{stage}      turns in which a stage took longer than it may
parlor_speculations_discarded_total    sentences understood too early
parlor_audio_seconds_total             said to the speaker
parlor_reply_seconds_total             heard of its replies
parlor_confidence_sum                  of all transcripts; over the turns it is their average
parlor_degradation_level               how much is given up; 0: nothing
parlor_used_today{service,unit}        what services elsewhere were used for this day
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device.metrics.statistics import BOUNDS_MS, Histogram, Totals

Used = Mapping[str, Mapping[str, float]]
"""Amounts by service and unit."""


def exposition(
    totals: Totals, degradation_level: int = 0, used: Used = MappingProxyType({})
) -> str:
    """The whole page."""
    return "\n".join((*_lines(totals, degradation_level), *_used_today(used))) + "\n"


def _lines(totals: Totals, degradation_level: int) -> Iterator[str]:
    yield from _counters("turns", "Turns answered.", "language", totals.turns)
    yield from _head("stage_seconds", "histogram", "How long the stages of turns took.")
    for stage in sorted(totals.stages):
        yield from _histogram(stage, totals.stages[stage])
    missed = totals.budgets_missed
    yield from _counters("budget_missed", "Turns that took too long.", "stage", missed)
    discarded = totals.speculations_discarded
    yield from _single("speculations_discarded_total", "Understood too early.", discarded)
    yield from _single("audio_seconds_total", "Said to the speaker.", totals.audio_seconds)
    yield from _single("reply_seconds_total", "Heard of its replies.", totals.reply_seconds)
    yield from _single("confidence_sum", "Of all transcripts.", totals.confidence_sum)
    yield from _head("degradation_level", "gauge", "How much is given up; 0: nothing.")
    yield f"parlor_degradation_level {degradation_level}"


def _used_today(used: Used) -> Iterator[str]:
    if used:
        yield from _head("used_today", "gauge", "What services elsewhere were used for this day.")
    for service, units in sorted(used.items()):
        for unit, amount in sorted(units.items()):
            label = f'service="{_escaped(service)}",unit="{_escaped(unit)}"'
            yield f"parlor_used_today{{{label}}} {amount:.15g}"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP parlor_{name} {about}"
    yield f"# TYPE parlor_{name} {kind}"


def _single(name: str, about: str, value: float) -> Iterator[str]:
    yield from _head(name, "counter", about)
    yield f"parlor_{name} {value:.15g}"


def _counters(name: str, about: str, label: str, values: Mapping[str, int]) -> Iterator[str]:
    yield from _head(f"{name}_total", "counter", about)
    for key in sorted(values):
        yield f'parlor_{name}_total{{{label}="{_escaped(key)}"}} {values[key]}'


def _histogram(stage: str, histogram: Histogram) -> Iterator[str]:
    *within, count = histogram.up_to()
    label = f'stage="{_escaped(stage)}"'
    for bound, turns in zip(BOUNDS_MS, within, strict=True):
        yield f'parlor_stage_seconds_bucket{{{label},le="{bound / 1000:.6g}"}} {turns}'
    yield f'parlor_stage_seconds_bucket{{{label},le="+Inf"}} {count}'
    yield f"parlor_stage_seconds_sum{{{label}}} {histogram.sum_ms / 1000:.15g}"
    yield f"parlor_stage_seconds_count{{{label}}} {count}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
