"""Heeds what is said to a speaker that makes a sound: "stop" needs no wake word then."""

import logging
from collections.abc import Awaitable, Callable

from device import events as e
from device.conversation.base import Aside, Meaning
from device.errors import DeviceError

_LOGGER = logging.getLogger(__name__)


async def heed(
    understanding: Awaitable[Aside],
    turn_id: int,
    post: Callable[[e.Event], None],
    is_ours: Callable[[str], bool] = lambda _text: False,
) -> Aside:
    """Post what asks for silence, and tell what was meant; what cannot be understood is nothing.

    `is_ours` tells of a text whether the speaker itself said it: then it means nothing.
    """
    try:
        aside = await understanding
    except DeviceError as error:
        _LOGGER.warning("what was said over the speaker is lost [%s]: %s", error.code, error)
        return Aside()
    if aside.text and is_ours(aside.text):
        return Aside(text=aside.text)
    if aside.meaning is Meaning.STOP:
        post(e.StopRequested(by="voice", turn_id=turn_id))
    elif aside.meaning is Meaning.SNOOZE:
        post(e.SnoozeRequested(by="voice", turn_id=turn_id))
    return aside
