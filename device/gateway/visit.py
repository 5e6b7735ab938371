"""What a door sees of a conversation, and how it gets one."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from device import events as e
from device.bus import Subscription
from device.config import ConversationEngine
from device.hal.base import Microphone, Speaker


class Visit(Protocol):
    """One conversation, with ears and a mouth of its own."""

    @property
    def busy(self) -> bool:
        """True while anything is under way."""
        ...

    def subscribe(self) -> Subscription:
        """What happens in it from now on."""
        ...

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        ...

    def forget(self) -> None:
        """What was said in it was never said."""
        ...


Welcome = Callable[[Microphone, Speaker, ConversationEngine], AbstractAsyncContextManager[Visit]]
"""Begins a conversation that lasts as long as the block. Raises ConfigError and EngineMissing."""
