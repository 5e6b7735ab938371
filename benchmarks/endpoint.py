"""`parlor bench endpoint`: how soon a turn ends after the speech, and how often within it.

Recordings as they were said, and generated sentences with a pause of 200 to 900 ms in each, through
voice activity detection, endpointing and the command recogniser, whose verdicts come as late as it
computes. Nothing is fitted on these sentences, voices or homes (see `endpoint_corpus`).
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.endpoint_corpus import Hesitant, hesitant, recorded
from benchmarks.endpoint_ear import Ear, Heard, Turn
from benchmarks.plots import trade_off
from benchmarks.report import Figure, Report, percentile, wilson
from device.audio.format import SAMPLES_PER_MS
from device.config import Config, VadConfig
from device.config_file import load
from device.pipeline.vad import silence_rule
from device.pipeline.vad.silence import SilenceRule, fixed

CUT_OFF_TARGET: Final = 0.03
DELAY_TARGET_MS: Final = 400.0
_QUICK, _USUAL, _FULL = 100, 280, 600
"""Generated sentences."""
_BASELINE_MS: Final = 700
_BASELINE: Final = f"a fixed silence of {_BASELINE_MS} ms"
_STRATEGIES: Final = ("fixed", "dynamic", "semantic", "combined")
_SCALES: Final = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5)
"""Of all silences, for the plot."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one rule made of all utterances."""

    turns: tuple[Turn, ...]

    @property
    def cut_off(self) -> list[bool]:
        """For each turn: ended while the person was still to speak on."""
        return [turn.cut_off for turn in self.turns]

    @property
    def delays_ms(self) -> list[float]:
        """From the end of the speech to the end of the turn, where nothing was cut off."""
        return [turn.delay_ms for turn in self.turns if not turn.cut_off]

    def of(self, wanted: Callable[[Turn], bool]) -> "Tally":
        """Those of some turns."""
        return Tally(tuple(filter(wanted, self.turns)))


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure 280 generated sentences, 100 if `quick` or 600 with `full`, and all recordings."""
    vad = (load(config) if config else Config()).vad
    heard = listen(vad, _FULL if full else _QUICK if quick else _USUAL)
    ours = tally(heard, silence_rule(vad))
    plain = tally(heard, fixed(_BASELINE_MS * SAMPLES_PER_MS))
    if plot is not None:
        trade_off(plot, {name: _curve(heard, vad, name) for name in _STRATEGIES})
    return Report("endpoint", [*_figures(ours, plain), *_others(heard, vad), *_verdicts(heard)])


def listen(vad: VadConfig, count: int) -> list[Heard]:
    """Hear `count` generated sentences and all recordings, on all cores."""
    utterances = [*hesitant("judge", count), *recorded()]
    context = multiprocessing.get_context("spawn")
    with context.Pool(initializer=_open_ear, initargs=(vad,)) as pool:
        return pool.map(_hear, utterances, chunksize=4)


def tally(heard: Sequence[Heard], rule: SilenceRule) -> Tally:
    """What a rule makes of what was heard; utterances in which it hears nobody are left out."""
    turns = (one.turn(rule) for one in heard)
    return Tally(tuple(turn for turn in turns if turn is not None))


_EARS: list[Ear] = []
"""That of this process."""


def _open_ear(vad: VadConfig) -> None:
    _EARS[:] = [Ear(vad)]


def _hear(utterance: Hesitant) -> Heard:
    return _EARS[0].hear(utterance)


def _figures(ours: Tally, plain: Tally) -> list[Figure]:
    spliced, as_said = partial(_is_spliced, wanted=True), partial(_is_spliced, wanted=False)
    known, unknown = partial(_is_known, wanted=True), partial(_is_known, wanted=False)
    return [
        _cut_off("cut_off", ours, plain, CUT_OFF_TARGET),
        _delay("endpoint_delay_p50", 0.5, ours, plain, DELAY_TARGET_MS),
        _delay("endpoint_delay_p95", 0.95, ours, plain),
        _cut_off("cut_off_spliced", ours.of(spliced), plain.of(spliced)),
        _delay("endpoint_delay_spliced_p50", 0.5, ours.of(spliced), plain.of(spliced)),
        _cut_off("cut_off_recorded", ours.of(as_said), plain.of(as_said)),
        _delay("endpoint_delay_recorded_p50", 0.5, ours.of(as_said), plain.of(as_said)),
        _delay("endpoint_delay_understood_p50", 0.5, ours.of(known), plain.of(known)),
        _delay("endpoint_delay_not_understood_p50", 0.5, ours.of(unknown), plain.of(unknown)),
        _share_of(
            "cut_off_acted_on",
            [turn.acted_on for turn in ours.turns],
            plain=[turn.acted_on for turn in plain.turns],
        ),
    ]


def _others(heard: Sequence[Heard], vad: VadConfig) -> Iterator[Figure]:
    """The other strategies with the same limits, and ours with a recogniser without delay."""
    for name in _STRATEGIES:
        if name != vad.strategy:
            one = tally(heard, _scaled(vad, name, 1.0))
            yield _cut_off(f"cut_off_{name}", one)
            yield _delay(f"endpoint_delay_{name}_p50", 0.5, one)
    prompt = tally([one.at_once for one in heard], silence_rule(vad))
    yield _cut_off("cut_off_verdict_at_once", prompt)
    yield _delay("endpoint_delay_verdict_at_once_p50", 0.5, prompt)


def _verdicts(heard: Sequence[Heard]) -> Iterator[Figure]:
    waits = [verdict.seconds * 1000 for one in heard for verdict in one.verdicts]
    for share in (0.5, 0.95):
        value = percentile(waits, share) if waits else float("nan")
        yield Figure(f"verdict_p{round(share * 100)}", value, "ms (CPU)", "lower", len(waits))


def _is_spliced(turn: Turn, wanted: bool) -> bool:
    return turn.spliced is wanted


def _is_known(turn: Turn, wanted: bool) -> bool:
    """Whether a command was understood."""
    return bool(turn.text) is wanted


def _scaled(vad: VadConfig, strategy: str, scale: float) -> SilenceRule:
    names = ("min_silence_ms", "silence_ms", "max_silence_ms")
    silences = {name: round(getattr(vad, name) * scale) for name in names}
    return silence_rule(vad.model_copy(update={"strategy": strategy, **silences}))


def _curve(heard: Sequence[Heard], vad: VadConfig, strategy: str) -> list[tuple[float, float]]:
    """(delay p50 in ms, share cut off) for shorter and longer silences."""
    tallies = [tally(heard, _scaled(vad, strategy, scale)) for scale in _SCALES]
    return [(percentile(one.delays_ms, 0.5), _share(one.cut_off)) for one in tallies]


def _cut_off(
    name: str, ours: Tally, plain: Tally | None = None, target: float | None = None
) -> Figure:
    others = None if plain is None else plain.cut_off
    return _share_of(name, ours.cut_off, target, others)


def _share_of(
    name: str, flags: list[bool], target: float | None = None, plain: list[bool] | None = None
) -> Figure:
    return Figure(
        name, _share(flags), "share", "lower", len(flags), target,
        None if plain is None else _share(plain),
        None if plain is None else _BASELINE, wilson(sum(flags), len(flags)),
    )  # fmt: skip


def _delay(
    name: str, share: float, ours: Tally, plain: Tally | None = None, target: float | None = None
) -> Figure:
    return Figure(
        name, _percentile(ours, share), "ms", "lower", len(ours.delays_ms), target,
        None if plain is None else _percentile(plain, share),
        None if plain is None else _BASELINE,
    )  # fmt: skip


def _percentile(one: Tally, share: float) -> float:
    return percentile(one.delays_ms, share) if one.delays_ms else float("nan")


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
