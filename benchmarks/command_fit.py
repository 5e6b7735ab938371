"""Fit the confidence of the command recogniser: `python -m benchmarks.command_fit`.

Logistic regression on generated speech (`benchmarks.command_corpus`), recognised commands against
other sound; the bias puts a half where as much other sound is refused as is required. Commands
that were heard wrong and near-commands (a command with foreign words in it) take no part: they
sound like commands, and would move the line against the commands. They are reported.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.command_corpus import Said, commands, homes, others
from device.dialog.grammar import build_grammar
from device.dialog.templates import Templates
from device.executor import InlineExecutor
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser
from device.pipeline.stt.command_score import Evidence, confidence

Matrix = npt.NDArray[np.float64]

_FOLDS = 8
_REFUSED = 0.9
"""Share of other sound that must be refused."""
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """One generated utterance and what speaks for the command that was heard in it."""

    said: Said
    evidence: Evidence | None
    is_right: bool
    """It was a command and means what was heard."""

    @property
    def is_other(self) -> bool:
        """It was no command."""
        return self.said.kind != "command"

    @property
    def is_used(self) -> bool:
        """Whether the fit learns from it."""
        return self.is_right or (self.is_other and self.said.kind != "near")


def main() -> None:
    """Generate, recognise, fit and print the constants of `command_score`."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--commands", type=int, default=300)
    arguments.add_argument("--others", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    weighed = weigh(
        [*commands(chosen.commands, chosen.seed), *others(chosen.others, chosen.seed + 1)]
    )
    right = sum(one.is_right for one in weighed)
    _tell(f"right: {right} of {sum(not one.is_other for one in weighed)} commands")
    table, wanted = matrix(weighed)
    margin, prior, bias = fit(table, wanted)
    _tell(f"Weights({margin:.2f}, {prior:.2f}, {bias:.2f})")
    _report("now", weighed, [_confidence(one) for one in weighed])
    _report("fitted, cross-validated", weighed, _cross_validated(weighed, table, wanted))


def weigh(utterances: Sequence[Said]) -> list[Weighed]:
    """Recognise every utterance in its home."""
    places = [_recogniser(home) for home in homes()]
    return [_weigh(said, homes()[said.home], places[said.home]) for said in utterances]


def matrix(weighed: Sequence[Weighed]) -> tuple[Matrix, Matrix]:
    """Features, shape (n, 2), and what they should lead to (1: accept), shape (n,)."""
    used = [one for one in weighed if one.evidence and one.is_used]
    rows = [[one.evidence.margin, one.evidence.prior] for one in used if one.evidence]
    return np.array(rows).reshape(-1, 2), np.array([float(one.is_right) for one in used])


def fit(table: Matrix, wanted: Matrix) -> Matrix:
    """Weights and bias, shape (3,): ridge logistic regression by Newton's method."""
    spread = table.std(axis=0) + 1e-9
    inputs = np.c_[(table - table.mean(axis=0)) / spread, np.ones(len(table))]
    share = wanted.mean()
    even = np.where(wanted == 1, 0.5 / share, 0.5 / (1 - share))
    ridge = np.diag([_RIDGE, _RIDGE, 1e-6])
    found = np.zeros(3)
    for _ in range(30):
        likely = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        slope = inputs.T @ (even * (likely - wanted)) + ridge @ found
        curve = (inputs * (even * likely * (1 - likely))[:, None]).T @ inputs + ridge
        found -= np.linalg.solve(curve, slope)
    weights = found[:2] / spread
    refused = np.quantile((table @ weights)[wanted == 0], _REFUSED)
    return np.array([*weights, -refused])


def _recogniser(home: Templates) -> CommandRecogniser:
    grammar = build_grammar(home.intents, home.slot_lists, home.language)
    return CommandRecogniser(InlineExecutor(), grammar, acoustic_model(home.language))


def _weigh(said: Said, home: Templates, recogniser: CommandRecogniser) -> Weighed:
    evidence = recogniser.weigh(said.samples)
    heard = home.recognize(evidence.text) if evidence else None
    wanted = home.recognize(said.text) if said.kind == "command" else None
    is_right = heard is not None and wanted is not None and heard.intent == wanted.intent
    return Weighed(said, evidence, is_right)


def _confidence(one: Weighed) -> float:
    return confidence(one.evidence) if one.evidence else 0.0


def _cross_validated(weighed: Sequence[Weighed], table: Matrix, wanted: Matrix) -> list[float]:
    """Confidence of every utterance by a fit that has not seen it."""
    chance = np.random.default_rng(0)
    fold = chance.integers(0, _FOLDS, len(wanted))
    fits = [fit(table[fold != at], wanted[fold != at]) for at in range(_FOLDS)]
    used = iter(fold)
    return [
        _sureness(one, fits[int(next(used)) if one.evidence and one.is_used else 0])
        for one in weighed
    ]


def _sureness(one: Weighed, weights: Matrix) -> float:
    if one.evidence is None:
        return 0.0
    odds = np.array([one.evidence.margin, one.evidence.prior, 1.0]) @ weights
    return float(1 / (1 + np.exp(-np.clip(odds, -50, 50))))


def _report(name: str, weighed: Sequence[Weighed], sureness: Sequence[float]) -> None:
    pairs = list(zip(weighed, sureness, strict=True))
    kept = [sure >= 0.5 for one, sure in pairs if one.is_right]
    _tell(f"{name}: {sum(kept)} of {len(kept)} right commands accepted; rejected of other sound:")
    for kind in sorted({one.said.kind for one in weighed if one.is_other}):
        refused = [sure < 0.5 for one, sure in pairs if one.said.kind == kind]
        _tell(f"  {kind}: {sum(refused)} of {len(refused)}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
