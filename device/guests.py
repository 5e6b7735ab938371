"""People who speak to the speaker over a network: each has ears and a mouth of its own.

What they say acts on the same home with the same engines; what is said in the room is not heard
there, and the room does not hear them.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from device import events as e
from device.asked import Asked
from device.assembly import House, open_doors, open_session
from device.brief import Brief, Exchanges
from device.bus import Subscription
from device.config import Config, ConversationEngine
from device.conversation.switch import Switch
from device.core import Assembled, Core, open_core
from device.doors import Doors
from device.errors import EngineError
from device.executor import load
from device.hal.base import Microphone, Speaker
from device.pipeline.tts.voices import list_voices
from device.tasks import end

_TOLD: Final = ("realtime", "gemini")
"""Engines that are language models, and are told instructions and tools."""
_TIDY_SECONDS: Final = 1.0
"""By then nobody holds it any more."""


class Guest:
    """One who is spoken with."""

    def __init__(
        self, core: Core, asked: Asked, doors: Doors, made: Assembled,
        engine: ConversationEngine, voices: Container[str],
    ) -> None:  # fmt: skip
        """`engine` answers; `voices`: names of those that he may choose."""
        self._engine = engine
        self._voices = voices
        self.bus = core.bus
        """What happens in this conversation alone."""
        self.session = made.session
        self._config = core.config
        self._forgetting = (doors.cascade.forget, *core.forget)
        self._asked = asked
        self._cascade = doors.cascade
        self._turns = made.turns

    @property
    def busy(self) -> bool:
        """True while it listens or answers, or is about to."""
        return self.session.engaged

    @property
    def thinks(self) -> bool:
        """Whether a language model answers, or is asked what the speaker does not understand."""
        return self._asked.model is not None or self._engine in _TOLD

    def subscribe(self) -> Subscription:
        """What happens in it from now on."""
        return self.bus.subscribe()

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        self.session.post(event)

    def forget(self) -> None:
        """What was said in it was never said."""
        for forget in self._forgetting:
            forget()

    def recall(self, exchanges: Exchanges) -> None:
        """This was said so far, and nothing else."""
        self.forget()
        for said, answered in exchanges:
            self._cascade.remember(said)
            self._cascade.heard(answered, completed=True)

    def brief(self, brief: Brief) -> None:
        """Go by these wishes from the next sentence on."""
        if self._asked.replies is not None:
            self._asked.replies.clear()
        self._asked.briefed.brief = brief
        voice = brief.voice if brief.voice in self._voices else ""
        self._cascade.speak_in(self._config.device.language, voice)
        self._turns.wait(brief.silence_ms)
        self.session.answers = brief.answers
        mode = e.BargeIn(self._config.barge_in.mode) if brief.interruptible else e.BargeIn.BUTTON
        self.session.post(e.SettingChanged(name="barge_in", value=mode))


class Guests:
    """Lets people in; they share what the house has."""

    def __init__(self, config: Config, house: House) -> None:
        self._config = config
        self._house = house
        self._voices: Container[str] | None = None

    @asynccontextmanager
    async def welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine = "local"
    ) -> AsyncIterator[Guest]:
        """A conversation for as long as the block lasts; nothing is listened for until it is asked.

        `engine` answers. Raises ConfigError and EngineMissing.
        """
        config = _for_guests(self._config)
        if self._voices is None:
            self._voices = await load(partial(_voices_of, config))
        async with open_core(config, microphone, speaker, rehearsal=True) as core:
            asked, doors = open_doors(core, self._house)
            room = Switch(doors.open(engine), {})
            made = open_session(core, self._house, doors.cascade, room, microphone, speaker)
            parts = (made.session.run, made.capture.run)
            tasks = [asyncio.create_task(part()) for part in parts]
            core.stack.push_async_callback(end, *reversed(tasks))
            core.stack.callback(_tidy_soon)
            yield Guest(core, asked, doors, made, engine, self._voices)


def _tidy_soon() -> None:
    """Let go of what a guest leaves: it refers to itself, and holds megabytes that Python does not
    count. A millisecond where what was there at the start is frozen; elsewhere Python's own affair.
    """
    if gc.get_freeze_count():
        asyncio.get_running_loop().call_later(_TIDY_SECONDS, gc.collect)


def _for_guests(config: Config) -> Config:
    """Their own device takes echo and noise away, and has no use for our chimes and volume."""
    audio = config.audio.model_copy(
        update={
            "channels": 1, "channel": 0, "loopback": None, "echo": "off", "earcons": False,
            "volume": 1.0,
        }
    )  # fmt: skip
    return config.model_copy(update={"audio": audio})


def _voices_of(config: Config) -> frozenset[str]:
    """Names of the voices that speak the house's language; who asks for another gets ours."""
    try:
        voices = list_voices(config.tts.engine, config.device.language)
    except EngineError:
        return frozenset()
    return frozenset(voice.name for voice in voices)
