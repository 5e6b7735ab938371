"""What this speaker can do without, and how it does: other engines in place of the usual ones.

partials  nothing is transcribed while somebody still speaks
beam      Whisper decodes greedily and encodes only what was said
model     the largest smaller Whisper that is installed
voice     espeak-ng speaks instead of Piper
"""

from functools import partial
from typing import Final

from device.config import Config, SttConfig, TtsConfig
from device.dialog.agent import LocalAgent
from device.engines import Engines, open_recognisers, open_voices
from device.errors import ModelInvalid, ModelMissing
from device.executor import load
from device.home.home import Home
from device.pipeline.stt.models import find_model
from device.pipeline.stt.whisper import PREFIXES

_SIZES: Final = ("tiny", "base", "small", "medium", "large-v3")
"""The smallest first."""


class Sparing:
    """Exchanges engines while nobody speaks."""

    def __init__(self, config: Config, engines: Engines, agent: LocalAgent, home: Home) -> None:
        self._config = self._current = config
        self._engines = engines
        self._agent = agent
        self._home = home
        self._smaller = _smaller_model(config.stt)

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of what can be given up, what is missed least first."""
        stt = self._config.stt
        greedy = stt.beam == 1 and stt.short_context
        able = {
            "partials": stt.partials == "on",
            "beam": "whisper" in stt.engines and not greedy,
            "model": bool(self._smaller),
            "voice": self._config.tts.engine == "piper",
        }
        return tuple(name for name, can in able.items() if can)

    async def spare(self, given_up: tuple[str, ...]) -> None:
        """Do without these, and with all else. Raises EngineError, and then all is as it was."""
        wanted = self._without(given_up)
        if wanted.stt != self._current.stt:
            opening = partial(
                open_recognisers, wanted, self._agent, self._home, self._engines.outside
            )
            await self._engines.stt.exchange(load(opening))
            self._current = self._current.model_copy(update={"stt": wanted.stt})
        if wanted.tts != self._current.tts:
            await self._engines.voices.exchange(
                load(partial(open_voices, wanted, self._engines.cloud))
            )
            self._current = wanted

    def _without(self, given_up: tuple[str, ...]) -> Config:
        stt: dict[str, object] = {}
        if "partials" in given_up:
            stt["partials"] = "off"
        if "beam" in given_up:
            stt |= {"beam": 1, "short_context": True}
        if "model" in given_up:
            stt |= {"whisper_model": self._smaller}
        tts = {"engine": "espeak", "voice": ""} if "voice" in given_up else {}
        return self._config.model_copy(
            update={
                "stt": self._config.stt.model_copy(update=stt),
                "tts": TtsConfig(**{**self._config.tts.model_dump(), **tts}),
            }
        )


def _smaller_model(config: SttConfig) -> str:
    """The next smaller Whisper that is installed; empty: none, or Whisper is not in use."""
    size, _, language = config.whisper_model.partition(".")
    if "whisper" not in config.engines or size not in _SIZES:
        return ""
    for smaller in reversed(_SIZES[: _SIZES.index(size)]):
        name = f"{smaller}.{language}" if language else smaller
        try:
            find_model(name, PREFIXES)
        except (ModelMissing, ModelInvalid):
            continue
        return name
    return ""
