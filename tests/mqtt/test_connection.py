import asyncio
import logging
import socket
from pathlib import Path

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from benchmarks.broker import Broker, free_port
from device.config import MqttConfig
from device.errors import BrokerRefused, BrokerUnreachable, ConfigError
from device.mqtt.client import MqttClient
from device.mqtt.connection import Connection, explain, wait_seconds
from tests.mqtt.clients import online, running, true_soon

pytestmark = pytest.mark.broker


async def test_the_right_password_is_accepted(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    with Broker(tmp_path, users={"speaker": "open sesame"}) as broker:
        login = {"username": "speaker", "password_file": secret}
        async with online(broker.config.model_copy(update=login)) as client:
            await client.publish("lamp/set", "ON")


async def test_a_wrong_password_is_told_once_and_tried_again_slowly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "device.mqtt")
    health: list[tuple[bool, str]] = []
    with Broker(tmp_path, users={"speaker": "open sesame"}) as broker:
        config = broker.config.model_copy(update={"username": "nobody"})
        client = MqttClient(config, "kitchen", lambda *told: health.append(told))
        async with running(client):
            await true_soon(lambda: client.problem)
            assert isinstance(client.problem, BrokerRefused)
            with pytest.raises(BrokerUnreachable, match="refused the login"):
                await client.publish("lamp/set", "ON")
    assert health == [(False, "broker-refused")]
    assert caplog.text.count("broker-refused") == 1
    assert "password_file" in caplog.text


async def test_a_missing_password_file_is_told_and_does_not_end_the_task() -> None:
    config = MqttConfig.model_validate({"username": "me", "password_file": "/nowhere/secret"})
    client = MqttClient(config, "kitchen")
    async with running(client):
        await true_soon(lambda: client.problem)
        assert isinstance(client.problem, ConfigError)
        assert "/nowhere/secret" in str(client.problem)


async def test_an_absent_broker_delays_nobody() -> None:
    client = MqttClient(MqttConfig(host="127.0.0.1", port=free_port()), "kitchen")
    async with running(client):
        assert not await client.wait_connected(0.05)
        await true_soon(lambda: client.problem)
        assert isinstance(client.problem, BrokerUnreachable)


@pytest.mark.parametrize("host", ["", "a..b", "no such host", "x" * 300])
async def test_a_host_that_cannot_be_is_told_and_does_not_end_the_task(host: str) -> None:
    client = MqttClient(MqttConfig(host=host), "kitchen")
    async with running(client) as client:
        await true_soon(lambda: client.problem)
        assert isinstance(client.problem, BrokerUnreachable)


@pytest.mark.slow
@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_something_else_on_the_port_is_told_and_does_not_end_the_task(
    greeting: bytes,
) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = MqttClient(MqttConfig(host="127.0.0.1", port=port), "kitchen")
    async with server, running(client):
        await true_soon(lambda: client.problem)
        assert isinstance(client.problem, BrokerUnreachable)


def test_a_second_speaker_of_our_name_is_told_from_a_broker_that_went_away() -> None:
    ended = aiomqtt.MqttError("Disconnected during message iteration")
    taken_over = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
    ended.__cause__ = aiomqtt.MqttCodeError(taken_over, "Unexpected disconnection")
    told = explain(ended, MqttConfig())
    assert isinstance(told, BrokerRefused)
    assert "[device] id" in str(told)
    stopping = ReasonCode(PacketTypes.DISCONNECT, "Server shutting down")
    ended.__cause__ = aiomqtt.MqttCodeError(stopping, "Unexpected disconnection")
    assert isinstance(explain(ended, MqttConfig()), BrokerUnreachable)


def test_an_error_number_of_the_library_is_not_taken_for_the_brokers_answer() -> None:
    not_connected = aiomqtt.MqttCodeError(4, "Could not publish message")
    assert isinstance(explain(not_connected, MqttConfig()), BrokerUnreachable)


@given(st.integers(0, 10_000), st.booleans(), st.floats(0, 1))
def test_waits_grow_to_a_minute_and_spread(attempt: int, refused: bool, luck: float) -> None:
    wait = wait_seconds(attempt, refused, luck)
    assert 0.25 <= wait <= 60
    assert wait <= wait_seconds(attempt + 1, refused, luck)
    assert wait >= 15 or not refused


async def test_a_socket_that_was_closed_meanwhile_is_not_watched() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    connection = Connection(MqttConfig(), "kitchen", aiomqtt.ProtocolVersion.V5)
    ours, theirs = socket.socketpair()
    connection._on_socket_register_write(connection._client, None, ours)
    ours.close()
    with theirs, socket.socket() as other:
        await asyncio.sleep(0)
        assert not asyncio.get_running_loop().remove_writer(other.fileno())
    assert complaints == []
