import logging
from collections.abc import Callable, Sequence

from device.config import CLOUD_STT_ENGINES, CloudConfig, SttConfig
from device.executor import DeferredExecutor
from device.grammar import Grammar
from device.outside import Outside
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
    cloud: CloudConfig | None = None,
    outside: Outside | None = None,
) -> ChainStt:
    """The engines that the configuration names, in its order.

    `grammar` is what can be said to the home, asked for only by the command recogniser; `names`
    are the home's names, for engines with open vocabulary on the device. `languages` may be spoken
    besides. An engine that cannot know the language is left out; where none is left, speech is not
    understood. What leaves goes through `outside`; None: it is shown to nobody. Loads weights,
    which takes a moment. Raises EngineMissing, ModelMissing, ModelInvalid, and ConfigError for an
    account in `cloud`.
    """
    spoken = (language, *languages) if languages else ()
    engines: dict[str, SpeechToText] = {}
    reason = ""
    for name in config.every_engine:
        if name == "command" and (reason := lacks_model(language)):
            _LOGGER.warning("%s", reason)
        elif name in CLOUD_STT_ENGINES:
            engines[name] = _open_elsewhere(name, config, cloud, language, outside)
        else:
            engines[name] = _open(name, config, language, grammar, names, spoken)

    def known(names: Sequence[str]) -> list[SpeechToText]:
        return [engines[name] for name in names if name in engines] or [NoRecogniser(reason)]

    own = {code: known(each) for code, each in config.languages.items()}
    return ChainStt(
        known(config.engines), {"command": language}, config.partials, own,
        several=bool(languages),
    )  # fmt: skip


def _open_elsewhere(
    engine: str, config: SttConfig, cloud: CloudConfig | None, language: str,
    outside: Outside | None,
) -> SpeechToText:  # fmt: skip
    from device.pipeline.stt.cloud import open_cloud

    door = outside or Outside(lambda _event: None)
    return open_cloud(engine, config, cloud or CloudConfig(), language, door)


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
