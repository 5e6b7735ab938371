"""Plays a scenario in real time: `parlor run` on the virtual sound card, in a simulated room."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import paho.mqtt.client as mqtt
import tomlkit
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.card import Card, Sink
from benchmarks.echo_path import EchoPath
from benchmarks.scenario.account import Account, Delays, Said, Sound
from benchmarks.scenario.direct import Notes, direct
from benchmarks.scenario.home import Home, home
from benchmarks.scenario.pressed import STAMP
from benchmarks.scenario.script import Command, Fault, Scenario, Sought, Speech
from benchmarks.scenario.voices import Sounds, hiss, prepare
from benchmarks.sink_recording import RATE as CARD_RATE
from benchmarks.sink_recording import SinkRecording
from benchmarks.soundcard import SoundCard, sound_card
from device.audio.format import RATE, Samples
from device.audio.level import to_samples, to_signal
from device.audio.resample import resample
from device.errors import DeviceError

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 15.0
_WARM_SECONDS: Final = 1.0
_HISS_SECONDS: Final = 10
_WRONG_SECONDS: Final = 6.0
HOLES: Final = "the machine was too busy to play without holes"
"""A trouble of the rig, not of the speaker."""
_RUN: Final = ("-m", "device", "run", "--json", "--config")
_PRESSED: Final = ("-m", "benchmarks.scenario.pressed")


class LiveStage:
    """The room around the card."""

    def __init__(self, scenario: Scenario, card: Card, at_home: Home, sounds: Sounds) -> None:
        self._scenario = scenario
        self._card = card
        self._home = at_home
        self._sounds = sounds
        self._path: EchoPath | None = None
        self._speaker: asyncio.subprocess.Process | None = None
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.holes = 0
        """How often what the microphone heard broke off."""
        self.delays: list[Delays] = []
        """Of the card, each time that the room was put around it."""

    @asynccontextmanager
    async def open(self, speaker: asyncio.subprocess.Process) -> AsyncIterator[None]:
        """Be there for a speaker."""
        self._speaker = speaker
        self._client.connect("127.0.0.1", self._home.broker.port)
        self._client.loop_start()
        await self.surround()
        try:
            yield
        finally:
            await self.leave()
            self._client.disconnect()
            self._client.loop_stop()

    async def surround(self) -> None:
        """Put the room around the card."""
        path = room_around(self._card, self._scenario)
        self._path = await asyncio.to_thread(path.__enter__)
        self.delays.append(delays_of(path))

    async def leave(self) -> None:
        """Take the room away; its microphone hears nothing at all."""
        path, self._path = self._path, None
        if path is not None:
            self.holes += path.holes
            await asyncio.to_thread(path.__exit__, None, None, None)

    async def say(self, speech: tuple[Speech, ...]) -> Said:
        """Let it be heard after what is being said."""
        assert self._path is not None
        spoken = self._sounds[speech]
        at = await asyncio.to_thread(self._path.say, to_samples(spoken.sound), RATE)
        return spoken.said(at)

    async def ask(self, text: str) -> None:
        """Type a sentence."""
        self._send("ask", text)

    async def announce(self, text: str) -> None:
        """Let the speaker say something of its own."""
        self._send("say", text)

    async def command(self, name: Command) -> None:
        """Press the button, or give the command by MQTT."""
        if name != "press":
            self._send(name, "")
            return
        assert self._speaker is not None
        assert self._speaker.stdin is not None
        self._speaker.stdin.write(b"press\n")
        await self._speaker.stdin.drain()

    async def fault(self, kind: Fault) -> None:
        """Let something go wrong."""
        if self._home.fault(kind):
            return
        part, _, what = kind.partition("_")
        card, sink = self._card, _sink(part)
        assert isinstance(card, SoundCard), "only a virtual card can be broken"
        if part == "card":
            (card.freeze if what == "frozen" else card.thaw)()
        elif what == "suspended":
            await asyncio.to_thread(card.suspend, sink)
        elif what in ("dc", "clipping"):
            card.play_into_mic(_wrong(what))
        elif what in ("unplugged", "silent"):
            await self._take_away(card, sink, silent=what == "silent")
        elif what in ("back", "well"):
            await self._bring_back(card, sink, silent=what == "well")

    async def _take_away(self, card: SoundCard, sink: Sink, *, silent: bool) -> None:
        if sink == "mic":
            await self.leave()
        if silent:
            card.die_down()
        else:
            await asyncio.to_thread(card.remove, sink)

    async def _bring_back(self, card: SoundCard, sink: Sink, *, silent: bool) -> None:
        if silent:
            card.revive()
        else:
            await asyncio.to_thread(card.insert, sink)
        if sink == "mic" and self._path is None:
            await self.surround()

    def _send(self, name: str, payload: str) -> None:
        self._client.publish(f"parlor/parlor/{name}/set", payload, qos=1)


def play(
    scenario: Scenario, beside: Path, *, card: Card | None = None, stamped: bool = False
) -> Account:
    """Play it in real time, on a virtual card where none is given.

    `stamped`: events have the time at which the speaker told them.
    """
    sounds = prepare(scenario, beside)
    with ExitStack() as stack:
        at_home = stack.enter_context(home(scenario))
        card = card or stack.enter_context(sound_card())
        with recorded(card) as sound:
            account = asyncio.run(_play(scenario, at_home, card, sounds, stamped=stamped))
        return replace(account, played=sound("spk"), heard=sound("mic"))


def room_around(card: Card, scenario: Scenario) -> EchoPath:
    """The room of a scenario, where the card is not in a real one."""
    room = scenario.room if card.simulated else None
    noise = None
    if scenario.noise is not None:
        noise = resample(to_samples(hiss(scenario.noise, _HISS_SECONDS * RATE)), RATE, CARD_RATE)
    return EchoPath(card, room, card.cushion_ms, None if noise is None else to_signal(noise))


def delays_of(path: EchoPath) -> Delays:
    """Those that were measured."""
    return Delays(
        path.latency_seconds if "spk" in path.measured else None,
        path.voice_latency_seconds if "mic" in path.measured else None,
    )


@contextmanager
def recorded(card: Card) -> Iterator[Callable[[Sink], Sound]]:
    """Record what can be while the block runs, and give it afterwards."""
    with ExitStack() as stack:
        recordings = {"spk": stack.enter_context(card.recording("spk"))}
        if card.tapped:
            recordings["mic"] = stack.enter_context(card.recording("mic"))
        yield lambda sink: _sound(recordings[sink]) if sink in recordings else Sound()


def _sound(recording: SinkRecording) -> Sound:
    return Sound(recording.samples, CARD_RATE, recording.began_at)


async def _play(
    scenario: Scenario, at_home: Home, card: Card, sounds: Sounds, *, stamped: bool
) -> Account:
    notes, stage = Notes(), LiveStage(scenario, card, at_home, sounds)
    stamped = stamped or any(cue.command == "press" for cue in scenario.script)
    program = _PRESSED if stamped else _RUN
    async with _speaker(program, at_home, card, notes) as process, stage.open(process):
        await asyncio.sleep(_WARM_SECONDS)
        await direct(scenario, stage, notes)
    if stage.holes:
        notes.troubles.append(HOLES)
    asked = at_home.model.asked if at_home.model else []
    return Account(
        notes.happenings, Sound(), notes.marks, notes.said, at_home.lamps.commands, asked,
        notes.troubles, delays=stage.delays,
    )  # fmt: skip


@asynccontextmanager
async def _speaker(
    program: tuple[str, ...], at_home: Home, card: Card, notes: Notes
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`parlor run` as a process; its events are noted as they come."""
    config = at_home.folder / "parlor.toml"
    audio = {
        "input": card.microphone,
        "output": card.loudspeaker,
        **at_home.values.get("audio", {}),
    }
    config.write_text(tomlkit.dumps({**at_home.values, "audio": audio}), encoding="utf-8")
    pipe, log = asyncio.subprocess.PIPE, at_home.folder / "speaker.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *program, str(config), stdin=pipe, stdout=pipe, stderr=errors,
            env={**os.environ, **card.environment},
        )  # fmt: skip
    reading = asyncio.create_task(_read(process, notes))
    try:
        await _ready(process, notes, log)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        await reading


async def _ready(process: asyncio.subprocess.Process, notes: Notes, log: Path) -> None:
    healthy = Sought(event="health_changed", fields={"part": "broker", "healthy": True})
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    for sought in (Sought(event="ready"), healthy):
        while not any(one.fits(sought) for one in notes.happenings):
            if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                raise DeviceError(f"the speaker did not start: {_end_of(log)}")
            await asyncio.sleep(0.05)


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8")[-2_000:]


async def _read(process: asyncio.subprocess.Process, notes: Notes) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        told = json.loads(line)
        notes.note(told, told.pop(STAMP, None))


def _sink(part: str) -> Sink:
    return "mic" if part == "microphone" else "spk"


def _wrong(what: str) -> Samples:
    samples = round(_WRONG_SECONDS * CARD_RATE)
    if what == "dc":
        return np.full(samples, 8_000, np.int16)
    time = np.arange(samples) / CARD_RATE
    return np.where(np.sin(2 * np.pi * 50 * time) > 0, 32_767, -32_768).astype(np.int16)
