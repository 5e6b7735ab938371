"""Plays a scenario in virtual time: files instead of devices, in one simulated room."""

import asyncio
import time
from pathlib import Path
from typing import Final

from benchmarks.scenario.account import Account, Said, Sound
from benchmarks.scenario.direct import Notes, direct
from benchmarks.scenario.ears import RoomMicrophone
from benchmarks.scenario.home import Home, home
from benchmarks.scenario.script import Command, Fault, Scenario, Speech
from benchmarks.scenario.voices import Sounds, prepare
from device import clock
from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import RATE
from device.bus import Bus
from device.config import Config
from device.daemon import open_parlor
from device.errors import DeviceLost, UsageError
from device.hal.wav import WavSpeaker
from device.session import Session

ONLY_LIVE: Final = ("loudspeaker_suspended", "card_frozen", "card_thawed")
"""Faults that only a sound card has."""
_BROKER_SECONDS: Final = 5.0
_LAMP_SECONDS: Final = 0.3
_COMMANDS: Final[dict[str, type[e.Event]]] = {
    "stop": e.StopRequested, "press": e.ButtonPressed, "listen": e.ListenRequested,
}  # fmt: skip


class RoomSpeaker(WavSpeaker):
    """A loudspeaker that can be unplugged."""

    def __init__(self) -> None:
        super().__init__(rate=RATE)
        self.plugged = True

    async def write(self, chunk: AudioChunk) -> None:
        """Play a chunk. Raises DeviceLost while it is unplugged."""
        if not self.plugged:
            raise DeviceLost("the loudspeaker is unplugged")
        await super().write(chunk)


class FastStage:
    """The room in virtual time."""

    def __init__(
        self, sounds: Sounds, session: Session, at_home: Home, microphone: RoomMicrophone,
        speaker: RoomSpeaker,
    ) -> None:  # fmt: skip
        self._sounds = sounds
        self._session = session
        self._home = at_home
        self._microphone = microphone
        self._speaker = speaker

    async def say(self, speech: tuple[Speech, ...]) -> Said:
        """Let it be heard from the next sample on."""
        spoken = self._sounds[speech]
        return spoken.said(self._microphone.say(spoken.sound))

    async def ask(self, text: str) -> None:
        """Type a sentence."""
        self._session.post(e.UtteranceGiven(text=text))

    async def announce(self, text: str) -> None:
        """Let the speaker say something of its own."""
        self._session.post(e.AnnouncementDue(text=text, language="en", chime=False))

    async def command(self, name: Command) -> None:
        """Give a command, as MQTT would."""
        event = e.Interrupted(by="mqtt") if name == "interrupt" else _COMMANDS[name]()
        self._session.post(event)

    async def fault(self, kind: Fault) -> None:
        """Let something go wrong."""
        part, _, what = kind.partition("_")
        if part == "microphone":
            self._microphone.fault = "" if what in ("back", "well") else what
        elif part == "loudspeaker":
            self._speaker.plugged = what == "back"
            if what == "unplugged":
                await self._speaker.drop()
        else:
            self._home.fault(kind)


def play(scenario: Scenario, beside: Path) -> Account:
    """Play it as fast as it goes. Raises UsageError for a fault that only a sound card has."""
    for cue in scenario.script:
        if cue.fault in ONLY_LIVE:
            raise UsageError(f"{scenario.name}: {cue.fault} needs a sound card; use --live")
    sounds = prepare(scenario, beside)
    with home(scenario) as at_home:
        return clock.run_virtual(_play(scenario, sounds, at_home))


async def _play(scenario: Scenario, sounds: Sounds, at_home: Home) -> Account:
    notes, speaker = Notes(), RoomSpeaker()
    microphone = RoomMicrophone(scenario.room, scenario.noise, speaker)
    async with open_parlor(Config(**at_home.values), microphone, speaker) as parlor:
        noting = asyncio.create_task(_note(parlor.bus, notes))
        async with parlor.running():
            await parlor.online(_BROKER_SECONDS)
            stage = FastStage(sounds, parlor.session, at_home, microphone, speaker)
            await direct(scenario, stage, notes)
            until = asyncio.get_running_loop().time()
    await noting
    # The lamps live in real time.
    time.sleep(_LAMP_SECONDS)  # noqa: ASYNC251
    played = Sound(speaker.heard_from(0.0, round(until * RATE)), RATE, 0.0)
    asked = at_home.model.asked if at_home.model else []
    return Account(
        notes.happenings, played, notes.marks, notes.said, at_home.lamps.commands, asked,
        notes.troubles,
    )  # fmt: skip


async def _note(bus: Bus, notes: Notes) -> None:
    async for event in bus.subscribe(size=100_000):
        notes.note(event.as_dict())
