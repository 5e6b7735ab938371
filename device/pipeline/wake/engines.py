"""One wake engine by name, with the words that are meant for it."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from device.audio.format import RATE
from device.config import WakeConfig, WakeWordConfig
from device.pipeline.wake import microwakeword
from device.pipeline.wake.cascade import CascadeEngine
from device.pipeline.wake.combined import AdjustableWakeEngine
from device.pipeline.wake.firststage import FirstStage, MicroStage, SpeechStage
from device.pipeline.wake.microwakeword import MicroWakeWordEngine
from device.pipeline.wake.openwakeword import DEFAULT_THRESHOLD, OpenWakeWordEngine
from device.pipeline.wake.oww_package import OpenWakeWordOnnxEngine
from device.pipeline.wake.porcupine import PorcupineEngine
from device.pipeline.wake.threshold import Thresholds

MICRO_GATE: Final = 0.05
"""Mean microWakeWord score from which the verifier listens; far under any threshold on purpose."""
ONSET_DB: Final = 6.0
"""A voice so far above most of the last seconds may begin with a wake word."""
SPEECH_DB: Final = 4.0
"""A voice so far above the quiet moments of the last seconds is someone speaking."""


def open_engine(
    config: WakeConfig, engine: str, words: Sequence[WakeWordConfig]
) -> AdjustableWakeEngine:
    """Open the engine `engine`. Raises EngineError and its children."""
    paths = {word.label: word.path for word in words}
    refractory = round(config.refractory_seconds * RATE)
    if engine == "porcupine":
        thresholds = _thresholds(config, words, {})
        return PorcupineEngine(paths, config.access_key_file, thresholds, refractory)
    if engine == "microwakeword":
        own = {word: microwakeword.default_threshold(word, path) for word, path in paths.items()}
        return MicroWakeWordEngine(paths, _thresholds(config, words, own), refractory)
    thresholds = _thresholds(config, words, {})
    if engine == "openwakeword-onnx":
        return OpenWakeWordOnnxEngine(paths, thresholds, refractory)
    verifier = OpenWakeWordEngine(paths, thresholds, refractory)
    if engine == "openwakeword":
        return verifier
    return CascadeEngine(verifier.scorer, partial(first_stages, paths), thresholds, refractory)


def first_stages(paths: Mapping[str, Path | None]) -> list[FirstStage]:
    """microWakeWord for the words it knows; other words need an ear on all speech."""
    micro = {
        word: None for word, at in paths.items() if at is None and word in microwakeword.BUILTIN
    }
    if len(micro) < len(paths):
        return [SpeechStage(SPEECH_DB, quantile=0.2)]
    return [MicroStage(micro, MICRO_GATE), SpeechStage(ONSET_DB, quantile=0.6)]


def _thresholds(
    config: WakeConfig, words: Sequence[WakeWordConfig], own: Mapping[str, float]
) -> Thresholds:
    """The word's threshold, else that of [wake], else what the model's author advises."""
    general = config.threshold
    chosen: dict[str, float] = {}
    for word in words:
        advised = own.get(word.label, DEFAULT_THRESHOLD)
        turned = None if word.sensitivity is None else 1.0 - word.sensitivity
        wanted = (word.threshold, turned, general, advised)
        chosen[word.label] = next(value for value in wanted if value is not None)
    return Thresholds(chosen)
