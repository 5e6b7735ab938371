import numpy as np
import pytest

from device.audio.level import dbfs
from device.audio.resample import Resampler, resample
from tests.audio.signals import loudest_hertz, noise, tone


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_pitch_and_level_at_any_rate(rate: int) -> None:
    converted = resample(tone(1.0, 1_000, rate=rate), rate)
    assert len(converted) == 16_000
    assert loudest_hertz(converted) == pytest.approx(1_000, abs=2)
    assert dbfs(converted) == pytest.approx(dbfs(tone(1.0, 1_000)), abs=0.1)


def test_what_is_above_half_the_new_rate_does_not_fold_back() -> None:
    assert dbfs(resample(tone(1.0, 11_000, rate=48_000), 48_000)[800:-800]) < -60


def test_a_stream_in_chunks_is_the_same_as_the_whole() -> None:
    sound = noise(1.0, rate=44_100)
    resampler = Resampler(44_100)
    parts = [resampler.feed(sound[at : at + 1_323]) for at in range(0, len(sound), 1_323)]
    parts.append(resampler.feed(sound[:0], last=True))
    streamed, whole = np.concatenate(parts), resample(sound, 44_100)
    assert len(streamed) == len(whole)
    assert np.max(np.abs(streamed.astype(int) - whole)) <= 2


def test_a_cleared_stream_begins_anew() -> None:
    resampler = Resampler(48_000)
    resampler.feed(noise(0.5, rate=48_000))
    resampler.clear()
    quiet = resampler.feed(np.zeros(48_000, dtype=np.int16), last=True)
    assert len(quiet) == 16_000
    assert np.max(np.abs(quiet)) <= 1, "more than dither is left of the old sound"


def test_the_same_rate_changes_nothing() -> None:
    sound = noise(0.1)
    assert Resampler(16_000).feed(sound) is sound
    assert resample(sound, 16_000) is sound
