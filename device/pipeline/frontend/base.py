"""What the audio front end looks like from outside."""

from dataclasses import dataclass, field
from typing import Protocol

from device.audio.format import Samples, Signal
from device.audio.level import SILENCE_DBFS
from device.hal.base import Rendered


@dataclass(frozen=True, slots=True)
class EchoState:
    """How much of our own voice the microphone may hear now."""

    playing: bool = False
    """Something but silence was rendered in the last 0.3 s."""
    residual_dbfs: float = SILENCE_DBFS
    """Level of our own voice expected to be left in the output."""
    settled: bool = True
    """True once the way of the echo is known and most of it is taken away."""


@dataclass(frozen=True, slots=True)
class FrontendReport:
    """What the front end does, and how well."""

    engine: str
    """What cancels the echo: linear, webrtc, nlms, off."""
    parts: dict[str, str] = field(default_factory=dict)
    """Every part, and what does its work: a library's name, `own`, or `off`."""
    delay_ms: float | None = None
    """How late the echo comes after what the loudspeaker says; None while it is not known."""
    drift_ppm: float = 0.0
    """How much faster the playback clock runs than the capture clock."""
    erle_db: float = 0.0
    """How much weaker the echo has become, on average over the last seconds of it."""
    active: bool = False
    """False while nothing was played for a second and so nothing is cancelled."""


class Frontend(Protocol):
    """Takes our own voice, and what else is unwanted, out of what was captured."""

    def render(self, rendered: Rendered, rate: int) -> None:
        """The loudspeaker played these samples, at `rate` samples a second."""
        ...

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        """The next captured samples, 16 kHz mono, shape (n,), the last one from `captured_at`.

        Sample n of all output is sample n of all input. Less than 10 ms are held back, and what
        WebRTC's parts are late by: 8 ms for its echo canceller, 6 ms for its noise suppression.
        """
        ...

    def skip(self, samples: int) -> None:
        """So many samples were lost in capture; what was held back is lost with them."""
        ...

    def played(self, start_sample: int, stop_sample: int) -> Samples:
        """Our own voice as it came with the captured samples start..stop; zeros where it was not.

        At least the last 4 s are held. Shape (stop_sample - start_sample,).
        """
        ...

    @property
    def echo(self) -> EchoState:
        """How much of our own voice is left now."""
        ...

    @property
    def report(self) -> FrontendReport:
        """What is done."""
        ...


class Stage(Protocol):
    """Changes sound in blocks of 10 ms, full scale 1."""

    @property
    def late(self) -> int:
        """By how many samples what comes out is later than what went in."""
        ...

    def feed(self, block: Signal) -> Signal:
        """The next block of shape (160,)."""
        ...


class Canceller(Protocol):
    """Takes the echo of an aligned reference out of blocks of 10 ms, full scale 1."""

    @property
    def name(self) -> str:
        """As in the configuration."""
        ...

    @property
    def late(self) -> int:
        """By how many samples what comes out is later than what went in."""
        ...

    @property
    def residual_power(self) -> float:
        """Mean square of the echo expected to be left in the last block."""
        ...

    @property
    def drift(self) -> float:
        """How much faster the playback clock runs, parts of one; 0 where it is not found out."""
        ...

    def feed(self, far: Signal, microphone: Signal, learn: bool = True) -> Signal:
        """The next block of shape (160,) without its echo; `learn`: the reference is aligned."""
        ...

    def response(self) -> Signal | None:
        """Impulse response of the echo path as it was learned; None where it is not known."""
        ...

    def realign(self, far: Signal) -> None:
        """The reference so far was another: its newest 8,960 samples are these."""
        ...

    def hasten(self, samples: float) -> None:
        """The echo comes earlier than it was learned, by part of a sample."""
        ...

    def reset(self) -> None:
        """Forget the echo path: it is another one now."""
        ...
