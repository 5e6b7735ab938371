"""[mqtt], and [device] id and name: what the broker sees of the speaker."""

import asyncio
import json
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.broker import Broker, Certificate, find_mosquitto, free_port
from device import clock
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.observer import Observer
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


def test_the_protocol_is_the_newest_unless_told_otherwise(
    broker: Broker, tmp_path: Path, clock_stt: Values
) -> None:
    for protocol, version in (("auto", "p5"), ("5", "p5"), ("3.1.1", "p2")):
        at = {"host": "127.0.0.1", "port": broker.port, "keepalive_seconds": 21}
        assert health(clock_stt, **at, protocol=protocol) == [(True, "")]
        connected = [line for line in log_of(broker, tmp_path).splitlines() if "k21)" in line]
        assert f"({version}," in connected[-1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_speaker_shows_its_certificate_where_one_is_asked_for(
    tmp_path: Path, clock_stt: Values
) -> None:
    server, ours = Certificate(tmp_path), Certificate(tmp_path, "speaker")
    with Broker(tmp_path, certificate=server, client_authority=ours.file) as broker:
        at = {"host": "localhost", "port": broker.port, "tls": True, "ca_file": str(server.file)}
        shown = {"cert_file": str(ours.file), "key_file": str(ours.key)}
        assert health(clock_stt, **at, **shown) == [(True, "")]
        assert health(clock_stt, **at)[0] == (False, "broker-refused")


@pytest.mark.parametrize(("event_queue", "kept"), [(100, True), (0, False)])
def test_events_are_kept_while_the_broker_is_away(
    broker: Broker, clock_stt: Values, event_queue: int, kept: bool
) -> None:
    events: set[str] = set()

    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        parlor.session.post(e.UtteranceGiven(text="what time is it", spoken=False))
        await parlor.settled(0.5)
        broker.start()
        with clock.hold(30), Observer(broker) as observer:
            while "parlor/parlor/availability" not in observer.topics():
                await asyncio.sleep(0.05)
            # Events go out after the states, and in order.
            parlor.session.post(e.StageFailed(stage="test", code="test", message="", turn_id=-1))
            while not any("test" in payload for _, payload in observer.seen):
                await asyncio.sleep(0.05)
            events.update(payload for topic, payload in observer.seen if topic.endswith("/event"))

    broker.stop()
    mqtt = {**broker.config.model_dump(), "event_queue": event_queue}
    tell({"stt": clock_stt, "mqtt": mqtt}, scene)
    assert any("HassGetCurrentTime" in payload for payload in events) is kept


@pytest.mark.parametrize(("bids", "answers"), [({}, False), ({"bid_group": ""}, True),
                                               ({"bid_group": "attic"}, True)])  # fmt: skip
def test_speakers_of_one_group_let_the_one_that_hears_best_answer(
    broker: Broker, clock_stt: Values, bids: Values, answers: bool
) -> None:
    def outbid(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        bid = json.loads(message.payload)
        if bid["device_id"] != "rival":
            better = {**bid, "device_id": "rival", "snr_db": bid["snr_db"] + 9, "claim": True}
            client.publish(message.topic, json.dumps(better), qos=1)

    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        await parlor.online(5.0)
        with clock.hold(10):
            parlor.session.post(e.WakeWordDetected(word="hey_jarvis", score=0.9, snr_db=10))
            events = parlor.bus.subscribe()
            async for event in events:
                if isinstance(event, e.BidWon | e.BidLost):
                    break
        parlor.session.post(e.StopRequested())

    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = outbid
    client.connect("127.0.0.1", broker.port)
    client.subscribe("parlor/bid/home", qos=1)
    client.loop_start()
    wake = {"bid_ms": 250, **bids}
    story = tell({"stt": clock_stt, "wake": wake, "mqtt": broker.config.model_dump()}, scene)
    client.loop_stop()
    client.disconnect()
    assert bool(story.of(e.BidWon)) is answers
