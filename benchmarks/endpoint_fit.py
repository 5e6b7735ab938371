"""Fit how likely a command is over at a pause: `python -m benchmarks.endpoint_fit`.

Logistic regression on the half of `endpoint_corpus` that judges nothing: generated sentences up to
the pause that was spliced into them, against the same sentences up to their end.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.endpoint_corpus import BEFORE_SAMPLES, Hesitant, hesitant, places
from device.audio.format import SAMPLES_PER_MS
from device.dialog.grammar import stored_grammar
from device.dialog.templates import Templates
from device.executor import InlineExecutor
from device.folders import cache_folder
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser
from device.pipeline.stt.command_end import over

Matrix = npt.NDArray[np.float64]

_BEFORE = BEFORE_SAMPLES - 300 * SAMPLES_PER_MS
"""Where the padding of a turn begins."""
_HEARD_SILENCE = 190 * SAMPLES_PER_MS
"""A pause is told after so much of it, give or take a block."""
_RIDGE = 1.0


def main() -> None:
    """Generate, recognise, fit and print the constants of `command_end`."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sentences", type=int, default=400)
    chosen = arguments.parse_args()
    homes = [_recogniser(home) for home in places("fit")]
    heard = [pair for one in hesitant("fit", chosen.sentences) for pair in weigh(one, homes)]
    table = np.array([features(text, lead) for text, lead, _ in heard])
    wanted = np.array([float(ended) for _, _, ended in heard])
    lead, words, bias = fit(table, wanted)
    sys.stdout.write(f"_LEAD, _WORDS, _BIAS = {lead:.2f}, {words:.2f}, {bias:.2f}\n")
    told = np.array([over(text, lead) for text, lead, _ in heard])
    for low in np.arange(0.0, 1.0, 0.1):
        inside = (told >= low) & (told < low + 0.1)
        share = wanted[inside].mean() if inside.any() else float("nan")
        sys.stdout.write(f"  now told {low:.1f}: {inside.sum()} pauses, over {share:.2f}\n")


def weigh(one: Hesitant, homes: Sequence[CommandRecogniser]) -> Iterator[tuple[str, float, bool]]:
    """The best command, its lead, and whether it was the end, for both pauses of a sentence."""
    for stop, ended in ((one.pause[0], False), (one.speech_stop, True)):
        evidence = homes[one.home].weigh(one.samples[_BEFORE : stop + _HEARD_SILENCE])
        if evidence is not None:
            yield evidence.text, evidence.lead, ended


def features(text: str, lead: float) -> tuple[float, float]:
    """What `command_end` looks at."""
    return math.log1p(max(lead, 0.0)), math.log1p(len(text.split()))


def fit(table: Matrix, wanted: Matrix) -> Matrix:
    """Weights and bias, shape (3,): ridge logistic regression by Newton's method.

    `table` has shape (n, 2), `wanted` (n,) with 1 where the sentence was over.
    """
    spread, middle = table.std(axis=0) + 1e-9, table.mean(axis=0)
    inputs = np.c_[(table - middle) / spread, np.ones(len(table))]
    ridge = np.diag([_RIDGE, _RIDGE, 1e-6])
    found = np.zeros(3)
    for _ in range(30):
        likely = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        slope = inputs.T @ (likely - wanted) + ridge @ found
        curve = (inputs * (likely * (1 - likely))[:, None]).T @ inputs + ridge
        found -= np.linalg.solve(curve, slope)
    weights = found[:2] / spread
    return np.array([*weights, found[2] - weights @ middle])


def _recogniser(home: Templates) -> CommandRecogniser:
    grammar = stored_grammar(home.intents, home.slot_lists, home.language, cache_folder())
    model = acoustic_model(home.language)
    return CommandRecogniser(InlineExecutor(), grammar, model, cache=cache_folder())


if __name__ == "__main__":
    main()
