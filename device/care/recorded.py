"""A recording goes through the speaker that a configuration describes: what of it is tried. Pure.

It needs no microphone, loudspeaker, broker, home or network, and tells whether this release hears
and understands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from device import events as e
from device.care.recordings import COMMAND, COMMAND_LANGUAGE, INTENT, WORDS
from device.config import (
    CLOUD_STT_ENGINES,
    AudioConfig,
    Config,
    DialogConfig,
    EntityConfig,
    HomeConfig,
    HooksConfig,
    LlmConfig,
    MqttConfig,
    PrivacyConfig,
    SttConfig,
    TtsConfig,
    WakeConfig,
)
from device.errors import EngineError
from device.health import Code, Finding
from device.types import Domain

_LAMP: Final = EntityConfig(
    name="kitchen light", domain=Domain.LIGHT, area="Kitchen", preset="zigbee2mqtt"
)
_LOCAL_VOICES: Final = ("espeak", "piper")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What can be tried of a configuration."""

    config: Config
    """Its own engines, and nothing of it that leaves or that only this home has."""
    word: str | None
    """The wake word that is played; None: there is no recording of any of its words."""
    understood: bool
    """Whether the command is in the language of the speaker."""


def recorded_word(config: Config) -> str | None:
    """The first wake word that there is a recording of; None: there is none of any."""
    recorded = (word for word in config.wake.word if word.label in WORDS and word.path is None)
    return next((word.label for word in recorded), None)


def rehearsal(config: Config) -> Rehearsal:
    """How a configuration is tried."""
    ours = config.model_copy(
        update={
            "audio": _without_array(config.audio),
            "wake": _unassigned(config.wake),
            "stt": _at_home(config.stt),
            "tts": config.tts if config.tts.engine in _LOCAL_VOICES else TtsConfig(),
            "home": HomeConfig(entity=(_LAMP,)),
            "mqtt": MqttConfig(enabled=False),
            "dialog": DialogConfig(),
            "llm": LlmConfig(),
            "hooks": HooksConfig(),
            "privacy": PrivacyConfig(),
        }
    )
    understood = config.device.language.split("-")[0] == COMMAND_LANGUAGE
    return Rehearsal(ours, recorded_word(config), understood)


def judged(tried: Rehearsal, told: Iterable[e.Event]) -> tuple[Finding, ...]:
    """What the speaker made of it."""
    told = tuple(told)
    return (_wake(tried, told), _command(tried, told), _reply(told))


def _wake(tried: Rehearsal, told: tuple[e.Event, ...]) -> Finding:
    if tried.word is None:
        names = ", ".join(WORDS)
        message = f"not tried: recordings are there of {names} only; the rest began by button"
        return Finding("wake", True, message, Code.NO_RECORDING)
    heard = [event for event in told if isinstance(event, e.WakeWordDetected)]
    if not heard:
        message = f"{tried.word} was played and not heard; raise [wake] sensitivity, or reinstall"
        return Finding("wake", False, message, Code.WAKE_MISSED)
    return Finding("wake", True, f"heard {heard[0].word}, score {heard[0].score:.2f}")


def _command(tried: Rehearsal, told: tuple[e.Event, ...]) -> Finding:
    failed = next((event for event in told if isinstance(event, e.StageFailed)), None)
    if failed is not None and failed.stage in ("vad", "stt", "agent"):
        return Finding("command", False, failed.message, failed.code)
    transcript = next((event for event in told if isinstance(event, e.FinalTranscript)), None)
    if transcript is None:
        message = "nothing reached the recogniser; see what happens: parlor listen WAV"
        return Finding("command", False, message, Code.NOT_UNDERSTOOD)
    if not tried.understood:
        message = f"{transcript.engine} answers; no recording is there in the speaker's language"
        return Finding("command", True, message, Code.NO_RECORDING)
    wanted = [event.name for event in told if isinstance(event, e.IntentRecognized)]
    if wanted != [INTENT]:
        message = (
            f"{transcript.engine} understood something else than {COMMAND!r}; "
            "check [stt], and its models with: parlor models verify"
        )
        return Finding("command", False, message, Code.NOT_UNDERSTOOD)
    return Finding("command", True, f"{transcript.engine} understood {COMMAND!r}")


def _reply(told: tuple[e.Event, ...]) -> Finding:
    heard = sum(event.heard_seconds for event in told if isinstance(event, e.PlaybackFinished))
    if heard > 0:
        return Finding("reply", True, f"{heard:.1f} s were spoken")
    failed = [event for event in told if isinstance(event, e.StageFailed) and event.stage == "tts"]
    message = failed[0].message if failed else "nothing was spoken; try: parlor say hello"
    return Finding("reply", False, message, failed[0].code if failed else EngineError.code)


def _without_array(audio: AudioConfig) -> AudioConfig:
    """A recording has one channel, and is not to be heard while nobody knows what was played."""
    return audio.model_copy(update={"channels": 1, "channel": 0, "loopback": None})


def _unassigned(wake: WakeConfig) -> WakeConfig:
    """The same words; whoever is called by one may be elsewhere, or speak another language."""
    words = tuple(word.model_copy(update={"agent": "", "language": ""}) for word in wake.word)
    return wake.model_copy(update={"word": words, "keep_clips": 0})


def _at_home(stt: SttConfig) -> SttConfig:
    engines = tuple(engine for engine in stt.engines if engine not in CLOUD_STT_ENGINES)
    return stt.model_copy(update={"engines": engines or ("command",), "languages": {}})
