"""What echo cancellation is measured beside: none, plain NLMS, and WebRTC's chain as it comes."""

from typing import Any, Final

import numpy as np

from benchmarks.echo_scene import FAR_RATE, Scene
from device.audio.format import RATE, Samples, Signal
from device.audio.level import to_samples, to_signal
from device.audio.resample import Resampler, resample
from device.errors import EngineMissing
from device.hal.base import Rendered
from device.pipeline.frontend.base import EchoState

_FRAME: Final = RATE // 100
_TAPS: Final = 256
_STEP: Final = 0.01


class NoCanceller:
    """Gives back what was captured, and knows nothing of what is played."""

    @property
    def echo(self) -> EchoState:
        """Nothing is known to play."""
        return EchoState()

    def played(self, start_sample: int, stop_sample: int) -> Samples:
        """Zeros."""
        return np.zeros(stop_sample - start_sample, np.int16)

    def render(self, rendered: Rendered, rate: int) -> None:
        """Nothing."""

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        """The samples."""
        return samples


class PlainWebrtc(NoCanceller):
    """Echo cancellation and high-pass of WebRTC, fed in the order in which audio comes.

    It finds the delay itself. As in a system whose monitor never rests, it is given silence until
    something is played. `suppress` adds its noise suppression.
    """

    def __init__(self, suppress: bool = False) -> None:
        try:
            from livekit.rtc.apm import AudioProcessingModule
            from livekit.rtc.audio_frame import AudioFrame
        except ImportError as error:
            raise EngineMissing("livekit is not installed; run: pip install livekit") from error
        self._frame: Any = AudioFrame
        self._module: Any = AudioProcessingModule(
            echo_cancellation=True, noise_suppression=suppress, high_pass_filter=True
        )
        self._resampler: Resampler | None = None
        self._far: Samples = np.zeros(0, np.int16)
        self._near: Samples = np.zeros(0, np.int16)

    def render(self, rendered: Rendered, rate: int) -> None:
        """Hand the far end on, 10 ms at a time."""
        if self._resampler is None:
            self._resampler = Resampler(rate, RATE)
        self._far = np.concatenate((self._far, self._resampler.feed(rendered.samples)))
        while len(self._far) >= _FRAME:
            self._module.process_reverse_stream(self._framed(self._far[:_FRAME]))
            self._far = self._far[_FRAME:]

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        """What the module makes of it, 10 ms at a time."""
        self._near = np.concatenate((self._near, samples))
        out: list[Samples] = [np.zeros(0, np.int16)]
        while len(self._near) >= _FRAME:
            if self._resampler is None:
                self._module.process_reverse_stream(self._framed(np.zeros(_FRAME, np.int16)))
            frame = self._framed(self._near[:_FRAME])
            self._module.process_stream(frame)
            out.append(np.frombuffer(frame.data, np.int16).copy())
            self._near = self._near[_FRAME:]
        return np.concatenate(out)

    def _framed(self, samples: Samples) -> Any:
        return self._frame(bytearray(samples.tobytes()), RATE, 1, len(samples))


def plain_nlms(scenes: list[Scene]) -> list[Samples]:
    """Normalised least mean squares, 256 taps, step 0.01, over scenes of one length at once.

    It is told the true delay to the sample, but knows of no drift.
    """
    near = np.stack([to_signal(one.near) for one in scenes])
    far = np.stack([_aligned(one) for one in scenes])
    padded = np.concatenate((np.zeros((len(scenes), _TAPS - 1), np.float32), far), axis=1)
    weights = np.zeros((len(scenes), _TAPS), np.float32)
    out = np.empty_like(near)
    power = np.full(len(scenes), 1e-6, np.float32)
    for at in range(near.shape[1]):
        window = padded[:, at : at + _TAPS]
        power += padded[:, at + _TAPS - 1] ** 2 - (padded[:, at - 1] ** 2 if at else 0)
        error = near[:, at] - np.einsum("rt,rt->r", weights, window)
        weights += (_STEP * error / np.maximum(power, 1e-4))[:, None] * window
        out[:, at] = error
    return [to_samples(row) for row in out]


def _aligned(scene: Scene) -> Signal:
    """The far end, a millisecond before the echo's bulk delay, as long as what was captured."""
    aligned = np.zeros(len(scene.near), np.float32)
    first = int((scene.play_at + scene.room.delay_seconds - 0.001) * RATE)
    played = to_signal(resample(scene.far, FAR_RATE, RATE))[: len(aligned) - first]
    aligned[first : first + len(played)] = played
    return aligned
