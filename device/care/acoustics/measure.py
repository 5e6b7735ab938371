"""What a take tells of loudspeaker, room and microphone. Pure."""

from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs, to_signal
from device.care.acoustics.aligned import Aligned, Stretch
from device.care.acoustics.echo import Echo, find_echo
from device.care.acoustics.plan import Kind
from device.config import AudioConfig
from device.pipeline.array import Array
from device.pipeline.plausibility import Fault, fault_of

_BLOCK: Final = RATE // 10
_RAIL: Final = 32_700
_FULL_SCALE: Final = 32_768.0


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of the microphone, or all of them as they are heard."""

    fault: Fault | None
    """Why what it gave cannot be sound, whether something was played or not."""
    noise_dbfs: float
    """While nothing was played; knocks and words do not count."""
    offset: float
    """Of its middle, share of full scale."""
    clipped: float
    """Share of samples at the rail in the sound that suffered most."""
    echoes: tuple[Echo | None, ...]
    """Of every sweep."""

    @property
    def found(self) -> tuple[Echo, ...]:
        """Sweeps that were heard."""
        return tuple(echo for echo in self.echoes if echo is not None)

    @property
    def heard(self) -> bool:
        """Whether most of the sweeps were."""
        return 2 * len(self.found) > len(self.echoes)

    @property
    def level_dbfs(self) -> float:
        """How loud sweeps are that are heard."""
        return median(echo.level_dbfs for echo in self.found)

    @property
    def snr_db(self) -> float:
        """How far they stand out of the noise."""
        return self.level_dbfs - self.noise_dbfs

    @property
    def loss_db(self) -> float:
        """How much softer they come back than they were played."""
        return median(echo.loss_db for echo in self.found)

    @property
    def delay_ms(self) -> float:
        """How late they come."""
        return 1_000 * median(echo.delay_seconds for echo in self.found)

    @property
    def spread_ms(self) -> float:
        """How much later the latest of them comes than the earliest."""
        delays = [echo.delay_seconds for echo in self.found]
        return 1_000 * (max(delays) - min(delays))

    @property
    def directness(self) -> float:
        """Share of their energy that comes at once."""
        return median(echo.directness for echo in self.found)


def measure_channels(aligned: Aligned) -> tuple[Channel, ...]:
    """Every channel by itself."""
    return tuple(measure(aligned, channel) for channel in aligned.near.T)


def measure(aligned: Aligned, near: Samples) -> Channel:
    """One channel, shape (n,)."""
    quiet = near[slice(*aligned.quiet)]
    sweeps = [one for one in aligned.stretches if one.item.kind is Kind.SWEEP]
    played = [near[one.start : one.stop] for one in aligned.stretches]
    # A gate gives silence between sounds, and what is too loud for it has no fault.
    fault = fault_of(quiet) if fault_of(near) else None
    return Channel(
        fault, _noise(quiet), float(np.mean(quiet)) / _FULL_SCALE,
        max(float(np.mean(np.abs(one.astype(np.int32)) >= _RAIL)) for one in played),
        tuple(_echo(aligned, near, one) for one in sweeps),
    )  # fmt: skip


def mixed(aligned: Aligned, config: AudioConfig) -> Samples:
    """What is heard of all channels, shape (n,). Raises FormatUnsupported."""
    array = Array(config, AudioFormat(RATE, 2, aligned.near.shape[1]))
    near = aligned.near
    return np.concatenate(
        [array.feed(near[at : at + _BLOCK]) for at in range(0, len(near), _BLOCK)]
    )


def _echo(aligned: Aligned, near: Samples, stretch: Stretch) -> Echo | None:
    heard = to_signal(near[stretch.start : stretch.stop])
    return find_echo(heard - heard.mean(), aligned.far[stretch.start : stretch.stop])


def _noise(quiet: Samples) -> float:
    blocks = quiet[: len(quiet) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    return median(dbfs(block - np.int16(np.mean(block))) for block in blocks)
