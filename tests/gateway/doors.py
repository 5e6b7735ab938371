"""Doors that are looked at from outside, where nobody comes in."""

from contextlib import AbstractAsyncContextManager

from device.config import ConversationEngine
from device.gateway.visit import Visit
from device.hal.base import Microphone, Speaker


def nobody(
    microphone: Microphone, speaker: Speaker, engine: ConversationEngine
) -> AbstractAsyncContextManager[Visit]:
    """A welcome for tests in which nobody is welcomed."""
    raise AssertionError("somebody came in")
