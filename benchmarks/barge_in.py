"""`parlor bench barge-in`: how soon a reply ducks and falls silent, and how often for nothing.

`parlor run` speaks on the virtual sound card in a simulated room, in real time, and is interrupted;
what it plays is captured there. The card's own latency is measured with a program that ends while
it plays, and taken off. What must not stop a reply is heard by the speaker's ear, faster than life.
Quick takes three minutes at most.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.barge_in_scene import KINDS, SPOKEN, Trial, card_latencies, session
from benchmarks.interruption import Ear, Heard
from benchmarks.interruption_corpus import overs
from benchmarks.plots import bars
from benchmarks.report import Figure, Report, percentile, wilson
from benchmarks.rooms import Room
from benchmarks.soundcard import missing, sound_card
from device.errors import UsageError

DUCK_TARGET_MS: Final = 200.0
SILENCE_TARGET_MS: Final = 100.0
FALSE_TARGET: Final = 1 / 50
_ROOMS: Final = (
    Room(seed=4, kind="box", delay_seconds=0.15, coupling_db=-8),
    Room(seed=7, kind="decay", delay_seconds=0.2, coupling_db=-10, drift_ppm=40),
    Room(seed=10, kind="box", delay_seconds=0.18, coupling_db=-6, drive=0.8),
)
_EACH: Final = {True: 5, False: 14}
"""Replies of a kind in a room: quick, full."""
_BASELINE_EACH: Final = {True: 2, False: 10}
_TOLD: Final = ("wake_word", "button", "mqtt")
"""What is measured apart from free speech, which would often confirm before the wake word does."""
_INNOCENT: Final = ("backchannel", "cough", "noise")
_INNOCENT_EACH: Final = {True: 20, False: 200}
_NEVER_MS: Final = 600.0
"""What is written for a reply that did not duck while it was listened to."""
_HALF_DUPLEX: Final = "plain half-duplex, barge-in off: the reply ends by itself"
_ENERGY: Final = "energy threshold only: 15 dB over the room's level for 100 ms"
_RESAMPLINGS: Final = 2_000


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Interrupt 5 replies of each kind in one room, or 14 in each of three with `full`."""
    if lacking := missing():
        raise UsageError(f"there is no virtual sound card here: {lacking}; run: make setup")
    short = not full
    with sound_card() as card:
        late_ms = [one * 1_000 for one in card_latencies(card)]
    rooms = _ROOMS[:1] if short else _ROOMS
    talked = [session(room, SPOKEN, _EACH[short], number, "full")
              for number, room in enumerate(rooms)]  # fmt: skip
    told = [session(room, _TOLD, _EACH[short], 10 + number, "wake_word")
            for number, room in enumerate(rooms)]  # fmt: skip
    plain = session(_ROOMS[0], _TOLD[:1], _BASELINE_EACH[short], 9, "off")
    ear = Ear(config)
    heard = [ear.hear(over) for kind in _INNOCENT for over in overs(kind, _INNOCENT_EACH[short])]
    over = [one for each in talked for one in each.trials]
    sure = [one for one in over if one.kind != "wake_word"]
    sure += [one for each in told for one in each.trials]
    sessions = [*talked, *told, plain]
    figures = [
        *_ducked(over, plain.trials, median(late_ms)), *_silent(sure, median(late_ms)),
        _share("own_voice_stops", [one.stopped_alone for one in over], FALSE_TARGET),
        _share("own_voice_ducks", [one.ducked_alone for one in over]),
        *_wrong(heard), *_confirmed(sure),
        Figure("card_latency", round(median(late_ms), 1), "ms", "lower", len(late_ms),
               interval=(min(late_ms), max(late_ms))),
        _share("sessions_with_holes", [one.holes for one in sessions]),
    ]  # fmt: skip
    if plot is not None:
        bars(plot, {one.name: one.value for one in figures if one.unit == "ms"}, "ms")
    return Report("barge-in", figures)


def p95_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the 95th percentile, by resampling."""
    rng = np.random.default_rng(3)
    drawn = rng.choice(np.asarray(values), (_RESAMPLINGS, len(values)))
    low, high = np.percentile(np.percentile(drawn, 95, axis=1), (2.5, 97.5))
    return float(low), float(high)


def _ducked(ours: Sequence[Trial], plain: Sequence[Trial], card_ms: float) -> Iterator[Figure]:
    """Onset to ducked, whoever did not duck counted as late as was listened."""
    spoken = [one for one in ours if not (one.stopped_alone or one.ducked_alone)]
    late = [_less(one.ducked_ms, card_ms) for one in spoken]
    theirs = [_less(one.ducked_ms, card_ms) for one in plain]
    for share in (0.5, 0.95):
        yield _late("onset_to_ducked", late, share, DUCK_TARGET_MS, theirs)
    yield _share("voices_that_duck", [one.ducked_ms is not None for one in spoken], more=True)


def _silent(ours: Sequence[Trial], card_ms: float) -> Iterator[Figure]:
    """Confirmation to silence, each kind apart."""
    for kind in KINDS:
        late = [_less(one.silent_ms, card_ms) for one in ours
                if one.kind == kind and one.silent_ms is not None]  # fmt: skip
        for share in (0.5, 0.95):
            if late:
                yield _late(f"{kind}_to_silence", late, share, SILENCE_TARGET_MS)
    sent = [_less(one.confirmed_ms + one.silent_ms, card_ms) for one in ours
            if one.kind == "mqtt" and one.confirmed_ms and one.silent_ms is not None]  # fmt: skip
    if sent:
        yield _late("mqtt_sent_to_silence", sent, 0.95, None)


def _confirmed(ours: Sequence[Trial]) -> Iterator[Figure]:
    """How many of what was meant to interrupt did, and how soon after the onset."""
    for kind in KINDS:
        told = [one for one in ours if one.kind == kind and not one.stopped_alone]
        late = [one.confirmed_ms for one in told if one.confirmed_ms is not None]
        yield _share(f"{kind}_confirmed", [one.confirmed_ms is not None for one in told], more=True)
        if late and kind in SPOKEN:
            yield _late(f"{kind}_onset_to_confirmed", late, 0.5, None)


def _wrong(heard: Sequence[Heard]) -> Iterator[Figure]:
    """Replies that stop for noise, agreement and coughs."""
    stopped = sum(one.stopped for one in heard)
    energy = sum(one.energy_at is not None for one in heard)
    yield Figure(
        "wrong_stops", round(stopped / len(heard), 4), "of replies", "lower", len(heard),
        FALSE_TARGET, round(energy / len(heard), 4), _ENERGY, wilson(stopped, len(heard)),
    )  # fmt: skip


def _late(
    name: str, late: Sequence[float], share: float, target: float | None,
    plain: Sequence[float] = (),
) -> Figure:  # fmt: skip
    return Figure(
        f"{name}_p{share * 100:.0f}", round(percentile(late, share), 1), "ms", "lower", len(late),
        target if share > 0.9 else None, round(percentile(plain, share)) if plain else None,
        _HALF_DUPLEX if plain else None, p95_interval(late) if share > 0.9 else None,
    )  # fmt: skip


def _share(
    name: str, outcomes: Sequence[bool], target: float | None = None, *, more: bool = False
) -> Figure:
    many, n = sum(outcomes), len(outcomes)
    return Figure(name, round(many / max(1, n), 4), "share", "higher" if more else "lower", n,
                  target, interval=wilson(many, n))  # fmt: skip


def _less(ms: float | None, card_ms: float) -> float:
    return _NEVER_MS if ms is None else max(0.0, ms - card_ms)
