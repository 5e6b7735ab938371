"""Opens who is asked what the speaker does not understand, as configured."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from device import events as e
from device.bus import Bus
from device.config import Config
from device.dialog.assistant import HomeAssistantAgent
from device.dialog.history import History
from device.dialog.judge import LlmJudge
from device.dialog.llm import LanguageModel
from device.dialog.llm_client import LlmClient
from device.folders import read_secret


@dataclass(frozen=True, slots=True)
class Asked:
    """All of them; None where none is configured."""

    history: History
    """What the model is told was said lately."""
    assistant: HomeAssistantAgent | None = None
    client: LlmClient | None = None
    """The way to the model."""
    model: LanguageModel | None = None
    judge: LlmJudge | None = None
    """Says whether a sentence is over."""


class Leaving:
    """Tells that sentences leave the device, and that it is over when the last one is answered."""

    def __init__(self, tell: Callable[[e.Event], None]) -> None:
        self._tell = tell
        self._under_way = 0

    def __call__(self, active: bool, host: str) -> None:
        """One more leaves to this host, or one has been answered."""
        self._under_way += 1 if active else -1
        if active or self._under_way == 0:
            self._tell(e.CloudChanged(active=active, to=host))


def open_asked(config: Config, bus: Bus, stack: AsyncExitStack) -> Asked:
    """Open them until `stack` is closed. Raises ConfigError and EngineMissing."""
    history, assistant, leaving = History(), None, Leaving(bus.tell)
    home, llm = config.home, config.llm
    if home.assistant:
        token = "" if home.assistant_token_file is None else read_secret(home.assistant_token_file)
        assistant = HomeAssistantAgent(home.assistant, token, leaving)
        stack.push_async_callback(assistant.close)
    if not llm.base_url:
        return Asked(history, assistant)
    client = LlmClient(llm, "" if llm.key_file is None else read_secret(llm.key_file))
    stack.push_async_callback(client.close)
    model = LanguageModel(client, llm, history, leaving)
    stack.push_async_callback(model.close)
    judge = LlmJudge(client, leaving) if llm.judge else None
    return Asked(history, assistant, client, model, judge)
