"""Speakers without ears and mouth, many to a process; all that speaks MQTT is the device's own.

The process is told what to do on stdin and notes on stdout what happens, both as JSON, one object
a line. Times are of the clock that all processes of a computer share (CLOCK_MONOTONIC).

do        fields            what every speaker does
start                       connects
tell      key               tells an event, which waits while the broker is away
turn      volume            takes a volume, and reports it
wake      round, at, within hears its room's wake word, at a moment of that room's own
usage                       nothing; the process notes what it has used

note      fields            what happened
made                        all speakers are there, none is connected
up, down  speaker, code     its line, with the code of what broke it
heard     speaker, key      an announcement arrived
decided   speaker, round, answers, seconds
                            who answers a wake word
left      speaker, round    it had said that it answers, and gives way
usage     cpu_seconds, resident_kib, lag_ms, strangers
                            since the start; how late timers were since the last usage; how often
                            somebody heard another speaker announce himself, since the start
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.process import resident_kib
from benchmarks.report import percentile
from device import events as e
from device.bus import Bus
from device.config import DeviceConfig, HomeConfig, MqttConfig
from device.home.learned import Learned
from device.mqtt.bids import Bidder
from device.mqtt.bridge import Bridge, Speaker
from device.mqtt.client import MqttClient
from device.mqtt.discovery import config_topic
from device.mqtt.requests import Features
from device.settings import Settings

WINDOW_MS: Final = 150
"""[wake] bid_ms, as it is by default."""
_HEARD_APART_SECONDS: Final = 0.08
"""Speakers of one room notice the same word so far apart."""
_TICK_SECONDS: Final = 0.02
_ROOM_SIZES: Final = (2, 3, 2, 4)
_FEATURES: Final = Features(("en", "de"), ("amy",), lights=True, effects=("rainbow",))

Note = Callable[..., None]


def device_id(number: int) -> str:
    """The name of a speaker in topics."""
    return f"fleet{number}"


def room_of(number: int) -> int:
    """In which room a speaker stands; two to four share one."""
    house, place = divmod(number, sum(_ROOM_SIZES))
    room = house * len(_ROOM_SIZES)
    for size in _ROOM_SIZES:
        if place < size:
            break
        place, room = place - size, room + 1
    return room


class SimulatedSpeaker:
    """One speaker; a session that does at once what it is asked."""

    def __init__(self, mqtt: MqttConfig, number: int, note: Note) -> None:
        self.strangers = 0
        """How often another speaker announced himself."""
        self._number = number
        self._note = partial(note, speaker=number)
        self._prefix = mqtt.discovery_prefix
        self._round = 0
        about = DeviceConfig(id=device_id(number), name=f"Speaker {number}", area="Room")
        self.bus = Bus()
        self._client = MqttClient(mqtt, about.id, self._line_changed)
        told = Speaker(about, mqtt, Settings(), _FEATURES, celsius=lambda: None)
        self._bridge = Bridge(self._client, self.bus, self, self._announce, told)
        for topic_filter in Learned(HomeConfig(), mqtt.discovery_prefix).filters:
            self._client.subscribe(topic_filter, self._learn)
        group = f"room{room_of(number)}"
        self._bidder = Bidder(self._client, about.id, group, WINDOW_MS, self.post)

    @property
    def seconds(self) -> float:
        """Nothing is captured."""
        return 0.0

    async def run(self) -> None:
        """Be a speaker until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._client.run())
            tasks.create_task(self._bridge.run())

    def post(self, event: e.Event) -> None:
        """Take an event as a session does."""
        if isinstance(event, e.BidLost):
            self._note("left", round=self._round)
        self.bus.tell(event)

    async def wake(self, number: int, at: float, within: float) -> None:
        """Hear the wake word of a round that begins at `at` and lasts `within` seconds."""
        room = Random(f"{number} {room_of(self._number)}")
        own = Random(f"{number} {self._number}")
        moment = at + room.uniform(0.0, within) + own.uniform(0.0, _HEARD_APART_SECONDS)
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        self._round = number
        snr, level = round(own.uniform(0.0, 30.0)), own.uniform(-50.0, -20.0)
        word = e.WakeWordDetected(word="hey_jarvis", score=0.9, snr_db=snr, level_dbfs=level)
        self.bus.tell(word)
        began = time.monotonic()
        answers = await self._bidder.answers(word)
        self._note("decided", round=number, answers=answers, seconds=time.monotonic() - began)

    def _line_changed(self, healthy: bool, code: str) -> None:
        self._note("up" if healthy else "down", code=code)

    def _learn(self, topic: str, _payload: str, _retained: bool) -> None:
        ours = config_topic(self._prefix, device_id(self._number))
        self.strangers += topic != ours

    def _announce(self, event: e.Event) -> None:
        if isinstance(event, e.AnnouncementDue):
            self._note("heard", key=event.text)


class Crew:
    """The speakers of one process, and what they are told to do."""

    def __init__(self, speakers: list[SimulatedSpeaker], note: Note) -> None:
        self._speakers = speakers
        self._note = note
        self._lags: list[float] = []

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Obey until the orders end."""
        self._note("made")
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(self._watch_lag())]
            while line := await orders.readline():
                order = json.loads(line)
                working += [tasks.create_task(one) for one in self._begun(order)]
                working = [task for task in working if not task.done()]
            for task in working:
                task.cancel()

    def _begun(self, order: dict[str, Any]) -> list[Any]:
        """What an order sets off that takes time; what takes none is done."""
        match order["do"]:
            case "start":
                return [speaker.run() for speaker in self._speakers]
            case "wake":
                when = order["round"], order["at"], order["within"]
                return [one.wake(*when) for one in self._speakers]
            case "tell":
                self._tell(e.TimerFinished(id=order["key"], name="egg"))
            case "turn":
                self._tell(e.VolumeChanged(volume=order["volume"]))
            case "usage":
                self._use()
        return []

    def _tell(self, event: e.Event) -> None:
        for speaker in self._speakers:
            speaker.bus.tell(event)

    def _use(self) -> None:
        lag = percentile(self._lags, 0.99) if self._lags else 0.0
        self._lags.clear()
        self._note(
            "usage", cpu_seconds=time.process_time(), resident_kib=resident_kib(os.getpid()),
            lag_ms=1000 * lag, strangers=sum(one.strangers for one in self._speakers),
        )  # fmt: skip

    async def _watch_lag(self) -> None:
        while True:
            due = time.monotonic() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            self._lags.append(time.monotonic() - due)


def _note(what: str, **facts: Any) -> None:
    sys.stdout.write(json.dumps({"note": what, "at": time.monotonic(), **facts}) + "\n")
    sys.stdout.flush()


async def _main(port: int, passwords: Path, numbers: range) -> None:
    orders = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    speakers = [SimulatedSpeaker(_line(port, passwords, one), one, _note) for one in numbers]
    await Crew(speakers, _note).run(orders)


def _line(port: int, passwords: Path, number: int) -> MqttConfig:
    name = device_id(number)
    return MqttConfig(host="127.0.0.1", port=port, username=name, password_file=passwords / name)


if __name__ == "__main__":
    logging.getLogger("device.mqtt").setLevel(logging.ERROR)
    port, first, count, step = map(int, sys.argv[2:])
    asyncio.run(_main(port, Path(sys.argv[1]), range(first, count, step)))
