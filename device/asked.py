"""Opens who is asked what the speaker does not understand, as configured."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from device.config import Config, LlmServerConfig
from device.dialog.agent import LocalAgent
from device.dialog.assistant import HomeAssistantAgent
from device.dialog.base import Thinker
from device.dialog.briefed import Briefed
from device.dialog.budget import Spent
from device.dialog.history import History, Limits
from device.dialog.judge import LlmJudge
from device.dialog.llm import LanguageModel
from device.dialog.llm_client import LlmClient
from device.dialog.llm_server import LlmServer
from device.dialog.profile import Profile
from device.dialog.reply_cache import Known, RememberingModel, ReplyCache
from device.dialog.summariser import Summariser
from device.dialog.tool_calls import Toolbox
from device.folders import read_key
from device.outside import Outside


@dataclass(frozen=True, slots=True)
class Asked:
    """All of them; None where none is configured."""

    history: History
    """What the model is told was said lately."""
    briefed: Briefed
    """What models may do, of the home and of what a client brought along."""
    assistant: HomeAssistantAgent | None = None
    servers: tuple[LlmServer, ...] = ()
    """Of the models, in the order in which they are asked."""
    model: Thinker | None = None
    judge: LlmJudge | None = None
    """Says whether a sentence is over."""
    tools: Toolbox | None = None
    """What models may do in the home."""
    replies: ReplyCache | None = None
    """Answers of models that are given again."""


def open_asked(
    config: Config, outside: Outside, stack: AsyncExitStack, agent: LocalAgent,
    spent: Spent | None = None, profile: Profile | None = None,
) -> Asked:  # fmt: skip
    """Open them until `stack` is closed. Raises ConfigError and EngineMissing.

    `spent` knows what was used of services so far; `profile` is what people asked to be remembered.
    """
    now = asyncio.get_running_loop().time
    limits = Limits(config.dialog.history_tokens, config.dialog.session_seconds)
    history, assistant = History(limits, now), None
    home, llm = config.home, config.llm
    if home.assistant:
        token = read_key(home.assistant_token_file)
        assistant = HomeAssistantAgent(home.assistant, token, outside)
        stack.push_async_callback(assistant.close)
    servers = [_open_server(one, outside, spent, stack) for one in llm.servers]
    acts = llm.tools if servers else bool(config.conversation_engines - {"local", "home-assistant"})
    tools = Toolbox(agent, config.device.area) if acts else None
    briefed = Briefed(tools)
    if not servers:
        return Asked(history, briefed, assistant, tools=tools)
    shared = profile if config.dialog.share_profile else None
    known = Known(history, lambda: shared.facts if shared else ())
    asking = LanguageModel(
        servers, history, briefed, known.profile, early=llm.early,
        temperature=lambda: briefed.brief.temperature,
    )  # fmt: skip
    stack.push_async_callback(asking.close)
    replies = ReplyCache(config.dialog.reply_cache, now)
    model = RememberingModel(asking, known, replies)
    if config.dialog.summaries:
        summariser = Summariser(servers[0], history)
        history.on_heard = summariser.look
        stack.push_async_callback(summariser.close)
    judge = LlmJudge(servers[0].client, outside, may_ask=servers[0].is_open) if llm.judge else None
    return Asked(history, briefed, assistant, tuple(servers), model, judge, tools, replies)


def _open_server(
    config: LlmServerConfig, outside: Outside, spent: Spent | None, stack: AsyncExitStack
) -> LlmServer:
    client = LlmClient(config, read_key(config.key_file))
    stack.push_async_callback(client.close)
    return LlmServer(client, config, outside, spent)
