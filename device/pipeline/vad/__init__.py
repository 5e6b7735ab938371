"""Opens the voice activity detector that the configuration names."""

from collections import deque
from dataclasses import replace
from typing import Final

from device.audio.format import SAMPLES_PER_MS
from device.config import VadConfig
from device.pipeline.base import VadEngine
from device.pipeline.vad.endpoint import EndpointSettings
from device.pipeline.vad.endpointing import Endpointing
from device.pipeline.vad.segments import NEVER_MS
from device.pipeline.vad.silence import (
    Limits,
    SilenceRule,
    combined,
    dynamic,
    fixed,
    semantic,
)
from device.pipeline.vad.silero import SileroVad
from device.pipeline.vad.webrtc import WebrtcVad

_RULES: Final = {"dynamic": dynamic, "semantic": semantic, "combined": combined}
_REMEMBERED_PAUSES: Final = 6
"""Of the last turns: enough to know a person, few enough to get used to the next one."""


def open_vad(config: VadConfig) -> VadEngine:
    """The engine of [vad]. Raises EngineMissing."""
    if config.engine == "webrtc":
        return WebrtcVad(config.aggressiveness, config.chunk_ms)
    return SileroVad()


def open_endpointing(
    config: VadConfig,
    begin_sample: int = 0,
    patience_seconds: float = 0.0,
    usual_pauses: tuple[int, ...] = (),
) -> Endpointing:
    """The endpointing machine of one turn, whose audio begins at `begin_sample`.

    It waits `patience_seconds` for speech; 0: as long as [vad] says. `usual_pauses` are those of
    the last turns.
    """
    settings = endpoint_settings(config)
    if patience_seconds:
        settings = replace(settings, no_speech_ms=round(patience_seconds * 1000))
    return Endpointing(settings, silence_rule(config), begin_sample, usual_pauses)


class TurnTaking:
    """Opens one endpointing machine after the other, and remembers how people pause."""

    def __init__(self, config: VadConfig) -> None:
        self._usual = self._config = config
        self._pauses: deque[int] = deque(maxlen=_REMEMBERED_PAUSES)
        self._last: Endpointing | None = None

    def wait(self, silence_ms: int | None) -> None:
        """From the next turn on, so much silence ends one; None: as [vad] says."""
        fixed = {"strategy": "fixed", "silence_ms": silence_ms}
        self._config = self._usual.model_copy(update=fixed if silence_ms else {})

    def open(self, begin_sample: int = 0, patience_seconds: float = 0.0) -> Endpointing:
        """The machine of the next turn, as `open_endpointing` makes it."""
        if self._last is not None:
            self._pauses.extend(self._last.pauses)
        pauses = tuple(self._pauses)
        self._last = open_endpointing(self._config, begin_sample, patience_seconds, pauses)
        return self._last


def endpoint_settings(config: VadConfig) -> EndpointSettings:
    """The machine's settings as [vad] has them."""
    return EndpointSettings(
        threshold=config.threshold if config.engine == "silero" else 0.5,
        start_share=config.start_share,
        min_speech_ms=config.min_speech_ms,
        padding_ms=config.padding_ms,
        no_speech_ms=config.no_speech_ms,
        max_ms=round(config.max_seconds * 1000),
    )


def recording_settings(config: VadConfig) -> EndpointSettings:
    """The same for a whole recording, in which nobody has to hurry."""
    return replace(endpoint_settings(config), no_speech_ms=NEVER_MS, max_ms=NEVER_MS)


def silence_rule(config: VadConfig) -> SilenceRule:
    """How much silence ends a turn."""
    usual = config.silence_ms * SAMPLES_PER_MS
    if config.strategy == "fixed":
        return fixed(usual)
    low, high = (ms * SAMPLES_PER_MS for ms in (config.min_silence_ms, config.max_silence_ms))
    return _RULES[config.strategy](Limits(min(low, usual), usual, max(high, usual)))
