"""The generated commands, what is none, and the fit of the confidence to both."""

import shutil

import numpy as np
import pytest

from benchmarks.command_corpus import commands, homes, others
from benchmarks.command_fit import fit

needs_voice = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed; run: make setup"
)


@needs_voice
def test_a_home_understands_its_commands_and_nothing_else() -> None:
    for said in commands(6, seed=3):
        assert homes()[said.home].recognize(said.text) is not None, said.text
    for said in others(12, seed=3):
        assert not said.text or homes()[said.home].recognize(said.text) is None, said.text


@needs_voice
def test_the_same_seed_generates_the_same_sentences() -> None:
    first, second = ([(said.text, said.voice) for said in others(6, seed=4)] for _ in range(2))
    assert first == second


def test_a_fit_finds_the_line_between_two_clouds() -> None:
    random = np.random.default_rng(1)
    wanted = np.repeat([0.0, 1.0], [9_000, 1_000])
    table = random.normal(0, 1, (10_000, 2)) + np.outer(wanted, [2.0, 0.0]) + [7.0, -3.0]
    margin, prior, bias = fit(table, wanted)
    assert margin > 5 * abs(prior)
    refused = table[wanted == 0] @ [margin, prior] + bias < 0
    assert refused.mean() == pytest.approx(0.9, abs=0.001)
