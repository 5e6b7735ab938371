"""A client of browser voice chat, as a program: speaks, types, and notes what came when.

It is the far end of what `device.gateway.voice.voicechat` describes; tests and `parlor bench
gateway` use it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from device.audio.format import Samples
from device.gateway.voice.codec import Codec, Opus, Pcm
from device.gateway.voice.voicechat import CHUNK_SAMPLES, RATE, Sound, sound_message
from device.tasks import end

Json = dict[str, Any]

_PATIENCE_SECONDS: Final = 30.0
_OPUS_SAMPLES: Final = RATE // 50
_MOST_BYTES: Final = 1 << 20
_CLOSE_SECONDS: Final = 0.5


@dataclass
class Turn:
    """What came of one sentence."""

    spoken_at: float = 0.0
    """Loop time at which its last sample was spoken, or the question was typed."""
    transcript: str = ""
    partials: list[str] = field(default_factory=list)
    reply: str = ""
    sentences: list[str] = field(default_factory=list)
    """Texts of the sound that came, in order."""
    parts: list[Samples] = field(default_factory=list)
    audible_at: float | None = None
    """Loop time at which the first sound came."""
    heard_at: float = 0.0
    """Loop time at which the last sound that came will have been played."""
    cut: bool = False
    """It was told to be silent."""
    whole: bool = False
    """The text is complete."""
    open: bool = False
    """A sentence has begun and not ended."""

    @property
    def sound(self) -> Samples:
        """All that came at `RATE`, shape (n,)."""
        return np.concatenate((np.zeros(0, np.int16), *self.parts))

    def over(self) -> bool:
        """Whether nothing more is to come."""
        said = "".join("".join(self.sentences).split()) == "".join(self.reply.split())
        return self.cut or (self.whole and said and bool(self.parts) and not self.open)

    @property
    def first_sound_seconds(self) -> float | None:
        """From the end of what was said to the first sound of the reply."""
        return None if self.audible_at is None else self.audible_at - self.spoken_at


class VoiceClient:
    """One connection; its microphone never stops, like a browser's."""

    def __init__(self, socket: ClientConnection, codec: Codec, chunk: int) -> None:
        self._socket = socket
        self._codec = codec
        self._chunk = chunk
        self._to_say: list[Samples] = []
        self._quiet = asyncio.Event()
        self._sent = 0
        self._arrived = asyncio.Condition()
        self.gone = False
        """The connection has ended."""
        self.messages: list[Json] = []
        """All that came as text, in order."""
        self.turn = Turn()
        """The one that is answered."""
        self._said = self._next = self.turn

    async def send(self, kind: str, **fields: Any) -> None:
        """A text message."""
        await self._socket.send(json.dumps({"type": kind, **fields}))

    async def send_sound(self, payload: bytes, time_ms: int = 0) -> None:
        """A binary message."""
        with suppress(ConnectionClosed):
            await self._socket.send(sound_message(Sound(payload, time_ms)))

    async def say(self, samples: Samples) -> Turn:
        """Speak at the speed of speech and wait for the whole reply; `samples` at `RATE`."""
        return await self.reply(await self.utter(samples))

    async def utter(self, samples: Samples) -> Turn:
        """Speak at the speed of speech; returns when the last sample was sent."""
        turn = self._said = self._next = Turn()
        self._quiet.clear()
        self._to_say.append(samples)
        await self._quiet.wait()
        return turn

    async def hand_over(self, samples: Samples) -> Turn:
        """Send a sentence at once, as somebody who pressed the talk button and released it."""
        turn = self._next = Turn(asyncio.get_running_loop().time())
        for at in range(0, len(samples), self._chunk):
            for packet in self._codec.encode(samples[at : at + self._chunk]):
                await self.send_sound(packet)
        await self.send("end_of_speech")
        return turn

    async def ask(self, text: str) -> Turn:
        """Type, and wait for the whole reply."""
        return await self.reply(await self.type(text))

    async def type(self, text: str) -> Turn:
        """Type, and do not wait."""
        turn = self._next = Turn(asyncio.get_running_loop().time())
        await self.send("text", content=text)
        return turn

    async def reply(self, turn: Turn) -> Turn:
        """Wait until the reply was heard to its end, or cut; gives `turn`."""
        await self.until(turn.over)
        await asyncio.sleep(turn.heard_at - asyncio.get_running_loop().time())
        return turn

    async def until(self, true: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait until something has come. Raises TimeoutError, and ConnectionError at the end."""
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(lambda: self.gone or true())
        if not true():
            raise ConnectionError("the gateway hung up")

    async def came(self, kind: str, **fields: Any) -> Json:
        """Wait for a message of this type and with these fields, which may be there already."""

        def found() -> list[Json]:
            wanted = {"type": kind, **fields}.items()
            return [one for one in self.messages if wanted <= _plain(one).items()]

        await self.until(lambda: bool(found()))
        return found()[-1]

    async def speak(self) -> None:
        """Be the microphone until the connection ends: what is to be said, else silence."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self.gone:
            due += self._chunk / RATE
            await asyncio.sleep(due - loop.time())
            samples, silent = self._block()
            for packet in self._codec.encode(samples):
                await self.send_sound(packet, round(due * 1_000))
            if not self._to_say and not self._quiet.is_set():
                self._said.spoken_at = loop.time() - silent / RATE
                self._quiet.set()

    async def listen(self) -> None:
        """Take what comes until the connection ends."""
        with suppress(ConnectionClosed):
            async for message in self._socket:
                await self._take(message)
        self.gone = True
        async with self._arrived:
            self._arrived.notify_all()

    async def _take(self, message: str | bytes) -> None:
        async with self._arrived:
            if isinstance(message, bytes):
                self._hear(message)
            else:
                self._read(json.loads(message))
            self._arrived.notify_all()

    def _block(self) -> tuple[Samples, int]:
        """A block, and how many of its samples are the silence after what was said."""
        waiting = np.concatenate((np.zeros(0, np.int16), *self._to_say))
        now, later = waiting[: self._chunk], waiting[self._chunk :]
        self._to_say = [later] if len(later) else []
        silent = self._chunk - len(now)
        return np.concatenate((now, np.zeros(silent, np.int16))), silent

    def _hear(self, packet: bytes) -> None:
        turn, now = self.turn, asyncio.get_running_loop().time()
        if turn.audible_at is None:
            turn.audible_at = now
        samples = self._codec.decode(packet)
        turn.parts.append(samples)
        turn.heard_at = max(turn.heard_at, now) + len(samples) / RATE

    def _read(self, message: Json) -> None:
        self.messages.append(message)
        if message["type"] == "llm_status":
            self.turn = self._next
        turn = self.turn
        match message["type"]:
            case "partial_transcript":
                self._next.partials.append(message["content"])
            case "final_transcript":
                turn.transcript = message["content"]
            case "llm_response":
                turn.reply += message["content"]
                turn.whole = message["is_complete"]
            case "tts_start":
                turn.sentences.append(message["text"])
                turn.open = True
            case "tts_end":
                turn.open = False
            case "tts_stop":
                turn.cut, turn.heard_at = True, 0.0


def _plain(message: Json) -> Json:
    """Without what cannot be compared as an item."""
    return {key: value for key, value in message.items() if not isinstance(value, dict | list)}


@asynccontextmanager
async def voice_client(
    url: str, *, token: str = "", speaks: bool = True, opus: bool = False, **start: Any
) -> AsyncIterator[VoiceClient]:
    """A client that has started; `start` are options of that message.

    Not `speaks`: nothing is sent by itself.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with connect(
        url, additional_headers=headers, max_size=_MOST_BYTES, close_timeout=_CLOSE_SECONDS
    ) as socket:
        codec: Codec = Opus(RATE) if opus else Pcm()
        client = VoiceClient(socket, codec, _OPUS_SAMPLES if opus else CHUNK_SAMPLES)
        await client.send("start", audio="opus" if opus else "pcm", **start)
        listening = asyncio.create_task(client.listen())
        speaking = asyncio.create_task(client.speak()) if speaks else None
        try:
            yield client
        finally:
            await end(listening, speaking)
