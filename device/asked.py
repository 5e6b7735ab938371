"""Opens who is asked what the speaker does not understand, as configured."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from device.config import Config
from device.dialog.assistant import HomeAssistantAgent
from device.dialog.history import History
from device.dialog.judge import LlmJudge
from device.dialog.llm import LanguageModel
from device.dialog.llm_client import LlmClient
from device.folders import read_secret
from device.outside import Outside


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


def open_asked(config: Config, outside: Outside, stack: AsyncExitStack) -> Asked:
    """Open them until `stack` is closed. Raises ConfigError and EngineMissing."""
    history, assistant = History(), None
    home, llm = config.home, config.llm
    if home.assistant:
        token = "" if home.assistant_token_file is None else read_secret(home.assistant_token_file)
        assistant = HomeAssistantAgent(home.assistant, token, outside)
        stack.push_async_callback(assistant.close)
    if not llm.base_url:
        return Asked(history, assistant)
    client = LlmClient(llm, "" if llm.key_file is None else read_secret(llm.key_file))
    stack.push_async_callback(client.close)
    model = LanguageModel(client, llm, history, outside)
    stack.push_async_callback(model.close)
    judge = LlmJudge(client, outside) if llm.judge else None
    return Asked(history, assistant, client, model, judge)
