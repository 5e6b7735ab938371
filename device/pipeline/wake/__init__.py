"""Opens the wake engines that the configuration names."""

import logging
from collections.abc import Sequence
from typing import Final

from device.config import WakeConfig, WakeWordConfig
from device.errors import EngineError
from device.pipeline.wake.combined import AdjustableWakeEngine, CombinedEngine
from device.pipeline.wake.engines import open_engine
from device.pipeline.wake.openwakeword import BUILTIN

_LOGGER = logging.getLogger(__name__)
_DEFAULT: Final = "cascade"


def open_wake(config: WakeConfig) -> AdjustableWakeEngine:
    """Open the engines of all words; with `fallback`, what cannot start goes to the cascade.

    Raises EngineMissing, ModelMissing, ModelInvalid, AccessKeyMissing, AccessKeyRefused.
    """
    groups: dict[str, list[WakeWordConfig]] = {}
    for word in config.word:
        groups.setdefault(word.engine or config.engine, []).append(word)
    ours = groups.pop(_DEFAULT, [])
    engines: list[AdjustableWakeEngine] = []
    for engine, words in groups.items():
        try:
            engines.append(open_engine(config, engine, words))
        except EngineError as error:
            if not config.fallback:
                raise
            ours += _fallen_back(error, words, ours)
    if ours:
        engines.append(open_engine(config, _DEFAULT, ours))
    return engines[0] if len(engines) == 1 else CombinedEngine(engines)


def _fallen_back(
    error: EngineError, words: Sequence[WakeWordConfig], ours: Sequence[WakeWordConfig]
) -> list[WakeWordConfig]:
    """The same words where the cascade knows them, else hey_jarvis, so that the speaker wakes."""
    taken = {word.label for word in ours}
    known = [word for word in words if word.label in BUILTIN and word.label not in taken]
    if not known and not taken:
        known = [WakeWordConfig(name="hey_jarvis", language=words[0].language)]
    kept = [word.model_copy(update={"path": None, "engine": ""}) for word in known]
    _LOGGER.warning(
        "%s: %s. Starting on the %s instead, with %s",
        error.code,
        error,
        _DEFAULT,
        ", ".join(word.label for word in [*ours, *kept]),
    )
    return kept
