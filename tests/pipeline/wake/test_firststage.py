from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.acoustics import NOISES
from benchmarks.wake_audio import steady
from device.audio.format import RATE, Samples
from device.pipeline.wake.engines import MICRO_GATE, ONSET_DB, SPEECH_DB
from device.pipeline.wake.firststage import FirstStage, MicroStage, SpeechStage
from device.pipeline.wake.loudness import halved, periodicity
from tests.pipeline.wake.speech import one_breath, room_noise, silence


def opinions(stage: FirstStage, audio: Samples, block: int = 1280) -> list[bool]:
    return [stage.is_candidate(audio[at : at + block]) for at in range(0, len(audio), block)]


def test_speech_after_silence_is_promising_and_silence_is_not() -> None:
    clip = one_breath()
    heard = opinions(SpeechStage(ONSET_DB, 0.6), clip.samples)
    before = clip.speech_start // 1280
    assert not any(heard[: before - 1])
    assert any(heard[before : clip.wake_end // 1280 + 1])


@pytest.mark.parametrize("kind", [kind for kind in NOISES if kind not in ("music", "babble")])
@pytest.mark.parametrize("level", [-60.0, -40.0, -25.0])
def test_steady_noise_is_not_promising_once_it_is_known(kind: str, level: float) -> None:
    heard = opinions(SpeechStage(ONSET_DB, 0.6), steady(kind, 12, level))
    assert not any(heard[4 * RATE // 1280 :])


def test_speech_over_noise_is_promising() -> None:
    clip = one_breath()
    noisy = (clip.samples + room_noise(len(clip.samples) / RATE, 100)).astype(np.int16)
    heard = opinions(SpeechStage(SPEECH_DB, 0.2), noisy)
    assert any(heard[clip.speech_start // 1280 : clip.wake_end // 1280])


def test_clatter_without_pitch_is_not_promising() -> None:
    rng = np.random.default_rng(3)
    audio = room_noise(10, 30).astype(np.float64)
    for start in rng.integers(4 * RATE, 9 * RATE, 25):
        burst = rng.normal(0, 6000, 1600) * np.exp(-np.arange(1600) / 500)
        audio[start : start + 1600] += burst
    assert not any(opinions(SpeechStage(ONSET_DB, 0.6), audio.astype(np.int16)))


def test_a_tone_is_periodic_and_hiss_is_not() -> None:
    at = np.arange(1440) / RATE
    tone = (5000 * np.sin(2 * np.pi * 150 * at)).astype(np.int16)
    assert periodicity(halved(tone)) > 0.9
    assert periodicity(halved(room_noise(0.09, 3000))) < 0.4
    assert periodicity(halved(silence(0.09))) == 0.0


def test_micro_stage_hears_the_word_and_tells_where_it_ended() -> None:
    clip = one_breath()
    stage = MicroStage({"hey_jarvis": None}, MICRO_GATE)
    assert any(opinions(stage, clip.samples))
    assert stage.word_end is not None
    assert abs(stage.word_end - clip.wake_end) < 0.25 * RATE
    stage.close()


@pytest.mark.parametrize("feeds", [[160] * 300, [1, 479, 480, 5000, 42_360]])
def test_any_feed_lengths_are_taken(feeds: Sequence[int]) -> None:
    stage = SpeechStage(ONSET_DB, 0.6)
    audio = silence(sum(feeds) / RATE)
    for length in feeds:
        assert stage.is_candidate(audio[:length]) is False


def test_micro_models_that_slept_hear_the_same_word_at_the_same_place() -> None:
    clip = one_breath()
    rested, awake = (MicroStage({"hey_jarvis": None}, MICRO_GATE) for _ in range(2))
    opinions(rested, np.concatenate((silence(12), clip.samples)))
    opinions(awake, clip.samples)
    assert rested.word_end is not None
    assert awake.word_end is not None
    assert abs(rested.word_end - 12 * RATE - awake.word_end) <= 0.03 * RATE
