"""All that an acoustic self-test measures in one take. Raises what opening engines raises."""

from collections.abc import Sequence
from dataclasses import dataclass

from device.care.acoustics.aligned import align
from device.care.acoustics.ears import Recall, erle_db, recalls
from device.care.acoustics.measure import Channel, measure, measure_channels, mixed
from device.care.acoustics.take import Take
from device.config import Config


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured."""

    channels: Sequence[Channel]
    """Of the microphone, one by one."""
    mono: Channel
    """What is heard of them."""
    lost: float
    """Share of the microphone's samples."""
    underruns: int
    """Times that the loudspeaker ran dry."""
    failures: int
    """Times that it failed and came back."""
    erle_db: float | None
    recalls: Sequence[Recall]
    """Empty: there is no recording of the wake word."""


def results(take: Take, underruns: int, config: Config, word: str | None) -> Results:
    """`underruns` of the loudspeaker; `word`: the wake word that was said. Raises EngineError."""
    aligned = align(take)
    mono = mixed(aligned, config.audio)
    heard = measure(aligned, mono)
    cancels = heard.heard and config.audio.echo != "off"
    return Results(
        measure_channels(aligned), heard, aligned.lost_samples / len(aligned.near), underruns,
        take.failures,
        erle_db(aligned, mono, config.audio) if cancels else None,
        recalls(aligned, mono, config.audio, config.wake, word) if heard.heard and word else (),
    )  # fmt: skip
