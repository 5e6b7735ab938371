"""Answers "are you online?" truthfully: everybody who is configured is asked, now."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from device.asked import Asked
from device.care.leaving import Reach, leaving, reach
from device.config import Config
from device.dialog.base import Answer, Calls, DialogContext, Recognition
from device.dialog.llm_server import LlmServer
from device.dialog.replies import Replies
from device.dialog.skills import Skill
from device.errors import AssistantError

_BROKER, _ASSISTANT = "part_broker", "part_assistant"
_NEAR, _FAR = "part_near_model", "part_far_model"
_ORDER: Final = (_BROKER, _ASSISTANT, _NEAR, _FAR)
"""As people think of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody else that the speaker needs for something."""

    name: str
    """Key of the phrase that names it; several models of one kind count as one."""
    reached: Callable[[], Awaitable[bool]]
    """Try it; it takes seconds at most and never raises."""
    rests: bool = False
    """It failed again and again, and is not asked for a while."""


def online_skill(config: Config, asked: Asked, connected: Callable[[], bool]) -> Skill:
    """The skill for ParlorOnline; `connected` tells whether the broker is there."""
    alone = Reach.INTERNET not in {way.reach for way in leaving(config)}

    def skill(
        said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        words = _words(_parts(config, asked, connected), alone, replies)
        return Answer("", said.language, said.intent, stream=words)

    return skill


def _parts(config: Config, asked: Asked, connected: Callable[[], bool]) -> list[Part]:
    parts = [Part(_BROKER, partial(_told, connected))] if config.mqtt.enabled else []
    if asked.assistant is not None:
        parts.append(Part(_ASSISTANT, partial(_succeeds, asked.assistant.warm_up)))
    return [*parts, *(_model(server) for server in asked.servers)]


def _model(server: LlmServer) -> Part:
    far = reach(server.client.host) is Reach.INTERNET
    return Part(_FAR if far else _NEAR, server.client.reached, server.rests)


async def _words(
    parts: Sequence[Part], alone: bool, replies: Replies
) -> AsyncGenerator[str | Calls, None]:
    """Who was reached and who was not, and whether anybody on the internet is needed at all."""
    found = await asyncio.gather(*(part.reached() for part in parts))
    reached = {part.name for part, there in zip(parts, found, strict=True) if there}
    missed = {part.name for part in parts} - reached
    resting = {part.name for part in parts if part.rests} & reached
    for key, names in (("online_yes", reached - resting), ("online_no", missed)):
        if names:
            told = ", ".join(replies.phrase(name) for name in sorted(names, key=_ORDER.index))
            yield replies.phrase(key, names=told) + " "
    for name in sorted(resting, key=_ORDER.index):
        yield replies.phrase("online_resting", name=replies.phrase(name)) + " "
    if alone:
        yield replies.phrase("online_alone")


async def _told(connected: Callable[[], bool]) -> bool:
    return connected()


async def _succeeds(try_it: Callable[[], Awaitable[None]]) -> bool:
    try:
        await try_it()
    except AssistantError:
        return False
    return True
