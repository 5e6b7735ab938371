"""Opens the engines that the configuration names, with the names of the home."""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

from device import clock
from device.config import CLOUD_STT_ENGINES, Config
from device.dialog.agent import LocalAgent
from device.dialog.grammar import home_grammar, stored_grammar
from device.dialog.language import known_languages, resolve_language
from device.errors import ConfigError, DeviceError, EngineError
from device.executor import load
from device.folders import cache_folder
from device.home.home import Home
from device.late import Later, LateStt, LateVoices
from device.outside import Outside
from device.pipeline.base import Unusable, VadEngine
from device.pipeline.stt import open_stt
from device.pipeline.stt.chain import ChainStt
from device.pipeline.tts.cloud import CloudSpeech
from device.pipeline.tts.voicebook import VoiceBook
from device.pipeline.tts.voices import list_voices
from device.pipeline.vad import open_vad
from device.pipeline.wake import open_wake
from device.pipeline.wake.combined import AdjustableWakeEngine

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engines:
    """Weights, loaded once and shared."""

    wake: AdjustableWakeEngine
    vad: VadEngine
    stt: LateStt
    voices: LateVoices
    cloud: CloudSpeech
    """The way to voices of services."""
    outside: Outside | None
    """Through which those send that let others understand or speak."""
    troubles: list[tuple[str, EngineError]] = field(default_factory=list)
    """Parts that do without an engine that could not be opened, and why; once all are loaded."""

    async def loaded(self) -> None:
        """Wait until all are there. Raises ConfigError and EngineError."""
        await asyncio.gather(self.stt.loaded(), self.voices.book())

    async def discard(self) -> None:
        """The speaker ends; what is not loaded yet is not needed any more."""
        await asyncio.gather(self.stt.discard(), self.voices.discard(), self.cloud.close())

    async def warm_up(self) -> None:
        """Compute once unheard: what was not used for long is not in memory. Never raises."""
        book = await self.voices.book()
        done = asyncio.gather(self.stt.warm_up(), book.main.warm_up(), return_exceptions=True)
        for error in await done:
            if isinstance(error, EngineError):
                _LOGGER.warning("not warmed up [%s]: %s", error.code, error)
            elif error is not None:
                raise error

    async def adopt(self, home: Home, agent: LocalAgent, language: str) -> None:
        """Listen for what can be said to the home now. Raises EngineError."""
        # Another process makes it, which gets the names: less than all that was made of them.
        grammar = partial(home_grammar, language, home.entities, cache_folder(), agent.contacts)
        await self.stt.adopt(language, grammar, _names(home, agent))


async def open_engines(
    config: Config, agent: LocalAgent, home: Home, outside: Outside | None = None, *,
    lenient: bool = False,
) -> Engines:  # fmt: skip
    """What hears wake words; what understands and speaks is loaded when it is first asked for.

    `outside` is told what leaves. Raises ConfigError and EngineError; for what is loaded later
    `loaded` raises them, unless it is `lenient`: then simpler engines are the `troubles`' answer.
    """
    _check_languages(config)
    wake, vad = await asyncio.gather(
        load(partial(open_wake, config.wake)), load(partial(open_vad, config.vad))
    )
    cloud, names = CloudSpeech(config.cloud, outside), config.stt.every_engine
    troubles: list[tuple[str, EngineError]] = []
    unusable = partial(_note, troubles) if lenient else None
    stt = Later(load(partial(open_recognisers, config, agent, home, outside, unusable)))
    book = Later(load(partial(open_voices, config, cloud, unusable)))
    late_stt = LateStt(stt, "+".join(names), sends=not set(names).isdisjoint(CLOUD_STT_ENGINES))
    engines = Engines(wake, vad, late_stt, LateVoices(book), cloud, outside, troubles)
    if clock.is_virtual():
        # Time stands still while they load: nothing would be heard meanwhile.
        try:
            await engines.loaded()
        except DeviceError:
            await engines.discard()
            raise
    return engines


def _note(troubles: list[tuple[str, EngineError]], part: str, error: EngineError) -> None:
    _LOGGER.warning("the %s does without an engine [%s]: %s", part, error.code, error)
    troubles.append((part, error))


def open_recognisers(
    config: Config, agent: LocalAgent, home: Home, outside: Outside | None = None,
    unusable: Unusable | None = None,
) -> ChainStt:  # fmt: skip
    """The engines of [stt]; `outside` None: what they send is shown to nobody."""
    templates = agent.templates(config.device.language)
    grammar = partial(
        stored_grammar, templates.intents, templates.slot_lists, templates.language,
        cache_folder(),
    )  # fmt: skip
    return open_stt(
        config.stt, templates.language, grammar, _names(home, agent), config.device.languages,
        config.cloud, outside, unusable,
    )  # fmt: skip


def languages_to_choose(config: Config) -> tuple[str, ...]:
    """What the speaker can be switched to: understood, and with sentence templates."""
    served = (code for code in known_languages() if _serves(config, code))
    return tuple(sorted({config.device.language, *served}))


def spoken_languages(config: Config) -> tuple[str, ...]:
    """Codes of the speaker's own language, of others spoken here, and of wake words."""
    words = (word.language for word in config.wake.word if word.language)
    return tuple(dict.fromkeys((config.device.language, *config.device.languages, *words)))


def voices_to_choose(config: Config) -> tuple[str, ...]:
    """Names of the voices that speak the language of the device."""
    primary = config.device.language.split("-")[0]
    try:
        return tuple(voice.name for voice in list_voices(config.tts.engine, primary))
    except EngineError:
        return ()


def _serves(config: Config, language: str) -> bool:
    """Whether any engine of [stt] understands a language; the command recogniser knows only one."""
    ours, spoken = (code.split("-")[0] for code in (config.device.language, language))
    engines = config.stt.languages.get(spoken, config.stt.engines)
    return spoken in ("", ours) or any(engine != "command" for engine in engines)


def _check_languages(config: Config) -> None:
    for language in config.device.languages:
        resolve_language(language)
        if not _serves(config, language):
            _LOGGER.warning(
                "no engine of [stt] understands %r of [device] languages: it can only be typed",
                language,
            )
    for word in config.wake.word:
        if not _serves(config, word.language):
            raise ConfigError(
                f"no engine of [stt] understands {word.language!r}, which the wake word "
                f'{word.label} is for; set [stt] engines = ["command", "whisper"]'
            )


def open_voices(
    config: Config, cloud: CloudSpeech | None = None, unusable: Unusable | None = None
) -> VoiceBook:
    """The voices of [tts] and of the wake words.

    Raises ConfigError, and EngineError when nobody is told of what is unusable.
    """
    cloud = cloud or CloudSpeech(config.cloud)
    voices = VoiceBook(config.tts, config.device.language, cloud, unusable)
    for word in config.wake.word:
        try:
            voices.load(word.language, word.voice)
        except EngineError as error:
            if unusable is None:
                raise
            unusable("voice", error)
    return voices


def _names(home: Home, agent: LocalAgent) -> list[str]:
    """What open vocabularies are told to expect."""
    return [*(entity.name for entity in home.entities), *(agent.contacts or ())]
