import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from device.config import CLOUD_STT_ENGINES, CloudConfig, SttConfig
from device.errors import EngineError
from device.executor import DeferredExecutor
from device.grammar import Grammar
from device.outside import Outside
from device.pipeline.base import SpeechToText, Unusable
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
    unusable: Unusable | None = None,
) -> ChainStt:
    """The engines that the configuration names, in its order.

    `grammar` is what can be said to the home, asked for only by the command recogniser; `names`
    are the home's names, for engines with open vocabulary on the device. `languages` may be spoken
    besides. An engine that cannot know the language is left out; where none is left, speech is not
    understood. What leaves goes through `outside`; None: it is shown to nobody. One that cannot be
    opened is told to `unusable` and left out; instead of the last one there is the command
    recogniser. Loads weights, which takes a moment. Raises ConfigError for an account in `cloud`,
    and, where nobody is told, EngineMissing, ModelMissing and ModelInvalid.
    """
    spoken = (language, *languages) if languages else ()

    def open_one(name: str) -> SpeechToText:
        if name in CLOUD_STT_ENGINES:
            return _open_elsewhere(name, config, cloud, language, outside)
        return _open(name, config, language, grammar, names, spoken)

    opened = _Opened(open_one, language, unusable)
    for name in config.every_engine:
        opened.add(name)
    usual: Sequence[str] = config.engines
    if not opened.engines and opened.unusable:
        opened.add("command")
        usual = ("command",)
    own = {code: opened.named(each) for code, each in config.languages.items()}
    return ChainStt(
        opened.named(usual), {"command": language}, config.partials, own,
        several=bool(languages),
    )  # fmt: skip


@dataclass
class _Opened:
    """The engines that could be opened."""

    open: Callable[[str], SpeechToText]
    language: str
    unusable: Unusable | None
    engines: dict[str, SpeechToText] = field(default_factory=dict)
    reason: str = ""
    """Why the last one that is not here is not."""

    def add(self, name: str) -> None:
        if name == "command" and (reason := lacks_model(self.language)):
            _LOGGER.warning("%s", reason)
            self.reason = reason
            return
        try:
            self.engines[name] = self.open(name)
        except EngineError as error:
            if self.unusable is None:
                raise
            self.reason = str(error)
            self.unusable("recogniser", error)

    def named(self, names: Sequence[str]) -> list[SpeechToText]:
        found = [self.engines[name] for name in names if name in self.engines]
        return found or [NoRecogniser(self.reason)]


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
