"""The audio front end: high-pass, echo, noise, gate, gain, one after the other."""

import numpy as np

from device.audio.format import Samples, Signal
from device.audio.level import SILENCE_DBFS, to_samples, to_signal
from device.hal.base import Rendered
from device.pipeline.frontend.base import EchoState, FrontendReport, Stage
from device.pipeline.frontend.drift import PPM
from device.pipeline.frontend.echo import EchoPath
from device.pipeline.frontend.highpass import HighPass
from device.pipeline.frontend.kalman import BLOCK


class FrontendChain:
    """Cleans one microphone. While our own voice rests, the canceller touches nothing."""

    def __init__(
        self,
        parts: dict[str, str],
        highpass: HighPass | None,
        echo: EchoPath | None,
        stages: tuple[Stage, ...] = (),
    ) -> None:
        self._parts = parts
        self._highpass = highpass
        self._echo = echo
        self._stages = stages
        self._waiting: Signal = np.zeros(0, np.float32)
        self._captured = 0
        self._resting = True
        self._late = sum(stage.late for stage in stages) + (echo.canceller.late if echo else 0)
        """Samples that are still to be dropped, for what comes out not to be late."""

    @property
    def echo(self) -> EchoState:
        """What is left of our own voice now."""
        return self._echo.state if self._echo else EchoState(False, SILENCE_DBFS, False)

    @property
    def report(self) -> FrontendReport:
        """What is done, and how well."""
        path = self._echo
        if path is None:
            return FrontendReport("off", self._parts)
        delay = None if path.delay is None else 1_000 * path.delay / 16_000
        return FrontendReport(
            path.canceller.name,
            self._parts,
            delay,
            path.reference.drift * PPM,
            path.erle_db,
            not self._resting,
        )

    def render(self, rendered: Rendered, rate: int) -> None:
        """The loudspeaker played these samples."""
        if self._echo is not None:
            self._echo.render(rendered.samples, rendered.heard_at, rate)

    def played(self, start_sample: int, stop_sample: int) -> Samples:
        """Our own voice as it came with the captured samples start..stop."""
        if self._echo is None:
            return np.zeros(stop_sample - start_sample, np.int16)
        return to_samples(self._echo.played(start_sample, stop_sample))

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        """The next captured samples, cleaned, and numbered as they were captured."""
        self._captured += len(samples)
        if self._echo is not None:
            self._echo.reference.capture.tell(self._captured, captured_at)
        signal = to_signal(samples)
        if self._highpass is not None:
            signal = self._highpass.feed(signal)
        self._waiting = np.concatenate((self._waiting, signal))
        whole = len(self._waiting) // BLOCK * BLOCK
        signal, self._waiting = self._waiting[:whole], self._waiting[whole:]
        cleaned = self._cleaned(signal)
        late = min(self._late, len(cleaned))
        self._late -= late
        return to_samples(cleaned[late:])

    def skip(self, samples: int) -> None:
        """So many samples were lost; what was held back is lost with them."""
        self._captured += samples
        if self._echo is not None:
            self._echo.skip(samples)
        self._waiting = np.zeros_like(self._waiting)

    def _cleaned(self, signal: Signal) -> Signal:
        if len(signal) == 0:
            return signal
        if self._echo is not None:
            signal = self._without_echo(self._echo, signal)
        for stage in self._stages:
            signal = np.concatenate([stage.feed(b) for b in signal.reshape(-1, BLOCK)])
        return signal

    def _without_echo(self, path: EchoPath, signal: Signal) -> Signal:
        untouched = path.rest(signal)
        self._resting = untouched is not None
        if untouched is not None:
            return untouched
        return np.concatenate([path.feed(block) for block in signal.reshape(-1, BLOCK)])
