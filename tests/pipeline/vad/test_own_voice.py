"""Whether a sound is an echo of what was played."""

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.pipeline.vad.own_voice import is_echo, likeness


def babble(seed: int, seconds: float = 1.0) -> Samples:
    """Syllables of random pitch and length."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE))
    at = 0
    while at < len(sound):
        length = int(rng.uniform(0.06, 0.25) * RATE)
        time = np.arange(length) / RATE
        pitch, formant = rng.uniform(90, 250), rng.uniform(300, 3_000)
        wave = np.sin(2 * np.pi * pitch * time) + np.sin(2 * np.pi * formant * time)
        piece = sound[at : at + length]
        piece += (rng.uniform(500, 6_000) * wave * np.hanning(length))[: len(piece)]
        at += length + int(rng.uniform(0, 0.05) * RATE)
    return (sound + rng.normal(0, 5, len(sound))).astype(np.int16)


def echo(played: Samples, seed: int, gain: float, delay_ms: int = 0) -> Samples:
    """What a room leaves of a sound."""
    rng = np.random.default_rng(seed)
    tail = rng.normal(0, 1, RATE // 4) * np.exp(-np.arange(RATE // 4) / (0.04 * RATE))
    tail[0] = 8.0
    wet = np.convolve(played.astype(float), tail / 8.0)[: len(played)]
    delay = delay_ms * RATE // 1_000
    return (gain * np.concatenate((np.zeros(delay), wet))[: len(played)]).astype(np.int16)


def alike(heard: Samples, played: Samples) -> bool:
    return is_echo(likeness(heard, played), len(heard) / RATE)


@pytest.mark.parametrize("seed", range(10))
def test_an_echo_is_known_again_however_soft_and_somewhat_late(seed: int) -> None:
    played = babble(seed)
    for gain, delay_ms in ((0.5, 0), (0.05, 40), (0.1, 100)):
        assert alike(echo(played, seed, gain, delay_ms), played)


@pytest.mark.parametrize("seed", range(10))
def test_somebody_else_is_no_echo_not_even_over_one(seed: int) -> None:
    played, person = babble(seed), babble(seed + 100)
    assert not alike(person, played)
    assert not alike((person // 2 + echo(played, seed, 0.05)).astype(np.int16), played)


def test_nothing_is_no_echo_of_anything() -> None:
    played, silence = babble(1), np.zeros(RATE, dtype=np.int16)
    assert likeness(silence, played) == likeness(played, silence) == 0.0
    assert likeness(played[:400], played[:400]) == 0.0
    assert likeness(played[:0], played) == 0.0


def test_for_a_moment_two_voices_may_move_alike_by_chance() -> None:
    assert is_echo(0.75, 0.7)
    assert not is_echo(0.75, 0.2)
