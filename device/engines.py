"""Opens the engines that the configuration names, with the names of the home."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from device import clock
from device.config import Config
from device.dialog.agent import LocalAgent
from device.dialog.grammar import home_grammar, stored_grammar
from device.dialog.language import known_languages
from device.dialog.speakable import speakable
from device.errors import ConfigError, EngineError
from device.folders import cache_folder
from device.home.home import Home
from device.pipeline.base import VadEngine
from device.pipeline.stt import open_stt
from device.pipeline.stt.chain import ChainStt
from device.pipeline.tts.voicebook import VoiceBook
from device.pipeline.tts.voices import list_voices
from device.pipeline.vad import open_vad
from device.pipeline.wake import open_wake
from device.pipeline.wake.combined import AdjustableWakeEngine

_LOGGER = logging.getLogger(__name__)
T = TypeVar("T")

FREQUENT: Final = ("nothing_heard", "unknown", "failed", "broker_unreachable")
"""Keys of phrases that are made before they are needed."""


@dataclass(frozen=True, slots=True)
class Engines:
    """Weights, loaded once and shared."""

    wake: AdjustableWakeEngine
    vad: VadEngine
    stt: ChainStt
    voices: VoiceBook

    async def prepare(self, agent: LocalAgent, language: str) -> None:
        """Warm them up and make the phrases that come often."""
        try:
            await self.stt.warm_up()
            await self.voices.main.warm_up()
            phrases = (speakable(agent.explain(key, language), language) for key in FREQUENT)
            await self.voices.main.render(phrases)
        except EngineError as error:
            _LOGGER.warning("not warmed up [%s]: %s", error.code, error)

    async def adopt(self, home: Home, language: str) -> None:
        """Listen for what can be said to the home now. Raises EngineError."""
        # Another process makes it, which gets the names: less than all that was made of them.
        grammar = partial(home_grammar, language, home.entities, cache_folder())
        await self.stt.adopt(language, grammar, _names(home))


async def open_engines(config: Config, agent: LocalAgent, home: Home) -> Engines:
    """All of them, beside each other. Raises ConfigError and EngineError."""
    return Engines(
        *await asyncio.gather(
            load(partial(open_wake, config.wake)),
            load(partial(open_vad, config.vad)),
            load(partial(open_recognisers, config, agent, home)),
            load(partial(_open_voices, config)),
        )
    )


def open_recognisers(config: Config, agent: LocalAgent, home: Home) -> ChainStt:
    """The engines of [stt]. Raises ConfigError when a wake word's language is served by none."""
    templates = agent.templates(config.device.language)
    grammar = partial(
        stored_grammar, templates.intents, templates.slot_lists, templates.language,
        cache_folder(),
    )  # fmt: skip
    stt = open_stt(config.stt, templates.language, grammar, _names(home))
    for word in config.wake.word:
        if not stt.serves(word.language):
            raise ConfigError(
                f"no engine of [stt] understands {word.language!r}, which the wake word "
                f'{word.label} is for; set [stt] engines = ["command", "whisper"]'
            )
    return stt


def languages_to_choose(config: Config, stt: ChainStt) -> tuple[str, ...]:
    """What the speaker can be switched to: understood, and with sentence templates."""
    served = (code for code in known_languages() if stt.serves(code))
    return tuple(sorted({config.device.language, *served}))


def voices_to_choose(config: Config) -> tuple[str, ...]:
    """Names of the voices that speak the language of the device."""
    primary = config.device.language.split("-")[0]
    try:
        return tuple(voice.name for voice in list_voices(config.tts.engine, primary))
    except EngineError:
        return ()


async def load(open_engine: Callable[[], T]) -> T:
    """Load weights beside other weights; in virtual time one after the other."""
    return clock.work(open_engine) if clock.is_virtual() else await asyncio.to_thread(open_engine)


def _open_voices(config: Config) -> VoiceBook:
    voices = VoiceBook(config.tts, config.device.language)
    for word in config.wake.word:
        voices.load(word.language, word.voice)
    return voices


def _names(home: Home) -> list[str]:
    """What open vocabularies are told to expect."""
    return [entity.name for entity in home.entities]
