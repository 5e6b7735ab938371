"""The broker that the role makes: encrypted, with passwords, and kept from expiring."""

import gc
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from device.config import MqttConfig
from device.errors import BrokerRefused
from device.mqtt.client import MqttClient
from tests.fleet.chroots import chroot, reached
from tests.fleet.controller import Controller, Played
from tests.mqtt.clients import online, running, true_soon

# paho leaves the socket of a failed handshake to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Hub:
    """A root with a broker, and how it is provisioned."""

    def __init__(self, cache: Path, folder: Path, root: Path) -> None:
        self._root = root
        self._folder = folder
        self._controller = Controller(cache, folder)
        self._controller.inventory(
            {"hubs": {"hub": reached(root)}},
            parlor_offline_debs=str(cache / "debs/debs.tar"),
            mosquitto_names=["localhost", "127.0.0.1"],
            mosquitto_passwords={"homeassistant": "one", "kitchen": "two"},
        )

    def play(self, **changed: int) -> Played:
        more = [
            argument for name, value in changed.items() for argument in ("-e", f"{name}={value}")
        ]
        done = self._controller.play("site.yml", "--skip-tags", "base", *more)
        assert done.code == 0, done.output
        return done

    def config(self, folder: Path, password: str = "two") -> MqttConfig:
        file = folder / "password"
        file.write_text(password)
        file.chmod(0o600)
        return MqttConfig(
            host="localhost", port=8883, username="kitchen", password_file=file,
            tls=True, ca_file=self._folder / "authority/authority.pem",
        )  # fmt: skip

    @contextmanager
    def broker(self) -> Iterator[None]:
        """Mosquitto with the files of the role, as Debian's unit starts it."""
        command = ["chroot", str(self._root), "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"]
        (self._root / "run/mosquitto").mkdir(exist_ok=True)
        subprocess.run(["chroot", self._root, "chown", "mosquitto", "/run/mosquitto"], check=True)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            time.sleep(1)
            assert process.poll() is None
            try:
                yield
            finally:
                process.terminate()


@pytest.fixture
def hub(cache: Path, tmp_path: Path) -> Iterator[Hub]:
    with chroot(cache, tmp_path / "hub") as root:
        yield Hub(cache, tmp_path, root)


@asynccontextmanager
async def refusal(config: MqttConfig) -> AsyncIterator[str]:
    client = MqttClient(config, "kitchen")
    async with running(client):
        await true_soon(lambda: client.problem)
        assert isinstance(client.problem, BrokerRefused)
        yield str(client.problem)
    gc.collect()


async def test_speakers_get_in_by_password_over_tls_and_an_expired_certificate_is_made_anew(
    hub: Hub, tmp_path: Path
) -> None:
    hub.play()
    with hub.broker():
        async with online(hub.config(tmp_path)) as client:
            await client.publish("parlor/kitchen/state", "idle")
        async with refusal(hub.config(tmp_path, "wrong")) as told:
            assert "password" in told

    hub.play(mosquitto_certificate_days=0, mosquitto_renew_days=9999)
    with hub.broker():
        async with refusal(hub.config(tmp_path)) as told:
            assert "expired" in told

    renewed = hub.play()
    assert "mosquitto : Sign it" in renewed.changed("hub")
    with hub.broker():
        async with online(hub.config(tmp_path)):
            pass
    assert hub.play().changed("hub") == []
