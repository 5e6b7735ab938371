import logging
from collections.abc import Callable, Sequence

from device.config import SttConfig
from device.executor import DeferredExecutor
from device.grammar import Grammar
from device.pipeline.base import SpeechToText
from device.pipeline.stt.acoustic import lacks_model
from device.pipeline.stt.chain import ChainStt
from device.pipeline.stt.no_recogniser import NoRecogniser

_LOGGER = logging.getLogger(__name__)


def open_stt(
    config: SttConfig,
    language: str,
    grammar: Callable[[], Grammar],
    names: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> ChainStt:
    """The engines that the configuration names, in its order.

    `grammar` is what can be said to the home, asked for only by the command recogniser; `names`
    are the home's names, for engines with open vocabulary. `languages` may be spoken besides. An
    engine that cannot know the language is left out; where none is left, speech is not understood.
    Loads weights, which takes a moment. Raises EngineMissing, ModelMissing or ModelInvalid.
    """
    spoken = (language, *languages) if languages else ()
    engines: list[SpeechToText] = []
    reason = ""
    for name in config.engines:
        if name == "command" and (reason := lacks_model(language)):
            _LOGGER.warning("%s", reason)
            continue
        engines.append(_open(name, config, language, grammar, names, spoken))
    return ChainStt(engines or [NoRecogniser(reason)], {"command": language}, config.partials)


def _open(
    engine: str,
    config: SttConfig,
    language: str,
    grammar: Callable[[], Grammar],
    names: Sequence[str],
    spoken: Sequence[str],
) -> SpeechToText:
    executor = DeferredExecutor(f"stt-{engine}")
    if engine == "command":
        from device.pipeline.stt.command import open_command

        return open_command(executor, grammar, language, config.command_threshold)
    if engine == "openai-whisper":
        from device.pipeline.stt.openai_whisper import OpenAiWhisperStt

        return OpenAiWhisperStt(
            executor, config.whisper_model, names, candidates=spoken, threads=config.threads,
            beam=config.beam,
        )  # fmt: skip
    from device.pipeline.stt.whisper import WhisperStt

    return WhisperStt(
        executor,
        config.whisper_model,
        names,
        candidates=spoken,
        compute_type=config.compute_type,
        threads=config.threads,
        beam=config.beam,
        short_context=config.short_context,
    )
