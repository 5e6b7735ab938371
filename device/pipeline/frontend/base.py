"""What stands between the microphone and the timeline: it takes our own voice out."""

from dataclasses import dataclass
from typing import Protocol

from device.audio.format import Samples
from device.hal.base import Rendered


@dataclass(frozen=True, slots=True)
class EchoState:
    """What is left of our own voice in what is heard."""

    playing: bool = False
    """Something but silence was rendered in the last 0.3 s."""
    residual_dbfs: float = -120.0
    """Level of our own voice that is to be expected in the output, dB of full scale."""
    settled: bool = True
    """The echo path is known."""


class Frontend(Protocol):
    """Cleans captured audio, 16 kHz mono."""

    @property
    def echo(self) -> EchoState:
        """What is left of our own voice now."""
        ...

    def render(self, rendered: Rendered, rate: int) -> None:
        """Take what the loudspeaker plays, at its own rate."""
        ...

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        """The next captured samples, cleaned, shape (n,); sample n of all output is n of all input.

        `captured_at`: loop time of the last one. Up to 10 ms are held back.
        """
        ...

    def skip(self, samples: int) -> None:
        """So many samples were not captured."""
        ...

    def played(self, start_sample: int, stop_sample: int) -> Samples:
        """What our loudspeaker played while start..stop were captured; zeros where nothing did."""
        ...
