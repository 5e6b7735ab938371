import numpy as np
import pytest

from device.audio.format import RATE
from device.pipeline.stt.mel import LogMel


@pytest.mark.parametrize("samples", [201, 1_600, 16_000, 48_160])
@pytest.mark.parametrize("level", [0.0, 1e-4, 0.1, 1.0])
def test_it_gives_what_faster_whisper_gives(samples: int, level: float) -> None:
    extractor = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor()
    signal = np.random.default_rng(0).normal(0, level, samples).astype(np.float32)
    ours, theirs = LogMel(extractor.mel_filters)(signal), extractor(signal, padding=0)
    assert ours.shape == theirs.shape == (80, samples // 160)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_tone_is_loudest_in_the_band_of_its_frequency() -> None:
    filters = np.zeros((4, 201), np.float32)
    for band in range(4):
        filters[band, band * 50 : band * 50 + 50] = 1
    tone = np.sin(2 * np.pi * 3_000 * np.arange(RATE) / RATE).astype(np.float32)
    spectrogram = LogMel(filters)(tone)
    assert set(spectrogram.argmax(axis=0)) == {1}
    assert spectrogram.max() - spectrogram.min() <= 2.0
