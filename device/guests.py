"""People who speak to the speaker over a network: each has ears and a mouth of its own.

What they say acts on the same home with the same engines; what is said in the room is not heard
there, and the room does not hear them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from device import events as e
from device.assembly import House, open_doors, open_session
from device.bus import Bus, Subscription
from device.config import Config, ConversationEngine
from device.conversation.switch import Switch
from device.core import open_core
from device.hal.base import Microphone, Speaker
from device.session import Session
from device.tasks import end


@dataclass(frozen=True, slots=True)
class Guest:
    """One who is spoken with."""

    bus: Bus
    """What happens in this conversation alone."""
    session: Session
    _forget: Callable[[], None]

    @property
    def busy(self) -> bool:
        """True while anything is under way."""
        return self.session.busy

    def subscribe(self) -> Subscription:
        """What happens in it from now on."""
        return self.bus.subscribe()

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        self.session.post(event)

    def forget(self) -> None:
        """What was said in it was never said."""
        self._forget()


class Guests:
    """Lets people in; they share what the house has."""

    def __init__(self, config: Config, house: House) -> None:
        self._config = config
        self._house = house

    @asynccontextmanager
    async def welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine = "local"
    ) -> AsyncIterator[Guest]:
        """A conversation for as long as the block lasts; nothing is listened for until it is asked.

        `engine` answers. Raises ConfigError and EngineMissing.
        """
        config = _for_guests(self._config)
        async with open_core(config, microphone, speaker, rehearsal=True) as core:
            _, doors = open_doors(core, self._house)
            room = Switch(doors.open(engine), {})
            made = open_session(core, self._house, doors.cascade, room, microphone, speaker)
            parts = (made.session.run, made.capture.run)
            tasks = [asyncio.create_task(part()) for part in parts]
            core.stack.push_async_callback(end, *reversed(tasks))
            yield Guest(
                core.bus, made.session, partial(_forget, (doors.cascade.forget, *core.forget))
            )


def _forget(memories: Sequence[Callable[[], None]]) -> None:
    for forget in memories:
        forget()


def _for_guests(config: Config) -> Config:
    """Their own device takes echo and noise away, and has no use for our chimes and volume."""
    audio = config.audio.model_copy(
        update={
            "channels": 1, "channel": 0, "loopback": None, "echo": "off", "earcons": False,
            "volume": 1.0,
        }
    )  # fmt: skip
    return config.model_copy(update={"audio": audio})
