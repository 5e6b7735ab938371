import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from device.audio.format import RATE, Samples
from device.audio.level import (
    PEAK,
    Glide,
    Loudness,
    amplitude,
    dbfs,
    fade_in,
    fade_out,
    normalise,
    to_samples,
    to_signal,
    trim_silence,
)
from tests.audio.signals import noise, silence, tone

sounds = npst.arrays(np.int16, st.integers(0, 2_000))


def test_level_of_a_full_scale_sine_is_minus_three() -> None:
    assert dbfs(tone(1.0, amplitude=1.0)) == pytest.approx(-3.01, abs=0.02)


def test_silence_and_nothing_have_a_level() -> None:
    assert dbfs(silence(0.1)) == dbfs(silence(0)) == -120


@given(sounds)
def test_float_and_back_is_the_same(samples: Samples) -> None:
    assert np.array_equal(to_samples(to_signal(samples)), samples)


def test_too_loud_is_clipped_and_does_not_wrap() -> None:
    signal = np.array([1.5, -1.5], dtype=np.float32)
    assert to_samples(signal).tolist() == [32767, -32768]


@pytest.mark.parametrize("amplitude_before", [0.005, 0.1, 0.9])
def test_a_sound_is_brought_to_the_target(amplitude_before: float) -> None:
    assert dbfs(normalise(noise(1.0, amplitude_before))) == pytest.approx(-20, abs=0.2)


@given(sounds)
def test_normalising_never_passes_the_peak(samples: Samples) -> None:
    highest = np.max(np.abs(normalise(samples).astype(int)), initial=0)
    assert highest <= PEAK * 32768 + 1


def test_normalised_silence_stays_silent() -> None:
    assert not normalise(silence(0.1)).any()


@given(sounds, st.floats(0, 0.1))
def test_fades_touch_only_their_end(samples: Samples, seconds: float) -> None:
    length = min(len(samples), max(1, round(seconds * RATE)))
    risen, fallen = fade_in(samples, RATE, seconds), fade_out(samples, RATE, seconds)
    assert np.array_equal(risen[length:], samples[length:])
    assert np.array_equal(fallen[: len(samples) - length], samples[: len(samples) - length])
    if len(samples):
        assert risen[0] == 0
        assert fallen[-1] == 0


def test_a_fade_leaves_its_input_alone() -> None:
    sound = tone(0.1)
    before = sound.copy()
    fade_out(sound)
    assert np.array_equal(sound, before)


def test_long_silence_at_both_ends_is_cut_to_the_margin() -> None:
    sound = np.concatenate((silence(0.5), tone(0.4), silence(1.0)))
    assert len(trim_silence(sound)) / RATE == pytest.approx(0.05 + 0.4 + 0.05, abs=0.011)


def test_short_silence_at_the_ends_is_kept() -> None:
    sound = np.concatenate((silence(0.15), tone(0.4), silence(0.15)))
    assert len(trim_silence(sound)) == len(sound)


def test_pauses_inside_are_kept() -> None:
    sound = np.concatenate((tone(0.2), silence(2.0), tone(0.2)))
    assert len(trim_silence(sound)) == len(sound)


def test_a_silent_sound_becomes_empty() -> None:
    assert len(trim_silence(noise(1.0, amplitude=0.001))) == 0


@given(sounds)
def test_trimming_gives_a_part_of_the_sound(samples: Samples) -> None:
    assert len(trim_silence(samples)) <= len(samples)


@pytest.mark.parametrize("decibels", [-28.0, -14.0])
def test_a_voice_in_chunks_comes_to_the_target(decibels: float) -> None:
    voice = noise(3.0, amplitude(decibels) * 3**0.5)
    loudness = Loudness()
    parts = [loudness.feed(voice[at : at + 1_600]) for at in range(0, len(voice), 1_600)]
    assert dbfs(np.concatenate(parts)[RATE:]) == pytest.approx(-20, abs=0.3)


def test_pauses_in_a_voice_are_not_pumped_up() -> None:
    loudness = Loudness()
    loudness.feed(noise(1.0, 0.1))
    before = loudness.feed(noise(0.1, 0.1, seed=3))
    for _ in range(30):
        loudness.feed(noise(0.1, 0.0005))
    after = loudness.feed(noise(0.1, 0.1, seed=3))
    assert dbfs(after) == pytest.approx(dbfs(before), abs=0.2)


@given(st.lists(sounds, max_size=6))
def test_a_streamed_voice_never_passes_the_peak(parts: list[Samples]) -> None:
    loudness = Loudness()
    for part in parts:
        fed = loudness.feed(part)
        assert len(fed) == len(part)
        assert np.max(np.abs(fed.astype(int)), initial=0) <= PEAK * 32768 + 1


def test_a_glide_reaches_its_goal_and_stays() -> None:
    glide = Glide()
    flat = np.full(1_000, 10_000, dtype=np.int16)
    glide.to(0.1, 500)
    first = glide.feed(flat)
    assert first[0] > 9_900
    assert (np.diff(first[:500].astype(int)) <= 0).all()
    assert first[499] == pytest.approx(1_000, abs=1)
    assert (glide.feed(flat) == 1_000).all()
    assert glide.gain == 0.1


def test_a_glide_over_several_blocks_is_even() -> None:
    whole, parted = Glide(0.2), Glide(0.2)
    flat = np.full(900, 10_000, dtype=np.int16)
    whole.to(1.0, 800)
    parted.to(1.0, 800)
    parts = [parted.feed(flat[at : at + 90]) for at in range(0, 900, 90)]
    assert np.max(np.abs(np.concatenate(parts).astype(int) - whole.feed(flat))) <= 1


def test_an_untouched_glide_changes_nothing() -> None:
    sound = tone(0.1)
    assert Glide().feed(sound) is sound


def test_a_glide_waits_while_there_is_nothing() -> None:
    glide = Glide()
    glide.to(0.5, 10)
    assert len(glide.feed(np.zeros(0, np.int16))) == 0
    assert glide.gain == 1.0
    assert glide.feed(np.full(10, 1_000, np.int16))[-1] == 500
