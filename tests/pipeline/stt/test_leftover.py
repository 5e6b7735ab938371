"""The end of the wake word is told from the command that follows it."""

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.pipeline.stt.leftover import leftover_samples


def sound(*parts: tuple[float, float]) -> Samples:
    """Noise in parts of (seconds, RMS)."""
    rng = np.random.default_rng(1)
    pieces = [rng.normal(0, rms, int(seconds * RATE)) for seconds, rms in parts]
    return np.concatenate(pieces).astype(np.int16)


@pytest.mark.parametrize("wake_seconds", [0.15, 0.3])
@pytest.mark.parametrize("pause_seconds", [0.2, 0.3])
def test_a_leftover_goes_and_some_of_the_pause_stays(
    wake_seconds: float, pause_seconds: float
) -> None:
    begun = sound((wake_seconds, 2000), (pause_seconds, 50), (1.0, 2000), (0.4, 50))
    left_out = leftover_samples(begun) / RATE
    assert wake_seconds <= left_out <= wake_seconds + pause_seconds - 0.05


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([(0.3, 50), (0.3, 2000), (0.3, 50), (0.8, 2000)], id="begins in a pause"),
        pytest.param([(1.2, 2000), (0.5, 50)], id="begins with the command"),
        pytest.param([(0.3, 2000), (0.05, 50), (0.9, 2000)], id="closure inside a word"),
        pytest.param([(0.4, 2000), (0.8, 50)], id="one word and nothing after it"),
        pytest.param([(1.5, 50)], id="steady noise"),
        pytest.param([(0.3, 2000), (0.2, 50)], id="too short"),
        pytest.param([(0.0, 1)], id="nothing"),
    ],
)
def test_nothing_is_left_out(parts: list[tuple[float, float]]) -> None:
    assert leftover_samples(sound(*parts)) == 0
