"""Opens the voice activity detector that the configuration names."""

from dataclasses import replace

from device.audio.format import SAMPLES_PER_MS
from device.config import VadConfig
from device.pipeline.base import VadEngine
from device.pipeline.vad.endpoint import EndpointSettings
from device.pipeline.vad.endpointing import Endpointing
from device.pipeline.vad.segments import NEVER_MS
from device.pipeline.vad.silence import SilenceRule, dynamic, fixed
from device.pipeline.vad.silero import SileroVad
from device.pipeline.vad.webrtc import WebrtcVad


def open_vad(config: VadConfig) -> VadEngine:
    """The engine of [vad]. Raises EngineMissing."""
    if config.engine == "webrtc":
        return WebrtcVad(config.aggressiveness, config.chunk_ms)
    return SileroVad()


def open_endpointing(
    config: VadConfig, begin_sample: int = 0, patience_seconds: float = 0.0
) -> Endpointing:
    """The endpointing machine of one turn, whose audio begins at `begin_sample`.

    It waits `patience_seconds` for speech; 0: as long as [vad] says.
    """
    settings = endpoint_settings(config)
    if patience_seconds:
        settings = replace(settings, no_speech_ms=round(patience_seconds * 1000))
    return Endpointing(settings, silence_rule(config), begin_sample)


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
    if config.strategy == "dynamic":
        return dynamic(config.min_silence_ms * SAMPLES_PER_MS, config.silence_ms * SAMPLES_PER_MS)
    return fixed(config.silence_ms * SAMPLES_PER_MS)
