"""What a Wyoming `info` says of the speaker and of its engines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from device import __version__
from device.audio.format import RATE
from device.config import Config
from device.gateway.wyoming.frames import Frame

_AUTHOR: Final = {"name": "Parlor", "url": ""}
_LOUDSPEAKER_RATE: Final = 22_050
"""Any is taken; Home Assistant sends this one."""


@dataclass(frozen=True, slots=True)
class About:
    """Who the speaker is."""

    name: str
    """That people read."""
    area: str
    """Room it stands in; empty: unknown."""
    words: tuple[str, ...]
    """Wake words that it listens for."""
    languages: tuple[str, ...]
    """Codes that are spoken here, its own first."""


def about(config: Config) -> About:
    """Who the speaker is by its configuration."""
    device = config.device
    words = tuple(word.label for word in config.wake.word)
    return About(device.name, device.area, words, (device.language, *device.languages))


@dataclass(frozen=True, slots=True)
class SpokenBy:
    """A voice that others may use."""

    name: str
    language: str


def satellite_info(about: About) -> Frame:
    """The speaker as a satellite: it listens for its wake words and to the end of sentences."""
    satellite = {
        **_artifact(about.name), "area": about.area or None, "has_vad": True,
        "active_wake_words": list(about.words), "max_active_wake_words": len(about.words),
        "supports_trigger": True,
    }  # fmt: skip
    ears = {**_artifact("parlor"), "mic_format": _sound(RATE)}
    mouth = {**_artifact("parlor"), "snd_format": _sound(_LOUDSPEAKER_RATE)}
    told = {"satellite": satellite, "wake": [_wake(about)], "mic": [ears], "snd": [mouth]}
    return Frame("info", {**_nothing(), **told})


def services_info(about: About, recogniser: str, voices: Sequence[SpokenBy]) -> Frame:
    """The engines: `recogniser` is the name of what understands speech."""
    model = {**_artifact(recogniser), "languages": list(about.languages)}
    asr = {**_artifact("parlor"), "models": [model]}
    spoken = [{**_artifact(voice.name), "languages": [voice.language]} for voice in voices]
    tts = {**_artifact("parlor"), "voices": spoken}
    streams = {"supports_synthesize_streaming": True}
    return Frame(
        "info", {**_nothing(), "asr": [asr], "tts": [tts | streams], "wake": [_wake(about)]}
    )


def _nothing() -> dict[str, Any]:
    return {kind: [] for kind in ("asr", "tts", "handle", "intent", "wake", "mic", "snd")}


def _wake(about: About) -> dict[str, Any]:
    models = [
        {
            **_artifact(word), "phrase": word.replace("_", " "),
            "languages": list(about.languages[:1]),
        }
        for word in about.words
    ]  # fmt: skip
    return {**_artifact("parlor"), "models": models}


def _artifact(name: str) -> dict[str, Any]:
    return {
        "name": name, "attribution": _AUTHOR, "installed": True, "description": name,
        "version": __version__,
    }  # fmt: skip


def _sound(rate: int) -> dict[str, int]:
    return {"rate": rate, "width": 2, "channels": 1}
