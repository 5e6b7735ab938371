"""Who hears which messages."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from aiomqtt import Topic, Wildcard

from device import clock

_LOGGER = logging.getLogger(__name__)

Handler = Callable[[str, str, bool], None]
"""Takes topic, payload, and whether the broker had retained the message."""

_WATCH_QUEUE = 100
_ANSWER_SECONDS = 0.5
"""Real time for which virtual time waits for a message."""


class Listeners:
    """Handlers by topic filter; finding those of a message takes no look at thousands of topics."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {}
        self._wildcards: dict[str, Wildcard] = {}

    @property
    def filters(self) -> set[str]:
        """Every topic filter with a handler."""
        return set(self._handlers)

    def add(self, topic_filter: str, handler: Handler) -> None:
        """Let `handler` hear what matches."""
        self._handlers.setdefault(topic_filter, []).append(handler)
        if "+" in topic_filter or "#" in topic_filter:
            self._wildcards[topic_filter] = Wildcard(topic_filter)

    def remove(self, topic_filter: str, handler: Handler | None = None) -> None:
        """Take `handler`, or every one, from the filter; an unknown one is no error."""
        handlers = self._handlers.get(topic_filter, [])
        kept = [] if handler is None else [one for one in handlers if one != handler]
        if kept:
            self._handlers[topic_filter] = kept
        else:
            self._handlers.pop(topic_filter, None)
            self._wildcards.pop(topic_filter, None)

    def hear(self, topic: str, payload: str, retained: bool) -> None:
        """Call everybody who hears this; one that fails keeps nobody else from it."""
        for handler in self._of(topic):
            try:
                handler(topic, payload, retained)
            except Exception:
                _LOGGER.exception("what came on %s could not be handled", topic)

    def _of(self, topic: str) -> Iterator[Handler]:
        yield from tuple(self._handlers.get(topic, ()))
        name = Topic(topic)
        for topic_filter, wildcard in tuple(self._wildcards.items()):
            if name.matches(wildcard):
                yield from tuple(self._handlers.get(topic_filter, ()))


class Payloads:
    """What comes on a watched topic: endless; a wait that was cancelled does not end it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue(_WATCH_QUEUE)

    def put(self, _topic: str, payload: str, retained: bool) -> None:
        """Take a message unless it was retained; when nobody reads, the oldest go."""
        if retained:
            return
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(payload)

    def __aiter__(self) -> "Payloads":
        return self

    async def __anext__(self) -> str:
        with clock.hold(_ANSWER_SECONDS):
            return await self._queue.get()
