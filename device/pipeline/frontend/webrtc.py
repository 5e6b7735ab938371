"""WebRTC's audio processing, from the livekit wheel (google/webrtc, modules/audio_processing).

Importing it takes a tenth of a second and starts a thread pool, so it is done where it is needed.
"""

import importlib
from functools import cache
from typing import Any, Final

import numpy as np

from device.audio.format import RATE, Samples, Signal
from device.audio.level import to_samples, to_signal
from device.errors import EngineMissing
from device.pipeline.frontend.kalman import BLOCK

_LATEST: Final = 3 * BLOCK
_TRIED: Final = 50
"""Blocks of noise by which it is measured how late a module is."""


class Apm:
    """One processing module, of 10 ms blocks at 16 kHz. Raises EngineMissing."""

    def __init__(self, echo: bool = False, noise: bool = False, gain: bool = False) -> None:
        try:
            apm = importlib.import_module("livekit.rtc.apm")
            self._frame: Any = importlib.import_module("livekit.rtc.audio_frame").AudioFrame
            self._module: Any = apm.AudioProcessingModule(
                echo_cancellation=echo, noise_suppression=noise, auto_gain_control=gain
            )
        except Exception as error:  # a wheel for another processor fails in many ways
            raise EngineMissing(f"livekit's audio processing cannot start: {error}") from error
        self._parts = echo, noise, gain

    @property
    def late(self) -> int:
        """Samples by which what comes out is later than what went in."""
        return _lateness(*self._parts)

    def far(self, block: Signal) -> None:
        """What is played, shape (160,)."""
        self._module.process_reverse_stream(self._wrap(to_samples(block)))

    def feed(self, block: Signal) -> Signal:
        """What was captured, shape (160,), processed."""
        frame = self._wrap(to_samples(block))
        self._module.process_stream(frame)
        return to_signal(np.frombuffer(frame.data, dtype=np.int16))

    def _wrap(self, block: Samples) -> Any:
        return self._frame(bytearray(block.tobytes()), RATE, 1, BLOCK)


@cache
def _lateness(echo: bool, noise: bool, gain: bool) -> int:
    """How late a module with these parts is: where noise that went through it is most alike."""
    module = Apm(echo, noise, gain)
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal((_TRIED, BLOCK))).astype(np.float32)
    through = []
    for block in sound:
        if echo:
            module.far(np.zeros_like(block))
        through.append(module.feed(block))
    whole = sound.ravel()[:-_LATEST]
    return int(np.argmax(np.correlate(np.concatenate(through), whole, "valid")))


class WebrtcCanceller:
    """WebRTC's AEC3 behind our own alignment. Raises EngineMissing."""

    name = "webrtc"
    drift = 0.0

    def __init__(self) -> None:
        self._apm = Apm(echo=True)
        self.late = self._apm.late
        """Samples by which what comes out is later than what went in."""
        self.residual_power = 0.0
        """Mean square of the output while the reference sounds, which is as much as is known."""

    def feed(self, far: Signal, microphone: Signal, learn: bool = True) -> Signal:
        """The next block of shape (160,) without its echo."""
        self._apm.far(far)
        cleaned = self._apm.feed(microphone)
        self.residual_power = min(float(np.mean(cleaned**2)), float(np.mean(far**2)))
        return cleaned

    def response(self) -> Signal | None:
        """Nothing: it keeps that to itself."""
        return None

    def realign(self, far: Signal) -> None:
        """It finds the delay anew by itself."""

    def hasten(self, samples: float) -> None:
        """Nothing: it follows by itself."""

    def reset(self) -> None:
        """Begin anew."""
        self._apm = Apm(echo=True)
