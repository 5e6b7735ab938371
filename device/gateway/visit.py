"""What a door sees of a conversation, and how it gets one."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from device import events as e
from device.brief import Brief, Exchanges
from device.bus import Subscription
from device.config import ConversationEngine
from device.hal.base import Microphone, Speaker


class Visit(Protocol):
    """One conversation, with ears and a mouth of its own."""

    @property
    def busy(self) -> bool:
        """True while it listens or answers, or is about to."""
        ...

    def subscribe(self) -> Subscription:
        """What happens in it from now on."""
        ...

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        ...

    @property
    def thinks(self) -> bool:
        """Whether a language model answers, or is asked what the speaker does not understand."""
        ...

    def forget(self) -> None:
        """What was said in it was never said."""
        ...

    def recall(self, exchanges: Exchanges) -> None:
        """This was said so far, and nothing else."""
        ...

    def brief(self, brief: Brief) -> None:
        """Go by these wishes from the next sentence on."""
        ...


Welcome = Callable[[Microphone, Speaker, ConversationEngine], AbstractAsyncContextManager[Visit]]
"""Begins a conversation that lasts as long as the block. Raises ConfigError and EngineMissing."""
