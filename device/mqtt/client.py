"""The speaker's line to the MQTT broker: kept up in the background, never in anybody's way.

Three kinds of messages go out. A *command* (`publish`) must reach the broker now or fail: late, it
would switch a light in the night; a broker that speaks MQTT 5 drops it, too, when the device was
away for long. A *state* (`report`) is retained; the newest one of each topic is sent at every
connect. An *event* (`tell`) is told once: while the broker is away, a bounded number waits and is
sent in order, after the states, when it is back; the oldest are dropped, and counted.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiomqtt
from paho.mqtt.properties import Properties

from device import clock
from device.config import MqttConfig
from device.errors import BrokerError, BrokerUnreachable, ConfigError, DeviceError
from device.mqtt.connection import TIMEOUT_SECONDS, Connection, Dialer, explain, wait_seconds
from device.mqtt.filters import check_filter, check_topic
from device.mqtt.listeners import Handler, Listeners, Payloads
from device.mqtt.outbox import Message, Outbox
from device.mqtt.topics import ONLINE, Topics
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

HealthListener = Callable[[bool, str], None]
"""Takes whether the broker is connected, and the error code if not."""

_STABLE_SECONDS = 10.0
"""A connection that lasted so long is tried again at once when it breaks."""
_COMMAND_SECONDS = 10
"""A device that was away for longer is not commanded any more."""


class MqttClient:
    """A connection that comes back by itself. `run` it as a supervised task."""

    def __init__(
        self, config: MqttConfig, device_id: str, health: HealthListener | None = None
    ) -> None:
        """`device_id`: whose line it is; empty: a visitor's, who tells nothing of himself."""
        self._config = config
        self._health = health or (lambda _healthy, _code: None)
        self._random = random.Random()
        self._dialer = Dialer(config, device_id)
        self._connection: Connection | None = None
        self._up = asyncio.Event()
        self._tried = asyncio.Event()
        self._problem: DeviceError | None = None
        self._outbox = Outbox(config.event_queue)
        if device_id:
            self._outbox.report(Message(Topics(device_id).availability, ONLINE))
        self._telling = asyncio.Lock()
        self._sending: set[asyncio.Future[None]] = set()
        self._handlers = Listeners()
        self._watchers = Listeners()
        self._changed_filters: asyncio.Queue[str] = asyncio.Queue()

    @property
    def connected(self) -> bool:
        """Whether messages reach the broker now."""
        return self._connection is not None

    @property
    def problem(self) -> DeviceError | None:
        """Why there is no connection; None when there is one or none was tried."""
        return self._problem

    @property
    def dropped_events(self) -> int:
        """Events that nobody could be told."""
        return self._outbox.dropped_events

    async def wait_connected(self, seconds: float) -> bool:
        """Wait up to `seconds` for a connection, and tell whether there is one."""
        await _wait(self._up, seconds)
        return self.connected

    async def wait_tried(self, seconds: float) -> None:
        """Wait up to `seconds` until the broker was reached, or is known to be away."""
        await _wait(self._tried, seconds)

    async def run(self) -> None:
        """Connect, and connect again, until cancelled; then say goodbye."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._settle_filters())
            attempt = 0
            while True:
                began = clock.stage_time()
                try:
                    await self._connect()
                except (aiomqtt.MqttError, BrokerError, ConfigError, ValueError) as error:
                    self._lost(error)
                stable = clock.stage_time() - began > _STABLE_SECONDS
                attempt = 0 if stable else attempt + 1
                refused = not isinstance(self._problem, BrokerUnreachable)
                await asyncio.sleep(wait_seconds(attempt, refused, self._random.random()))

    async def publish(self, topic: str, payload: str, retain: bool = False) -> None:
        """Send a command and wait until the broker has it.

        Raises BrokerUnreachable, and BrokerError for what is no topic.
        """
        check_topic(topic)
        connection = self._reach()
        expiry = None if retain else connection.expiring(_COMMAND_SECONDS)
        await self._send(connection, Message(topic, payload), retain, expiry)

    async def report(self, topic: str, payload: str) -> None:
        """Send a retained state, now or at the next connect; the newest wins.

        An empty payload makes the broker and the speaker forget the topic. Raises BrokerError for
        what is no topic.
        """
        check_topic(topic)
        state = Message(topic, payload)
        self._outbox.report(state)
        with suppress(BrokerError):
            await self._send(self._reach(), state, retain=True)
            self._outbox.reported(state)

    async def tell(self, topic: str, payload: str) -> None:
        """Send an event after those that wait, or keep it. Raises BrokerError for no topic."""
        check_topic(topic)
        event = Message(topic, payload)
        async with self._telling:
            if not await self._told_waiting() or not await self._told(event):
                self._outbox.keep(event)

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Call `handler` with every message from now on, across reconnects.

        What two overlapping filters match, a broker may deliver twice. Raises BrokerError.
        """
        check_filter(topic_filter)
        self._handlers.add(topic_filter, handler)
        self._changed_filters.put_nowait(topic_filter)

    def unsubscribe(self, topic_filter: str) -> None:
        """Call no handler of this filter any more; an unknown one is no error."""
        if topic_filter in self._handlers.filters:
            self._handlers.remove(topic_filter)
            self._changed_filters.put_nowait(topic_filter)

    @asynccontextmanager
    async def watch(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        """Payloads that arrive on `topic` from now on; not what the broker had retained.

        Raises BrokerUnreachable, and BrokerError for what is no topic.
        """
        check_topic(topic)
        self._reach()
        payloads = Payloads()
        known = topic in self._filters()
        self._watchers.add(topic, payloads.put)
        try:
            if not known:
                await self._settle({topic})
            yield payloads
        finally:
            self._watchers.remove(topic, payloads.put)
            if topic not in self._filters():
                await self._settle({topic})

    async def _connect(self) -> None:
        connection = await self._dialer.dial()
        # Retained messages come in while the states go out.
        receiving = asyncio.create_task(self._receive(connection))
        greeting = asyncio.create_task(self._greet(connection))
        try:
            await asyncio.gather(receiving, greeting)
        except asyncio.CancelledError:
            await connection.say_goodbye()
            raise
        finally:
            await end(receiving, greeting)
            self._connection = None
            self._up.clear()
            # Nobody will acknowledge these any more; their senders need not wait for the time-out.
            for sending in self._sending:
                sending.cancel()
            with suppress(aiomqtt.MqttError), clock.hold(TIMEOUT_SECONDS):
                await connection.__aexit__(None, None, None)

    async def _greet(self, connection: Connection) -> None:
        # From here on, new subscriptions and states go out by themselves.
        self._connection = connection
        with clock.hold(TIMEOUT_SECONDS):
            if filters := self._filters():
                await connection.subscribe([(topic, 1) for topic in sorted(filters)])
            # All at once: one after the other, each would wait for the answer to the one before.
            topics = self._outbox.states
            await asyncio.gather(*(self._report_newest(connection, topic) for topic in topics))
        self._problem = None
        self._up.set()
        self._tried.set()
        _LOGGER.info("connected to %s:%s", self._config.host, self._config.port)
        self._health(True, "")
        async with self._telling:
            await self._told_waiting()

    async def _report_newest(self, connection: Connection, topic: str) -> None:
        if state := self._outbox.state(topic):
            await connection.publish(topic, state.data, qos=1, retain=True)
            self._outbox.reported(state)

    def _lost(self, error: Exception) -> None:
        problem = error if isinstance(error, ConfigError) else explain(error, self._config)
        if type(problem) is not type(self._problem):
            _LOGGER.warning("%s: %s", problem.code, problem)
            self._health(False, problem.code)
        self._problem = problem
        self._tried.set()

    async def _told_waiting(self) -> bool:
        """Tell what waits, and whether all of it was told."""
        while event := self._outbox.event:
            if not await self._told(event):
                return False
            self._outbox.told()
        return True

    async def _told(self, event: Message) -> bool:
        try:
            await self._send(self._reach(), event, retain=False)
        except BrokerError:
            return False
        return True

    async def _send(
        self, connection: Connection, message: Message, retain: bool,
        properties: Properties | None = None,
    ) -> None:  # fmt: skip
        sending = asyncio.ensure_future(
            connection.publish(message.topic, message.data, 1, retain, properties)
        )
        self._sending.add(sending)
        try:
            with clock.hold(TIMEOUT_SECONDS):
                await sending
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BrokerUnreachable(self._offline()) from None
        except aiomqtt.MqttError as error:
            raise explain(error, self._config) from error
        finally:
            self._sending.discard(sending)

    def _reach(self) -> Connection:
        if self._connection is None:
            raise BrokerUnreachable(self._offline())
        return self._connection

    def _filters(self) -> set[str]:
        return self._handlers.filters | self._watchers.filters

    async def _settle_filters(self) -> None:
        while True:
            changed = {await self._changed_filters.get()}
            while not self._changed_filters.empty():
                changed.add(self._changed_filters.get_nowait())
            await self._settle(changed)

    async def _settle(self, changed: set[str]) -> None:
        """Tell the broker which of these we want; the next connection tells it anyway."""
        if self._connection is None:
            return
        wanted = changed & self._filters()
        with suppress(aiomqtt.MqttError), clock.hold(TIMEOUT_SECONDS):
            if wanted:
                await self._connection.subscribe([(topic, 1) for topic in sorted(wanted)])
            if unwanted := changed - wanted:
                await self._connection.unsubscribe(sorted(unwanted))

    async def _receive(self, connection: Connection) -> None:
        async for message in connection.messages:
            assert isinstance(message.payload, bytes)
            text = message.payload.decode("utf-8", "replace")
            for listeners in (self._handlers, self._watchers):
                listeners.hear(message.topic.value, text, bool(message.retain))

    def _offline(self) -> str:
        where = f"{self._config.host}:{self._config.port}"
        return str(self._problem or f"not connected to the MQTT broker at {where}; is it running?")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with clock.hold(seconds), suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
