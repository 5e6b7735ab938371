"""[mqtt], and [device] id and name: what the broker sees of the speaker."""

import json
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.broker import Broker, Certificate, find_mosquitto, free_port
from device import events as e
from tests.config.story import Values, tell, types

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]


def health(stt: Values, **values: object) -> list[tuple[bool, str]]:
    """Whether the broker was reached, and the code of what kept it away."""
    told = tell({"stt": stt, "mqtt": values}, types("what time is it")).of(e.HealthChanged)
    return [(event.healthy, event.code) for event in told if event.part == "broker"]


def log_of(broker: Broker, folder: Path) -> str:
    return (folder / f"mosquitto-{broker.port}.log").read_text()


def test_the_broker_is_found_by_host_and_port(broker: Broker, clock_stt: Values) -> None:
    assert health(clock_stt, host="127.0.0.1", port=broker.port) == [(True, "")]
    unused = free_port()
    assert health(clock_stt, host="127.0.0.1", port=unused) == [(False, "broker-unreachable")]
    assert health(clock_stt, host="nowhere.invalid") == [(False, "broker-unreachable")]


def test_the_broker_can_be_left_out(broker: Broker, clock_stt: Values) -> None:
    assert health(clock_stt, host="127.0.0.1", port=broker.port, enabled=False) == []


def test_keepalive_is_agreed_with_the_broker(
    broker: Broker, tmp_path: Path, clock_stt: Values
) -> None:
    assert health(clock_stt, host="127.0.0.1", port=broker.port, keepalive_seconds=17)
    assert ", k17)" in log_of(broker, tmp_path)


def test_a_user_has_a_password(tmp_path: Path, clock_stt: Values) -> None:
    password = tmp_path / "password"
    password.touch(mode=0o600)
    with Broker(tmp_path, users={"parlor": "right"}) as broker:
        ours = {"host": "127.0.0.1", "port": broker.port, "password_file": str(password)}
        password.write_text("right\n")
        assert health(clock_stt, **ours, username="parlor") == [(True, "")]
        assert health(clock_stt, **ours) == [(False, "broker-refused")]
        password.write_text("wrong\n")
        assert health(clock_stt, **ours, username="parlor") == [(False, "broker-refused")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_trusts_the_authority_of_ca_file(tmp_path: Path, clock_stt: Values) -> None:
    ours = Certificate(tmp_path)
    other = Certificate(tmp_path, "other")
    with Broker(tmp_path, certificate=ours) as broker:
        at = {"host": "localhost", "port": broker.port}
        assert health(clock_stt, **at, tls=True, ca_file=str(ours.file)) == [(True, "")]
        refused = [(False, "broker-refused")]
        assert health(clock_stt, **at, tls=True, ca_file=str(other.file)) == refused
        assert health(clock_stt, **at, tls=True) == refused


def test_the_device_is_named_in_topics_and_to_people(broker: Broker, clock_stt: Values) -> None:
    told: dict[str, str] = {}
    came = threading.Event()

    def note(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        told[message.topic] = message.payload.decode()
        if message.topic.endswith("attributes"):
            came.set()

    device = {"id": "den", "name": "Our den", "area": "Den", "language": "en"}
    tell({"stt": clock_stt, "device": device, "mqtt": broker.config.model_dump()}, types("help"))
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = note
    client.connect("127.0.0.1", broker.port)
    client.subscribe("parlor/den/#")
    client.loop_start()
    assert came.wait(5), told
    client.loop_stop()
    about = next(json.loads(text) for topic, text in told.items() if topic.endswith("attributes"))
    assert device.items() - {("id", "den")} <= about.items()
