"""What the broker has yet to be told. Pure."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One message that goes out."""

    topic: str
    payload: str
    """Empty for a retained message: the broker forgets the topic."""

    @property
    def data(self) -> bytes:
        """The payload as it is sent; half a surrogate pair, which JSON allows, becomes a `?`."""
        return self.payload.encode("utf-8", "replace")


class Outbox:
    """States to send at every connect, the newest of each topic; events to send once, in order."""

    def __init__(self, event_queue: int) -> None:
        self._states: dict[str, str] = {}
        self._events: deque[Message] = deque()
        self._event_queue = event_queue
        self.dropped_events = 0
        """Events that nobody was told, for want of room."""

    @property
    def states(self) -> list[str]:
        """Topics of the states, in the order in which they were first reported."""
        return list(self._states)

    def state(self, topic: str) -> Message | None:
        """The newest state of a topic, if there is one to send."""
        payload = self._states.get(topic)
        return None if payload is None else Message(topic, payload)

    def report(self, state: Message) -> None:
        """Replace the state of its topic."""
        self._states[state.topic] = state.payload

    def reported(self, state: Message) -> None:
        """The broker has it: a topic that it was told to forget is forgotten here too."""
        if not state.payload and self._states.get(state.topic) == "":
            del self._states[state.topic]

    @property
    def event(self) -> Message | None:
        """The oldest event that waits."""
        return self._events[0] if self._events else None

    def keep(self, event: Message) -> None:
        """Let an event wait; the oldest go when there are too many."""
        self._events.append(event)
        while len(self._events) > self._event_queue:
            self._events.popleft()
            self.dropped_events += 1

    def told(self) -> None:
        """The oldest event has reached the broker."""
        self._events.popleft()
