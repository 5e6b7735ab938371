from collections.abc import Callable, Sequence

from device.config import SttConfig
from device.executor import DeferredExecutor
from device.grammar import Grammar
from device.pipeline.base import SpeechToText
from device.pipeline.stt.chain import ChainStt


def open_stt(
    config: SttConfig,
    language: str,
    grammar: Callable[[], Grammar],
    names: Sequence[str] = (),
) -> ChainStt:
    """The engines that the configuration names, in its order.

    `grammar` is what can be said to the home, asked for only by the command recogniser; `names`
    are the home's names, for engines with open vocabulary. Loads weights, which takes a moment.
    Raises EngineMissing, ModelMissing or ModelInvalid.
    """
    engines = [_open(name, config, language, grammar, names) for name in config.engines]
    return ChainStt(engines, {"command": language}, config.partials)


def _open(
    engine: str,
    config: SttConfig,
    language: str,
    grammar: Callable[[], Grammar],
    names: Sequence[str],
) -> SpeechToText:
    executor = DeferredExecutor(f"stt-{engine}")
    if engine == "command":
        from device.pipeline.stt.command import open_command

        return open_command(executor, grammar, language, config.command_threshold)
    if engine == "openai-whisper":
        from device.pipeline.stt.openai_whisper import OpenAiWhisperStt

        return OpenAiWhisperStt(
            executor, config.whisper_model, names, threads=config.threads, beam=config.beam
        )
    from device.pipeline.stt.whisper import WhisperStt

    return WhisperStt(
        executor,
        config.whisper_model,
        names,
        compute_type=config.compute_type,
        threads=config.threads,
        beam=config.beam,
        short_context=config.short_context,
    )
