"""Turns with OpenAI's own client of the Realtime protocol, for tests and examples.

Nothing of the protocol is written here: package openai speaks it.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from openai import AsyncOpenAI

from device.audio.format import Samples
from device.gateway.realtime.sound import SPOKEN_RATE

_PATIENCE_SECONDS: Final = 30.0
_BLOCK: Final = SPOKEN_RATE // 10


@dataclass
class Turn:
    """What came until a response was done."""

    events: list[Any] = field(default_factory=list)

    def of(self, kind: str) -> list[Any]:
        """Events of a type."""
        return [event for event in self.events if event.type == kind]

    @property
    def kinds(self) -> list[str]:
        """Types in their order, each once in a row."""
        told = [event.type for event in self.events]
        return [one for one, before in zip(told, [None, *told], strict=False) if one != before]

    @property
    def words(self) -> str:
        """Of the reply."""
        return "".join(
            event.delta
            for event in self.events
            if event.type.endswith(("transcript.delta", "text.delta"))
            and event.type.startswith("response.")
        )

    @property
    def sound(self) -> Samples:
        """Of the reply at SPOKEN_RATE, shape (n,)."""
        pieces = (
            np.frombuffer(base64.b64decode(event.delta), "<i2")
            for event in self.events
            if event.type in ("response.output_audio.delta", "response.audio.delta")
        )
        return np.concatenate((np.zeros(0, np.int16), *pieces))


class RealtimeClient:
    """One connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        """As package openai gives it."""

    async def until(self, kind: str) -> Turn:
        """Everything that comes up to an event of a type."""
        turn = Turn()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not turn.of(kind):
                turn.events.append(await self.connection.recv())
        return turn

    async def update(self, **session: Any) -> Any:
        """Change the session; gives it as it is then."""
        await self.connection.session.update(session=session)
        return (await self.until("session.updated")).events[-1].session

    async def type(self, text: str, **response: Any) -> None:
        """Ask for the response to a typed sentence."""
        part = {"type": "input_text", "text": text}
        item = {"type": "message", "role": "user", "content": [part]}
        await self.connection.conversation.item.create(item=item)
        await self.connection.response.create(response=response)

    async def say(self, samples: Samples) -> None:
        """Append sound at SPOKEN_RATE, as it is spoken."""
        for start in range(0, len(samples), _BLOCK):
            block = samples[start : start + _BLOCK].astype("<i2").tobytes()
            await self.connection.input_audio_buffer.append(audio=base64.b64encode(block).decode())
            await asyncio.sleep(0)


@asynccontextmanager
async def realtime_client(url: str, *, beta: bool = False) -> AsyncIterator[RealtimeClient]:
    """Connect to a gateway's WebSockets, e.g. ws://127.0.0.1:8770; `beta`: in its beta form."""
    openai = AsyncOpenAI(api_key="none", websocket_base_url=f"{url}/v1")
    realtime = openai.beta.realtime if beta else openai.realtime
    async with openai, realtime.connect(model="parlor") as connection:
        client = RealtimeClient(connection)
        await client.until("conversation.created")
        yield client
