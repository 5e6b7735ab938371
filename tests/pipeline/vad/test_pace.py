import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.espeak import Manner, speak
from device.audio.format import RATE, Samples
from device.pipeline.vad.pace import Syllables

SENTENCE = "remember to put seven tomatoes on the shopping list"
SYLLABLES = 14


def count(samples: Samples, block: int = 512) -> int:
    syllables = Syllables()
    return sum(syllables.feed(samples[at : at + block]) for at in range(0, len(samples), block))


def bursts(number: int) -> Samples:
    """A tone that swells and fades `number` times, five times a second."""
    time = np.arange(number * RATE // 5) / RATE
    loudness = np.abs(np.sin(np.pi * 5 * time)) ** 2
    return (8_000 * loudness * np.sin(2 * np.pi * 200 * time)).astype(np.int16)


def test_every_swell_of_a_tone_is_a_syllable() -> None:
    assert count(bursts(10)) in (9, 10)


def test_silence_has_no_syllables() -> None:
    assert count(np.zeros(RATE, dtype=np.int16)) == 0


def test_a_steady_tone_is_one_syllable_at_most() -> None:
    time = np.arange(2 * RATE) / RATE
    assert count((8_000 * np.sin(2 * np.pi * 200 * time)).astype(np.int16)) <= 1


@pytest.mark.parametrize("speed", [110, 190])
def test_the_syllables_of_a_sentence_are_about_counted(speed: int) -> None:
    spoken = count(speak(SENTENCE, Manner(words_a_minute=speed)).samples)
    assert SYLLABLES * 0.6 <= spoken <= SYLLABLES * 1.4


@given(st.integers(1, 2000))
def test_the_size_of_the_blocks_means_nothing(block: int) -> None:
    sound = bursts(4)
    assert count(sound, block) == count(sound)
