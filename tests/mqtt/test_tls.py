"""Encrypted connections, and who may make them: every refusal says which setting to look at."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.broker import Broker, Certificate
from device.config import MqttConfig
from device.errors import BrokerRefused, ConfigError, DeviceError
from device.mqtt.client import MqttClient
from tests.mqtt.clients import online, running, true_soon

pytestmark = [
    pytest.mark.broker,
    # paho leaves the socket of a failed handshake to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def tls(broker: Broker, **files: Path | None) -> MqttConfig:
    return broker.config.model_copy(update={"tls": True, **files})


@asynccontextmanager
async def problem(config: MqttConfig) -> AsyncIterator[DeviceError]:
    """Why this configuration does not connect."""
    client = MqttClient(config, "kitchen")
    async with running(client):
        await true_soon(lambda: client.problem)
        assert client.problem is not None
        assert not client.connected
        yield client.problem
    gc.collect()


async def test_a_broker_with_a_known_certificate_is_used(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    with Broker(tmp_path, certificate=certificate) as broker:
        async with online(tls(broker, ca_file=certificate.file)) as client:
            await client.publish("lamp/set", "ON")


async def test_a_broker_with_a_foreign_certificate_is_refused(tmp_path: Path) -> None:
    with Broker(tmp_path, certificate=Certificate(tmp_path)) as broker:
        other = Certificate(tmp_path, "stranger")
        async with problem(tls(broker, ca_file=other.file)) as told:
            assert isinstance(told, BrokerRefused)
            assert "ca_file" in str(told)


async def test_a_certificate_that_has_expired_is_refused_and_the_clock_is_thought_of(
    tmp_path: Path,
) -> None:
    certificate = Certificate(tmp_path, expired=True)
    with Broker(tmp_path, certificate=certificate) as broker:
        async with problem(tls(broker, ca_file=certificate.file)) as told:
            assert isinstance(told, BrokerRefused)
            assert "expired" in str(told)
            assert "clock" in str(told)


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, "elsewhere.local", local=False)
    with Broker(tmp_path, certificate=certificate) as broker:
        async with problem(tls(broker, ca_file=certificate.file)) as told:
            assert isinstance(told, BrokerRefused)
            assert "localhost" in str(told)


async def test_a_key_that_everybody_can_read_is_not_used(tmp_path: Path) -> None:
    ours = Certificate(tmp_path, "kitchen")
    ours.key.chmod(0o644)
    config = MqttConfig(tls=True, cert_file=ours.file, key_file=ours.key)
    async with problem(config) as told:
        assert isinstance(told, ConfigError)
        assert f"chmod 600 {ours.key}" in str(told)


async def test_a_broker_that_asks_for_a_certificate_gets_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = Certificate(tmp_path), Certificate(tmp_path, "kitchen")
    with Broker(tmp_path, certificate=theirs, client_authority=ours.file) as broker:
        config = tls(broker, ca_file=theirs.file, cert_file=ours.file, key_file=ours.key)
        async with online(config) as client:
            await client.publish("lamp/set", "ON")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        async with online(config.model_copy(update={"key_file": Path(ours.key.name)})):
            pass


@pytest.mark.parametrize("shown", ["none", "one it does not know"])
async def test_a_broker_that_does_not_get_the_certificate_it_wants_refuses(
    tmp_path: Path, shown: str
) -> None:
    theirs, ours = Certificate(tmp_path), Certificate(tmp_path, "kitchen")
    with Broker(tmp_path, certificate=theirs, client_authority=ours.file) as broker:
        config = tls(broker, ca_file=theirs.file)
        if shown != "none":
            other = Certificate(tmp_path, "stranger")
            config = tls(broker, ca_file=theirs.file, cert_file=other.file, key_file=other.key)
        async with problem(config) as told:
            assert isinstance(told, BrokerRefused)
            assert "cert_file" in str(told)


async def test_a_broker_without_tls_is_not_talked_to_in_the_clear(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    with Broker(tmp_path) as broker:
        async with problem(tls(broker, ca_file=certificate.file)) as told:
            assert "tls" in str(told)


async def test_a_broker_with_tls_that_is_talked_to_in_the_clear_says_so(tmp_path: Path) -> None:
    with Broker(tmp_path, certificate=Certificate(tmp_path)) as broker:
        async with problem(broker.config) as told:
            assert "tls" in str(told)


async def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    ours, other = Certificate(tmp_path, "kitchen"), Certificate(tmp_path, "stranger")
    missing = tmp_path / "missing"
    base = MqttConfig(tls=True)
    for files, named in [
        ({"ca_file": missing}, "ca_file"),
        ({"cert_file": missing, "key_file": ours.key}, "cert_file"),
        ({"cert_file": ours.file, "key_file": missing}, "key_file"),
        ({"cert_file": ours.file, "key_file": other.key}, "key_file"),
        ({"cert_file": ours.file}, "key_file"),
        ({"cert_file": ours.file, "key_file": await protected(ours.key)}, "key_file"),
    ]:
        async with problem(base.model_copy(update=files)) as told:
            assert isinstance(told, BrokerRefused)
            assert named in str(told)


async def protected(key: Path) -> Path:
    """The key under a password, for which nobody may be asked."""
    file = key.with_suffix(".protected")
    command = ("openssl", "pkcs8", "-topk8", "-v2", "aes256", "-passout", "pass:secret")
    process = await asyncio.create_subprocess_exec(*command, "-in", str(key), "-out", str(file))
    assert await process.wait() == 0
    return file
