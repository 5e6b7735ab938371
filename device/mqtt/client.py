"""The speaker's line to the MQTT broker: kept up in the background, never in anybody's way.

Three kinds of messages go out. A *command* (`publish`) must reach the broker now or fail: late, it
would switch a light in the night. A *state* (`report`) is retained; the newest one of each topic
is sent at every connect. An *event* (`tell`) is worth nothing later: offline it is dropped, and
counted.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiomqtt

from device import clock
from device.config import MqttConfig
from device.errors import BrokerError, BrokerUnreachable, ConfigError, DeviceError
from device.mqtt.connection import TIMEOUT_SECONDS, explain, new_connection, wait_seconds
from device.mqtt.topics import OFFLINE, ONLINE, Topics

_LOGGER = logging.getLogger(__name__)

Handler = Callable[[str, str, bool], None]
"""Takes topic, payload, and whether the broker had retained the message."""

HealthListener = Callable[[bool, str], None]
"""Takes whether the broker is connected, and the error code if not."""

_STABLE_SECONDS = 10.0
"""A connection that lasted so long is tried again at once when it breaks."""
_FAREWELL_SECONDS = 1.0
_WATCH_QUEUE = 100
_ANSWER_SECONDS = 0.5
"""Real time for which virtual time waits for a message."""


class MqttClient:
    """A connection that comes back by itself. `run` it as a supervised task."""

    def __init__(
        self, config: MqttConfig, device_id: str, health: HealthListener | None = None
    ) -> None:
        self._config = config
        self._topics = Topics(device_id)
        self._health = health or (lambda _healthy, _code: None)
        self._random = random.Random()
        self._client: aiomqtt.Client | None = None
        self._up = asyncio.Event()
        self._tried = asyncio.Event()
        self._problem: DeviceError | None = None
        self._states = {self._topics.availability: ONLINE}
        self._handlers: dict[str, list[Handler]] = {}
        self._watchers: dict[str, list[asyncio.Queue[str]]] = {}
        self._sending: set[asyncio.Future[None]] = set()
        self._new_filters: asyncio.Queue[str] = asyncio.Queue()
        self.dropped_events = 0
        """Events that nobody could be told."""

    @property
    def connected(self) -> bool:
        """Whether messages reach the broker now."""
        return self._client is not None

    @property
    def problem(self) -> DeviceError | None:
        """Why there is no connection; None when there is one or none was tried."""
        return self._problem

    async def wait_connected(self, seconds: float) -> bool:
        """Wait up to `seconds` for a connection, and tell whether there is one."""
        with clock.hold(seconds), suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._up.wait()
        return self.connected

    async def wait_tried(self, seconds: float) -> None:
        """Wait up to `seconds` until the broker was reached, or is known to be away."""
        with clock.hold(seconds), suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._tried.wait()

    async def run(self) -> None:
        """Connect, and connect again, until cancelled; then say goodbye."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._subscribe_new())
            attempt = 0
            while True:
                began = clock.stage_time()
                try:
                    await self._connection()
                except (aiomqtt.MqttError, BrokerError, ConfigError, ValueError) as error:
                    self._lost(error)
                stable = clock.stage_time() - began > _STABLE_SECONDS
                attempt = 0 if stable else attempt + 1
                refused = not isinstance(self._problem, BrokerUnreachable)
                await asyncio.sleep(wait_seconds(attempt, refused, self._random.random()))

    async def publish(self, topic: str, payload: str, retain: bool = False) -> None:
        """Send a command and wait until the broker has it. Raises BrokerUnreachable."""
        if self._client is None:
            raise BrokerUnreachable(self._offline())
        await self._send(self._client, topic, payload, retain)

    async def report(self, topic: str, payload: str) -> None:
        """Send a retained state, now or at the next connect; the newest wins."""
        self._states[topic] = payload
        if self._client is not None:
            with suppress(BrokerUnreachable):
                await self._send(self._client, topic, payload, retain=True)

    async def tell(self, topic: str, payload: str) -> None:
        """Send an event, or drop it."""
        try:
            await self.publish(topic, payload)
        except BrokerUnreachable:
            self.dropped_events += 1

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Call `handler` with every message from now on, across reconnects. Raises BrokerError."""
        _check(topic_filter)
        self._handlers.setdefault(topic_filter, []).append(handler)
        self._new_filters.put_nowait(topic_filter)

    @asynccontextmanager
    async def watch(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        """Payloads that arrive on `topic` from now on; not what the broker had retained.

        Raises BrokerUnreachable, and BrokerError for what is no topic.
        """
        _check(topic)
        if self._client is None:
            raise BrokerUnreachable(self._offline())
        queue: asyncio.Queue[str] = asyncio.Queue(_WATCH_QUEUE)
        known = topic in self._filters()
        self._watchers.setdefault(topic, []).append(queue)
        try:
            if not known:
                await self._ask_for(topic)
            yield _Payloads(queue)
        finally:
            self._watchers[topic].remove(queue)
            if not self._watchers[topic]:
                del self._watchers[topic]
            if topic not in self._filters():
                await self._ask_no_more(topic)

    async def _connection(self) -> None:
        client = new_connection(self._config, self._topics)
        with clock.hold(2 * TIMEOUT_SECONDS):
            await client.__aenter__()
        try:
            await self._greet(client)
            async for message in client.messages:
                self._dispatch(message)
        except asyncio.CancelledError:
            await self._part(client)
            raise
        finally:
            self._client = None
            self._up.clear()
            # Nobody will acknowledge these any more; their senders need not wait for the time-out.
            for sending in self._sending:
                sending.cancel()
            with suppress(aiomqtt.MqttError), clock.hold(TIMEOUT_SECONDS):
                await client.__aexit__(None, None, None)

    async def _greet(self, client: aiomqtt.Client) -> None:
        # From here on, new subscriptions and states go out by themselves.
        self._client = client
        with clock.hold(TIMEOUT_SECONDS):
            if filters := self._filters():
                await client.subscribe([(topic, 1) for topic in sorted(filters)])
            for topic in list(self._states):
                await client.publish(topic, self._states[topic], qos=1, retain=True)
        self._problem = None
        self._up.set()
        self._tried.set()
        _LOGGER.info("connected to %s:%s", self._config.host, self._config.port)
        self._health(True, "")

    async def _part(self, client: aiomqtt.Client) -> None:
        """Say offline ourselves: a clean goodbye makes the broker forget the Last Will."""
        farewell = client.publish(
            self._topics.availability, OFFLINE, qos=1, retain=True, timeout=_FAREWELL_SECONDS
        )
        with suppress(aiomqtt.MqttError), clock.hold(_FAREWELL_SECONDS):
            await farewell

    def _lost(self, error: Exception) -> None:
        problem = error if isinstance(error, ConfigError) else explain(error, self._config)
        if type(problem) is not type(self._problem):
            _LOGGER.warning("%s: %s", problem.code, problem)
            self._health(False, problem.code)
        self._problem = problem
        self._tried.set()

    async def _send(self, client: aiomqtt.Client, topic: str, payload: str, retain: bool) -> None:
        sending = asyncio.ensure_future(client.publish(topic, payload, qos=1, retain=retain))
        self._sending.add(sending)
        try:
            with clock.hold(TIMEOUT_SECONDS):
                await sending
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BrokerUnreachable(self._offline()) from None
        except ValueError as error:
            raise BrokerError(f"cannot publish on {topic!r}: {error}; correct the topic") from error
        except aiomqtt.MqttError as error:
            raise explain(error, self._config) from error
        finally:
            self._sending.discard(sending)

    def _filters(self) -> set[str]:
        return self._handlers.keys() | self._watchers.keys()

    async def _subscribe_new(self) -> None:
        while True:
            await self._ask_for(await self._new_filters.get())

    async def _ask_for(self, topic_filter: str) -> None:
        """Subscribe if there is a connection; the next one subscribes to everything anyway."""
        if self._client is not None:
            with suppress(aiomqtt.MqttError), clock.hold(TIMEOUT_SECONDS):
                await self._client.subscribe(topic_filter, qos=1)

    async def _ask_no_more(self, topic_filter: str) -> None:
        if self._client is not None:
            with suppress(aiomqtt.MqttError), clock.hold(TIMEOUT_SECONDS):
                await self._client.unsubscribe(topic_filter)

    def _dispatch(self, message: aiomqtt.Message) -> None:
        topic, payload = message.topic.value, _text(message.payload)
        for topic_filter, handlers in list(self._handlers.items()):
            if message.topic.matches(topic_filter):
                for handler in handlers:
                    _call(handler, topic, payload, bool(message.retain))
        if not message.retain:
            for queue in self._watchers.get(topic, []):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(payload)

    def _offline(self) -> str:
        where = f"{self._config.host}:{self._config.port}"
        return str(self._problem or f"not connected to the MQTT broker at {where}; is it running?")


class _Payloads:
    """An endless iterator; a wait that was cancelled does not end it."""

    def __init__(self, queue: asyncio.Queue[str]) -> None:
        self._queue = queue

    def __aiter__(self) -> "_Payloads":
        return self

    async def __anext__(self) -> str:
        with clock.hold(_ANSWER_SECONDS):
            return await self._queue.get()


def _check(topic_filter: str) -> None:
    try:
        aiomqtt.Wildcard(topic_filter)
    except ValueError as error:
        raise BrokerError(f"{topic_filter!r} is no MQTT topic; correct it") from error


def _call(handler: Handler, topic: str, payload: str, retained: bool) -> None:
    try:
        handler(topic, payload, retained)
    except Exception:
        _LOGGER.exception("what came on %s could not be handled", topic)


def _text(payload: object) -> str:
    raw = payload if isinstance(payload, bytes | bytearray) else str(payload or "").encode()
    return raw.decode("utf-8", "replace")
