"""What the parts that speak MQTT need of the client, and of the speaker."""

from typing import Protocol

from device import events as e
from device.mqtt.listeners import Handler


class Line(Protocol):
    """The client, as far as states, events and commands are concerned."""

    async def report(self, topic: str, payload: str) -> None:
        """Send a retained state, now or at the next connect; an empty one is forgotten."""
        ...

    async def tell(self, topic: str, payload: str) -> None:
        """Send an event."""
        ...

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Call `handler` with every message from now on."""
        ...


class Inbox(Protocol):
    """The session, as far as commands are concerned."""

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        ...

    @property
    def seconds(self) -> float:
        """Captured audio so far."""
        ...
