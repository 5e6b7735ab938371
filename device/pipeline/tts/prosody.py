"""How a voice speaks, on one scale for every engine."""

import logging
from dataclasses import dataclass

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prosody:
    """Rate, volume and pitch; the default is the voice as it was made."""

    rate: float = 1.0
    """Speed, 0.25 to 4; 2 is twice as fast."""
    volume: float = 1.0
    """Amplitude, 0 to 2."""
    pitch: float = 0.0
    """Lowest (-1) to highest (1) the engine can."""

    def __post_init__(self) -> None:
        if not (0.25 <= self.rate <= 4 and 0 <= self.volume <= 2 and -1 <= self.pitch <= 1):
            raise ValueError(f"outside rate 0.25 to 4, volume 0 to 2, pitch -1 to 1: {self}")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an engine can do of it."""

    rate: tuple[float, float] = (1.0, 1.0)
    """Slowest and fastest."""
    volume: tuple[float, float] = (1.0, 1.0)
    """Softest and loudest."""
    pitch: bool = False

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it cannot do at all."""
        able = {
            "rate": self.rate[0] < self.rate[1], "volume": self.volume[0] < self.volume[1],
            "pitch": self.pitch,
        }  # fmt: skip
        return tuple(name for name, can in able.items() if not can)


def possible(asked: Prosody, able: Abilities, engine: str) -> Prosody:
    """What an engine comes nearest to; what it cannot do is logged."""
    rate = min(max(asked.rate, able.rate[0]), able.rate[1])
    volume = min(max(asked.volume, able.volume[0]), able.volume[1])
    found = Prosody(rate, volume, asked.pitch if able.pitch else 0.0)
    if found != asked:
        _LOGGER.warning("%s cannot speak as %s asks; it speaks as %s", engine, asked, found)
    return found
