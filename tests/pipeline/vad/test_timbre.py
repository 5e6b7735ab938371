"""Whether a sound changes its colour as words do."""

import numpy as np
import pytest

from benchmarks.recordings import recordings
from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.pipeline.vad.interruption import Block, Confirmed, Interruption
from device.pipeline.vad.silero import SileroVad
from device.pipeline.vad.timbre import colour_moves_db, may_be_words
from tests.flow import silence, speech


def breath(seed: int, seconds: float) -> Samples:
    """A burst of noise that dies away, as a cough does."""
    time = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).normal(0, 6_000, len(time))
    return np.asarray(np.clip(noise * np.exp(-time / 0.1), -32_000, 32_000), dtype=np.int16)


def hum(seconds: float) -> Samples:
    """A voice with a closed mouth."""
    time = np.arange(int(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 20))
    noise = np.random.default_rng(1).normal(0, 5, len(time))
    return np.asarray(3_000 * tones + noise, dtype=np.int16)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_breath_is_no_word_however_long(seed: int, seconds: float) -> None:
    assert not may_be_words(breath(seed, seconds))


def test_a_hum_is_no_word() -> None:
    assert not may_be_words(hum(1.0))


@pytest.mark.parametrize("seconds", [0.3, 0.5, 1.0])
def test_vowels_that_take_turns_may_be_words(seconds: float) -> None:
    assert may_be_words(speech(seconds))


def test_how_loud_it_is_does_not_matter() -> None:
    assert colour_moves_db(speech(0.5) // 4) == pytest.approx(colour_moves_db(speech(0.5)), abs=0.2)


@pytest.mark.parametrize("nothing", [speech(0.0), speech(0.05), silence(1.0)])
def test_too_little_is_no_word(nothing: Samples) -> None:
    assert colour_moves_db(nothing) == 0.0


def test_recorded_sentences_may_be_words() -> None:
    sounds = [read_sound(one.path) for one in recordings("cmd_home_en")]
    if not sounds:
        pytest.skip("there are no recordings; set PARLOR_RECORDINGS")
    spoken = [one for sound in sounds for one in _confirmed(sound)]
    assert len(spoken) >= 20
    assert np.mean([may_be_words(one) for one in spoken]) >= 0.95


def _confirmed(sound: Samples) -> list[Samples]:
    """What would interrupt a reply if it were not for its colour."""
    vad, interruption = SileroVad(), Interruption()
    stream, size, found = vad.open(), vad.chunk_samples, []
    for at in range(0, len(sound) - size, size):
        block = sound[at : at + size]
        finding = interruption.feed(Block(at, size, stream.probability(block), dbfs(block)))
        if isinstance(finding, Confirmed):
            found.append(sound[max(finding.start_sample, at + size - RATE) : at + size])
    return found
