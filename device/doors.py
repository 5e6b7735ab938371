"""Opens the conversation of one door, as configured: who answers there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from device.config import Config, SpeechModelConfig
from device.conversation.base import Conversation
from device.conversation.cascade import Cascade
from device.conversation.door import Door, Engine
from device.conversation.duplex import open_duplex
from device.conversation.duplex.engine import Duplex
from device.conversation.gemini_live import SERVICE as GEMINI
from device.conversation.gemini_live import GeminiLive
from device.conversation.realtime import SERVICE as REALTIME
from device.conversation.realtime import Account, Realtime
from device.conversation.satellite import Assist, AssistEngine
from device.conversation.speech_tools import Definitions, SpeechTools, Tools
from device.conversation.switch import Switch
from device.dialog.history import History
from device.errors import ConfigError
from device.executor import Executor
from device.folders import read_key
from device.outside import Outside, Unit
from device.pipeline.base import SpeechToText, VadEngine


@dataclass(frozen=True, slots=True)
class Doors:
    """What every engine of every door works with."""

    config: Config
    cascade: Cascade
    """The local chain."""
    told: Definitions
    """What models may do."""
    history: History
    outside: Outside
    spent: Callable[[str, Unit], float]
    """What was used of a service today."""
    vad: VadEngine
    stt: SpeechToText
    executor: Callable[[str], Executor]
    """Opens a thread."""
    assist: Assist | None = None
    """The way to Home Assistant; None in rehearsals, which nobody notices there."""
    warm_ups: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Of the engines that were opened."""

    def room(self) -> Switch:
        """The conversations of the speaker itself, one for each who is called by a wake word.

        Raises ConfigError.
        """
        usual = self.open(self.config.dialog.engine)
        called = self.config.conversation_engines - {self.config.dialog.engine}
        return Switch(usual, {agent: self.open(agent) for agent in sorted(called)})

    def open(self, engine: str) -> Conversation:
        """The conversation of a door that this engine answers at. Raises ConfigError."""
        if engine == "local":
            return self.cascade
        if engine == "home-assistant":
            return self._home_assistant()
        if engine == "duplex":
            return Door(self.cascade, self._duplex(), reads=False)
        return Door(self.cascade, self._engine(engine))

    def _home_assistant(self) -> Conversation:
        if not self.config.wyoming.enabled:
            raise ConfigError('engine = "home-assistant" needs [wyoming] enabled = true')
        if self.assist is None:
            return self.cascade
        return Door(self.cascade, AssistEngine(self.assist), reads=False)

    def _engine(self, engine: str) -> Engine:
        return self._gemini() if engine == "gemini" else self._realtime()

    def _realtime(self) -> Realtime:
        config, account = self.config.realtime, self.config.cloud.openai
        _check("realtime", config)
        return Realtime(
            config, Account(account.base_url, read_key(account.key_file)),
            self.config.device.language, self.outside, self._tools,
            lambda: self.history.exchanges, lambda: self._tokens(REALTIME),
        )  # fmt: skip

    def _duplex(self) -> Engine:
        config = self.config.duplex
        model = open_duplex(config, self.outside, self.executor("duplex"))
        self.warm_ups.append(model.warm_up)
        language = self.config.device.language
        return Duplex(model, self.vad, self.stt, language, config.session_seconds)

    def _gemini(self) -> GeminiLive:
        config, account = self.config.gemini, self.config.cloud.gemini
        _check("gemini", config)
        return GeminiLive(
            config, account.base_url, read_key(account.key_file), self.config.device.language,
            self.outside, self._tools, lambda: self.history.exchanges,
            lambda: self._tokens(GEMINI),
        )  # fmt: skip

    @property
    def _tools(self) -> Tools:
        return SpeechTools(self.told, self.cascade)

    def _tokens(self, service: str) -> float:
        return sum(self.spent(service, unit) for unit in (Unit.INPUT_TOKENS, Unit.OUTPUT_TOKENS))


def _check(engine: str, config: SpeechModelConfig) -> None:
    if not config.model:
        raise ConfigError(
            f'[dialog] engine = "{engine}" needs [{engine}] model: name a model that the '
            "service has"
        )
