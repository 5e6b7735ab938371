"""A client of browser voice chat, as a program: speaks, types, and notes what came when.

It is the far end of what `device.gateway.voicechat` describes; tests and `parlor bench gateway` use
it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from device.audio.format import Samples
from device.gateway.codec import Codec, Opus, Pcm
from device.gateway.voicechat import CHUNK_SAMPLES, RATE, Sound, sound_message
from device.tasks import end

Json = dict[str, Any]

_PATIENCE_SECONDS: Final = 30.0
_OPUS_SAMPLES: Final = RATE // 50
_MOST_BYTES: Final = 1 << 20


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
    cut: bool = False
    """It was told to be silent."""
    whole: bool = False
    """The text is complete."""

    @property
    def sound(self) -> Samples:
        """All that came at `RATE`, shape (n,)."""
        return np.concatenate((np.zeros(0, np.int16), *self.parts))

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
        self._open = False
        self.messages: list[Json] = []
        """All that came as text, in order."""
        self.turn = Turn()
        """The latest one."""

    async def send(self, kind: str, **fields: Any) -> None:
        """A text message."""
        await self._socket.send(json.dumps({"type": kind, **fields}))

    async def say(self, samples: Samples) -> Turn:
        """Speak at the speed of speech and wait for the whole reply; `samples` at `RATE`."""
        await self.utter(samples)
        return await self.reply()

    async def utter(self, samples: Samples) -> None:
        """Speak at the speed of speech; returns when the last sample was sent."""
        self.turn = Turn()
        self._quiet.clear()
        self._to_say.append(samples)
        await self._quiet.wait()

    async def ask(self, text: str) -> Turn:
        """Type, and wait for the whole reply."""
        self.turn = Turn(asyncio.get_running_loop().time())
        await self.send("text", content=text)
        return await self.reply()

    async def reply(self) -> Turn:
        """Wait until the reply has been given, or cut."""
        turn = self.turn
        await self.until(lambda: turn.cut or (turn.whole and bool(turn.parts) and not self._open))
        return turn

    async def until(self, true: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait until something has come. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(true)

    async def came(self, kind: str, **fields: Any) -> Json:
        """Wait for a message of this type and with these fields, which may be there already."""

        def found() -> list[Json]:
            wanted = {"type": kind, **fields}.items()
            return [one for one in self.messages if wanted <= _plain(one).items()]

        await self.until(lambda: bool(found()))
        return found()[-1]

    async def speak(self) -> None:
        """Be the microphone until cancelled: what is to be said, else silence."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self._chunk / RATE
            await asyncio.sleep(due - loop.time())
            samples, silent = self._next()
            for packet in self._codec.encode(samples):
                await self._socket.send(sound_message(Sound(packet, round(due * 1_000))))
            if not self._to_say and not self._quiet.is_set():
                self.turn.spoken_at = loop.time() - silent / RATE
                self._quiet.set()

    async def listen(self) -> None:
        """Take what comes until the connection ends."""
        async for message in self._socket:
            async with self._arrived:
                if isinstance(message, bytes):
                    self._hear(message)
                else:
                    self._read(json.loads(message))
                self._arrived.notify_all()

    def _next(self) -> tuple[Samples, int]:
        """A block, and how many of its samples are the silence after what was said."""
        waiting = np.concatenate((np.zeros(0, np.int16), *self._to_say))
        now, later = waiting[: self._chunk], waiting[self._chunk :]
        self._to_say = [later] if len(later) else []
        silent = self._chunk - len(now)
        return np.concatenate((now, np.zeros(silent, np.int16))), silent

    def _hear(self, packet: bytes) -> None:
        if self.turn.audible_at is None:
            self.turn.audible_at = asyncio.get_running_loop().time()
        self.turn.parts.append(self._codec.decode(packet))

    def _read(self, message: Json) -> None:
        self.messages.append(message)
        turn = self.turn
        match message["type"]:
            case "partial_transcript":
                turn.partials.append(message["content"])
            case "final_transcript":
                turn.transcript = message["content"]
            case "llm_response":
                turn.reply += message["content"]
                turn.whole = message["is_complete"]
            case "tts_start":
                turn.sentences.append(message["text"])
                self._open = True
            case "tts_end":
                self._open = False
            case "tts_stop":
                turn.cut = True


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
    async with connect(url, additional_headers=headers, max_size=_MOST_BYTES) as socket:
        codec: Codec = Opus(RATE) if opus else Pcm()
        client = VoiceClient(socket, codec, _OPUS_SAMPLES if opus else CHUNK_SAMPLES)
        listening = asyncio.create_task(client.listen())
        await client.send("start", audio="opus" if opus else "pcm", **start)
        speaking = asyncio.create_task(client.speak()) if speaks else None
        try:
            yield client
        finally:
            await end(listening, speaking)
