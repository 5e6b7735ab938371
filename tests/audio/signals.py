"""Sounds that tests make and measure."""

import numpy as np

from device.audio.format import RATE, Samples


def tone(
    seconds: float, hertz: float = 440.0, amplitude: float = 0.25, rate: int = RATE
) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.rint(amplitude * 32767 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def noise(seconds: float, amplitude: float = 0.1, seed: int = 1, rate: int = RATE) -> Samples:
    random = np.random.default_rng(seed)
    return np.rint(amplitude * 32767 * random.uniform(-1, 1, round(seconds * rate))).astype(
        np.int16
    )


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), dtype=np.int16)


def loudest_hertz(samples: Samples, rate: int = RATE) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)
