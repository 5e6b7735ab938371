"""`parlor run` as a process with a broker beside it, for tests of the whole daemon."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.broker import Broker
from benchmarks.espeak import speak
from benchmarks.soundcard import MICROPHONE, SPEAKER, SoundCard
from device.audio.format import RATE, Samples

Told = dict[str, Any]

CONFIG = """
[audio]
input = "{microphone}"
output = "{speaker}"

[mqtt]
host = "127.0.0.1"
port = {port}

[[home.entity]]
name = "kitchen light"
domain = "light"
area = "Kitchen"
preset = "zigbee2mqtt"
"""


LONG_QUESTION = "what can you do"
"""It takes long to answer."""


def say(card: SoundCard, *texts: str, pause_seconds: float = 0.0) -> None:
    """Say texts into the microphone, with pauses between them, and return when they were said."""
    pause = np.zeros(int(pause_seconds * RATE), dtype=np.int16)
    parts: list[Samples] = [part for text in texts for part in (speak(text).samples, pause)]
    card.play_into_mic(np.concatenate(parts), RATE).wait(30)


class Daemon:
    """A running speaker; its events are collected as they are printed."""

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        environment: dict[str, str],
        program: tuple[str, ...] = ("-m", "device", "run", "--json", "--config"),
        more: str = "",
    ) -> None:
        """`program` is what Python runs; `more` is added to the configuration."""
        config = folder / "parlor.toml"
        told = CONFIG.format(microphone=MICROPHONE, speaker=SPEAKER, port=broker.port)
        config.write_text(told + more)
        self.told: list[Told] = []
        self._environment = {**os.environ, **environment, "STATE_DIRECTORY": str(folder / "state")}
        self._log = (folder / "daemon.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, *program, str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=self._environment,
        )
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._port = broker.port
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        self._reader.start()
        self.wait_for("ready", seconds=30)
        self.wait_for("health_changed", part="broker", healthy=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self.stop()

    @property
    def rows(self) -> set[str]:
        """Rows of the turn table taken so far."""
        return {event["row"] for event in self.told if event["event"] == "turn_stepped"}

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stop(self) -> int:
        """Ask the process to stop as systemd would, and give its exit code; idempotent."""
        self._process.terminate()
        code = self._process.wait(15)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._reader.join(5)
        self._log.close()
        return code

    def metrics(self) -> Told:
        """What `parlor metrics` shows of this speaker."""
        shown = subprocess.run(
            [sys.executable, "-m", "device", "metrics", "--json"],
            capture_output=True, check=True, env=self._environment,
        )  # fmt: skip
        told: Told = json.loads(shown.stdout)
        return told

    def send(self, name: str, payload: str | Told = "") -> None:
        """Publish a command on ~/<name>/set."""
        deadline = time.monotonic() + 10
        while not self._client.is_connected() and time.monotonic() < deadline:
            time.sleep(0.05)
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self._client.publish(f"parlor/parlor/{name}/set", text, qos=1).wait_for_publish(5)

    def retained(self, topic_filter: str, last: str) -> dict[str, str]:
        """What the broker has retained by topic, once `last` has come."""
        found: dict[str, str] = {}
        came = threading.Event()

        def note(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
            if message.retain:
                found[message.topic] = message.payload.decode()
            if message.topic == last:
                came.set()

        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.on_message = note
        client.connect("127.0.0.1", self._port)
        client.subscribe(topic_filter)
        client.loop_start()
        assert came.wait(20), f"nothing is retained on {last}: {sorted(found)}"
        time.sleep(0.5)
        client.loop_stop()
        client.disconnect()
        return found

    @contextmanager
    def rival(self, late: bool = False) -> Iterator[None]:
        """Another speaker that hears every wake word better; late: it tells after our claim."""

        def outbid(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
            bid = json.loads(message.payload)
            if bid["device_id"] != "rival" and bid["claim"] is late:
                better = {"device_id": "rival", "snr_db": bid["snr_db"] + 20, "claim": True}
                client.publish(message.topic, json.dumps({**bid, **better}), qos=1)

        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.on_message = outbid
        client.connect("127.0.0.1", self._port)
        client.subscribe("parlor/bid/#", qos=1)
        client.loop_start()
        try:
            yield
        finally:
            client.loop_stop()
            client.disconnect()

    def press(self) -> None:
        """Press the button for a moment, where the program has one."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def rest(self) -> None:
        """Bring the speaker back to rest."""
        self.send("stop")
        time.sleep(0.4)

    def speak_on(self) -> None:
        """Have a long reply on the loudspeaker."""
        start = self.mark()
        self.send("ask", LONG_QUESTION)
        self.wait_for("turn_stepped", start, row="reply-audible")

    def mark(self) -> int:
        """Where the story stands; give it to `wait_for` as `since`."""
        return len(self.told)

    def wait_for(self, event: str, since: int = 0, seconds: float = 20, **fields: Any) -> Told:
        """The first such event with these fields; AssertionError when it does not come."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for told in self.told[since:]:
                    if told["event"] == event and fields.items() <= told.items():
                        return told
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    story = "\n".join(str(told) for told in self.told[since:])
                    raise AssertionError(f"no {event} {fields} among\n{story}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with self._news:
                    self.told.append(json.loads(line))
                    self._news.notify_all()
