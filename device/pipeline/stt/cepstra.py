"""Cepstra as CMU Sphinx makes them (sphinxbase fe, en-us feat.params), and log mel energies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from device.audio.format import RATE, Samples
from device.pipeline.stt.compensation import Compensation, load_speech_model
from device.pipeline.stt.leftover import leftover_samples

Matrix = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

HOP_SAMPLES = 160
"""Samples from one vector to the next."""
WINDOW_SAMPLES = 410
REACH = 3
"""So many vectors before and after it a vector depends on."""
_POINTS = 512
_FILTERS, _COEFFICIENTS, _LIFTER = 25, 13, 22
_LOW_HZ, _HIGH_HZ = 130.0, 6800.0
_PRE_EMPHASIS = 0.97
_FLOOR = 1.0
_SPEECH_LEVEL = 0.4


@dataclass(frozen=True, slots=True)
class Cepstra:
    """One utterance as the acoustic model hears it."""

    vectors: Vectors
    """Shape (n, 39): without the colour of room and microphone, and with their changes."""
    start: int
    """Hops left out before the first, the end of a wake word."""
    speech: npt.NDArray[np.bool_]
    """Shape (n,): where somebody seems to speak."""


class FrontEnd:
    """Hears an utterance the way the acoustic model was trained to hear clean speech."""

    def __init__(self, model: Path) -> None:
        """`model` is the folder of the acoustic model. Raises ModelInvalid."""
        speech = load_speech_model(model)
        self._compensation = Compensation(speech, TO_CEPSTRA, TO_MEL)
        self._spread = speech.variances.mean(axis=0)

    def __call__(self, samples: Samples) -> Cepstra:
        """Cepstra of an utterance of at least one window, without the end of a wake word before it.

        That end still tells how the room and the voice sound.
        """
        logs = log_mel(samples)
        start = leftover_samples(samples) // HOP_SAMPLES
        clean = self._compensation.clean(logs, self._compensation.environment(logs))[start:]
        vectors = with_changes(clean).astype(np.float32)
        return Cepstra(vectors, start, _loud(logs[start:].mean(axis=1)))

    def apart(self, one: Vectors, other: Vectors) -> float:
        """How differently two ways to clean heard the same: mean square, in variances of speech."""
        difference = (one - other)[:, :_COEFFICIENTS]
        return float((difference**2 / self._spread).mean()) if len(difference) else 0.0


def with_changes(cepstra: Matrix) -> Matrix:
    """Cepstra (n, 13) with their first and second differences beside them, (n, 39).

    As CMU Sphinx takes them (1s_c_d_dd), so that a stretch can be heard whose end is not known yet.
    """
    padded = np.pad(cepstra, ((REACH, REACH), (0, 0)), mode="edge")
    at = [padded[shift : shift + len(cepstra)] for shift in range(2 * REACH + 1)]
    return np.hstack((cepstra, at[5] - at[1], (at[6] - at[2]) - (at[4] - at[0])))


def log_mel(samples: Samples) -> Matrix:
    """Log mel energies, shape (n, 25), n counted in hops."""
    return np.asarray(np.log(np.maximum(_power(samples) @ _FILTER_BANK.T, _FLOOR)))


def _loud(level: Matrix) -> npt.NDArray[np.bool_]:
    low, high = np.percentile(level, 10), np.percentile(level, 95)
    return np.asarray(level >= low + _SPEECH_LEVEL * (high - low), dtype=np.bool_)


def _power(samples: Samples) -> Matrix:
    signal = samples.astype(np.float64)
    signal[1:] -= _PRE_EMPHASIS * signal[:-1]
    windows = np.lib.stride_tricks.sliding_window_view(signal, WINDOW_SAMPLES)[::HOP_SAMPLES]
    return np.asarray(np.abs(np.fft.rfft(windows * np.hamming(WINDOW_SAMPLES), _POINTS)) ** 2)


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _filter_bank() -> Matrix:
    """Triangles of unit area between edges equally far apart in mel, on whole spectral lines."""
    step = RATE / _POINTS
    mels = np.linspace(_mel(_LOW_HZ), _mel(_HIGH_HZ), _FILTERS + 2)
    edges = np.floor(700 * (10 ** (mels / 2595) - 1) / step + 0.5) * step
    lines = np.arange(_POINTS // 2 + 1) * step
    left, middle, right = (edges[i : i + _FILTERS, None] for i in range(3))
    rising, falling = (lines - left) / (middle - left), (right - lines) / (right - middle)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left))


def _cosines() -> Matrix:
    order = np.arange(_COEFFICIENTS)[:, None]
    matrix = np.cos(np.pi * order * (np.arange(_FILTERS) + 0.5) / _FILTERS) * np.sqrt(2 / _FILTERS)
    matrix[0] *= np.sqrt(0.5)
    return np.asarray(matrix)


_FILTER_BANK = _filter_bank()
_LIFT = 1 + _LIFTER / 2 * np.sin(np.arange(_COEFFICIENTS) * np.pi / _LIFTER)
TO_CEPSTRA = _cosines() * _LIFT[:, None]
"""Shape (13, 25): log mel energies to cepstra."""
TO_MEL = _cosines().T / _LIFT
"""Shape (25, 13): cepstra to smooth log mel energies."""
