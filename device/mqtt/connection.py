"""One connection to the broker: how it is made, why it failed, when it is tried again."""

import logging
import ssl
from contextlib import suppress
from typing import Any, Self

import aiomqtt
from aiomqtt import ProtocolVersion
from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from device import clock
from device.config import MqttConfig
from device.errors import BrokerError, BrokerRefused, BrokerUnreachable
from device.folders import read_secret
from device.mqtt.tls import tls_context
from device.mqtt.topics import OFFLINE, Topics

_LOGGER = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
"""Longest wait for the broker to answer anything."""

_FAREWELL_SECONDS = 1.0
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
_REFUSED_WAIT_SECONDS = 30.0
_MAX_WAITING_MESSAGES = 10_000
"""Room for the discovery messages of a large home, which all arrive at once."""
_MAX_PACKET_BYTES = 8 * 1024 * 1024
"""The broker is asked never to send more at once; zigbee2mqtt's list of a large home has one or two
million. A retained message without end would fill the memory of a small Pi at every connect."""
_MAX_PENDING_CALLS = 1_000
"""More at once is worth a warning; many commands a second are not."""

# Reason codes of MQTT 5, section 2.4; paho puts those of 3.1.1 into the same words.
_UNKNOWN_VERSION = 132
_WRONG_LOGIN = (134, 135)
_TAKEN_OVER = 142


class _HungUp(aiomqtt.MqttError):
    """The broker ended the connection before it answered the greeting."""


class Connection(aiomqtt.Client):
    """A connection that also ends when the broker hangs up instead of answering the greeting.

    The client id is stable: a broker ends the old connection of a speaker, Last Will included,
    before it accepts the new one, so that the newest word on ~/availability is the true one. With
    no device id it is a visitor's: it ends nobody's, and leaves no word behind.
    """

    def __init__(self, config: MqttConfig, device_id: str, version: ProtocolVersion) -> None:
        """Raises ConfigError, BrokerRefused; `async with` connects."""
        self._will = _will(device_id)
        super().__init__(
            config.host,
            config.port,
            username=config.username or None,
            password=None if config.password_file is None else read_secret(config.password_file),
            identifier=f"parlor-{device_id}" if device_id else None,
            protocol=version,
            will=self._will,
            keepalive=config.keepalive_seconds,
            timeout=TIMEOUT_SECONDS,
            tls_context=tls_context(config) if config.tls else None,
            properties=_limits() if version is ProtocolVersion.V5 else None,
            max_queued_incoming_messages=_MAX_WAITING_MESSAGES,
        )
        self.pending_calls_threshold = _MAX_PENDING_CALLS
        self._version = version
        self._greeting = True

    def expiring(self, seconds: int) -> Properties | None:
        """What makes a broker drop a message that it could not deliver in time; MQTT 5 only."""
        if self._version is not ProtocolVersion.V5:
            return None
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = seconds
        return properties

    async def __aenter__(self) -> Self:
        """Connect, or leave no socket behind."""
        try:
            with clock.hold(2 * TIMEOUT_SECONDS):
                return await super().__aenter__()
        except aiomqtt.MqttError:
            self._greeting = False
            self._client.disconnect()
            raise

    async def __aexit__(self, *error: Any) -> None:
        """Disconnect, also from a broker whose messages could not be read."""
        if self._disconnected.done():
            # The reason is known already; unread, asyncio would complain about it.
            self._disconnected.exception()
        try:
            await super().__aexit__(*error)
        finally:
            self._client.disconnect()

    async def say_goodbye(self) -> None:
        """Say offline ourselves: a clean goodbye makes the broker forget the Last Will."""
        if (will := self._will) is not None:
            farewell = self.publish(will.topic, will.payload, 1, True, timeout=_FAREWELL_SECONDS)
            with suppress(aiomqtt.MqttError), clock.hold(_FAREWELL_SECONDS):
                await farewell

    def _on_socket_register_write(self, client: Client, userdata: Any, sock: Any) -> None:
        # aiomqtt would watch the number of a socket that may be closed before the loop comes to
        # it, and that may be another's by then.
        def write() -> None:
            try:
                client.loop_write()
            except Exception as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        def watch() -> None:
            if sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), write)

        self._loop.call_soon_threadsafe(watch)

    def _on_disconnect(self, *args: Any, **kwargs: Any) -> None:
        # aiomqtt would let the greeting time out.
        if self._greeting and not self._connected.done():
            self._connected.set_exception(_HungUp("it closed the connection"))
        super()._on_disconnect(*args, **kwargs)


class Dialer:
    """Makes connections, in MQTT 5 or, with a broker that knows no other, in 3.1.1."""

    def __init__(self, config: MqttConfig, device_id: str) -> None:
        self._config = config
        self._device_id = device_id
        older = config.protocol == "3.1.1"
        self._version = ProtocolVersion.V311 if older else ProtocolVersion.V5

    async def dial(self) -> Connection:
        """Connect. Raises ConfigError, BrokerError, aiomqtt.MqttError, ValueError."""
        try:
            return await self._connect(self._version)
        except aiomqtt.MqttError as error:
            if not self._may_fall_back(error):
                raise
        connection = await self._connect(ProtocolVersion.V311)
        _LOGGER.info("the broker does not know MQTT 5: 3.1.1 is used")
        self._version = ProtocolVersion.V311
        return connection

    async def _connect(self, version: ProtocolVersion) -> Connection:
        return await Connection(self._config, self._device_id, version).__aenter__()

    def _may_fall_back(self, error: aiomqtt.MqttError) -> bool:
        unknown = isinstance(error, _HungUp) or _code(error) == _UNKNOWN_VERSION
        return unknown and self._config.protocol == "auto" and self._version is ProtocolVersion.V5


def _limits() -> Properties:
    """What a broker that speaks MQTT 5 may not exceed."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = _MAX_PACKET_BYTES
    return properties


def _will(device_id: str) -> aiomqtt.Will | None:
    if not device_id:
        return None
    return aiomqtt.Will(Topics(device_id).availability, OFFLINE, qos=1, retain=True)


def explain(error: Exception, config: MqttConfig) -> BrokerError:
    """Say why the broker cannot be used, and what to do."""
    where = f"the MQTT broker at {config.host}:{config.port}"
    if isinstance(error, BrokerError):
        return error
    if isinstance(error.__context__, ssl.SSLError):
        return BrokerRefused(
            f"{where}: TLS failed ({error}); check [mqtt] tls, ca_file, cert_file, key_file,"
            " the broker's certificate and this machine's clock"
        )
    if isinstance(error, _HungUp) and config.tls:
        return BrokerRefused(
            f"{where} hung up before the login; it may ask for a certificate that it knows:"
            " check [mqtt] cert_file and key_file"
        )
    code = _code(error)
    if code in _WRONG_LOGIN:
        return BrokerRefused(
            f"{where} refused the login ({error}); check [mqtt] username and password_file"
        )
    if code == _UNKNOWN_VERSION:
        return BrokerRefused(
            f"{where} does not know MQTT {config.protocol} ({error}); set [mqtt] protocol = auto"
        )
    if code == _TAKEN_OVER:
        return BrokerRefused(
            f"{where} has another client with our name; give each speaker its own [device] id"
        )
    return BrokerUnreachable(
        f"{where} cannot be reached ({error}); check that it runs, and [mqtt] host, port and tls"
    )


def wait_seconds(attempt: int, refused: bool, luck: float) -> float:
    """How long to wait before attempt number `attempt` (0: the first retry).

    `luck`, 0 to 1, spreads the speakers of a house over half of the time. A broker that refuses
    is asked rarely, since only a person can mend that.
    """
    doubled = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 16))
    longest = max(doubled, _REFUSED_WAIT_SECONDS) if refused else doubled
    return longest * (0.5 + luck / 2)


def _code(error: Exception) -> int | None:
    """The broker's reason, which the end of a connection carries as its cause."""
    for told in (error, error.__cause__):
        if isinstance(told, aiomqtt.MqttCodeError) and isinstance(told.rc, ReasonCode):
            return told.rc.value
    return None
