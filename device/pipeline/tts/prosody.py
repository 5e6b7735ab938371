"""How a voice speaks, on one scale for every engine."""

from dataclasses import dataclass


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
