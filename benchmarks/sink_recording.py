"""What came out of a loudspeaker, or into a microphone, with the time at which it did."""

import os
import subprocess
import threading
import time
from typing import Final

import numpy as np

from device.audio.format import Samples

RATE: Final = 48_000
"""Rate of every recording, and of both sides of a sound card."""


class SinkRecording:
    """What came out of the speaker or into the microphone, with the time at which it did."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        """`command`: writes the sound to its output, 16 bit, mono, at `RATE`."""
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        self._audio = bytearray()
        self._began = 0.0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._read, name="recording", daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError(f"{command[0]} delivers nothing")

    @property
    def began_at(self) -> float:
        """Monotonic time of the first sample; late by the few milliseconds of a monitor."""
        return self._began

    @property
    def samples(self) -> Samples:
        """Everything so far at `RATE`, shape (n,)."""
        audio = bytes(self._audio)
        return np.frombuffer(audio[: len(audio) // 2 * 2], dtype="<i2")

    def sounding_between(self, threshold: int = 100) -> tuple[float, float]:
        """Monotonic time of the first and of the last sample above `threshold`."""
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) > threshold)
        if len(loud) == 0:
            raise AssertionError("nothing was heard")
        return self._began + loud[0] / RATE, self._began + loud[-1] / RATE

    def sounding_seconds(self, threshold: int = 100) -> float:
        """How long there was sound, holes of 5 ms and more taken out.

        A busy machine makes the server itself insert silence, which no program sees.
        """
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) > threshold)
        steps = np.diff(loud)
        return float(np.sum(steps[steps < 0.005 * RATE])) / RATE

    def time_of(self, sound: Samples) -> float:
        """Monotonic time at which a known sound, at `RATE`, begins; where it fits best."""
        return self.find(sound)[0]

    def find(self, sound: Samples) -> tuple[float, float]:
        """The same, and how like it what was heard there is: 0 (nothing) to 1 (the same)."""
        heard, known = self.samples.astype(np.float32), sound.astype(np.float32)
        size = 1 << (len(heard) + len(known)).bit_length()
        spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(known, size))
        fit = np.abs(np.fft.irfft(spectrum, size)[: max(1, len(heard))])
        place = int(np.argmax(fit))
        there = heard[place : place + len(known)]
        whole = float(np.linalg.norm(there) * np.linalg.norm(known))
        return self._began + place / RATE, float(fit[place]) / whole if whole else 0.0

    def stop(self) -> None:
        """End the recording."""
        self._process.kill()
        self._process.wait(5)
        self._thread.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while part := os.read(pipe.fileno(), 4096):
                self._audio += part
                began = time.monotonic() - len(self._audio) / 2 / RATE
                self._began = began if not self._ready.is_set() else min(self._began, began)
                self._ready.set()
