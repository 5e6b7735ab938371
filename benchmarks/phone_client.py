"""A telephone and its company, as the gateway meets them: Twilio's side, as documented.

It asks what becomes of a call, signs what it asks, opens the stream that the document names, sends
20 ms of sound every 20 ms, plays what it is sent in real time, and sends marks back when they are
played or thrown away. Whatever is not documented is an error, which ends the call.
"""

import asyncio
import base64
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import numpy as np
from httpx2 import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from device.audio.format import Samples
from device.gateway.mulaw import PHONE_RATE, decode, encode
from device.gateway.phone.signature import sign
from device.tasks import end

_STEP_SECONDS: Final = 0.02
_STEP: Final = round(_STEP_SECONDS * PHONE_RATE)
_PAUSE_SECONDS: Final = 0.3
"""Whoever says nothing for so long has finished."""
_SILENCE: Final = np.zeros(_STEP, np.int16)


@dataclass(frozen=True, slots=True)
class Company:
    """An account, and where the gateway says that it is reached."""

    public_url: str
    token: str = "0123456789abcdef0123456789abcdef"
    account: str = "AC" + "0" * 32

    async def ask(
        self, path: str, form: Mapping[str, str], signature: str | None = None
    ) -> tuple[int, str]:
        """Post a form, signed as it should be or as given; HTTP status and what was answered."""
        url = self.public_url + path
        signed = sign(self.token, url, form.items()) if signature is None else signature
        async with AsyncClient() as client:
            answer = await client.post(
                url, content=urlencode(form),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                    "X-Twilio-Signature": signed,
                },
            )  # fmt: skip
        return answer.status_code, answer.text

    def form(self, caller: str, called: str = "+14155550100", **more: str) -> dict[str, str]:
        """What is asked with for a call that comes in."""
        return {
            "AccountSid": self.account, "ApiVersion": "2010-04-01", "CallSid": sid("CA"),
            "CallStatus": "ringing", "Called": called, "Caller": caller, "Direction": "inbound",
            "From": caller, "FromCity": "", "FromCountry": "DE", "To": called, **more,
        }  # fmt: skip

    async def answer(self, form: Mapping[str, str]) -> Element:
        """The document for a call. Raises ValueError when there is none."""
        status, text = await self.ask("/phone/answer", form)
        if status != 200:
            raise ValueError(f"{status}: {text}")
        return fromstring(text)

    @asynccontextmanager
    async def call(self, form: Mapping[str, str]) -> AsyncIterator["Telephone"]:
        """A call that is answered, from its first sound until the caller hangs up.

        Raises ValueError when the document for it asks for anything else.
        """
        stream = (await self.answer(form)).find("./Connect/Stream")
        if stream is None:
            raise ValueError("the call is not answered")
        parameters = {one.attrib["name"]: one.attrib["value"] for one in stream}
        async with self.stream(stream.attrib["url"], form["CallSid"], parameters) as telephone:
            yield telephone

    @asynccontextmanager
    async def stream(
        self, url: str, call: str, parameters: Mapping[str, str]
    ) -> AsyncIterator["Telephone"]:
        """A stream of a call."""
        headers = {"X-Twilio-Signature": sign(self.token, url)}
        async with connect(url, additional_headers=headers, max_size=None) as socket:
            telephone = Telephone(socket, call, self.account)
            await telephone.begin(parameters)
            tasks = [asyncio.create_task(one()) for one in (telephone.carry, telephone.take)]
            try:
                yield telephone
            finally:
                await end(*tasks)


def sid(kind: str) -> str:
    """An id of the company's: two letters and 32 hexadecimal digits."""
    return kind + secrets.token_hex(16)


@dataclass
class Telephone:
    """One caller."""

    socket: ClientConnection
    call: str
    account: str
    stream: str = field(default_factory=lambda: sid("MZ"))
    heard: list[Samples] = field(default_factory=list)
    """What was played, 20 ms each."""
    cleared: list[float] = field(default_factory=list)
    """Seconds that were thrown away, each time."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The other end hung up."""
    wrong: str = ""
    """What it did that is not documented."""
    _said: deque[Samples] = field(default_factory=deque)
    _buffer: deque[Samples | str] = field(default_factory=deque)
    """Sound that waits to be played, and marks between."""
    _number: int = 0
    _quiet_steps: int = 0
    """So long nothing was played."""
    _stepped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def heard_seconds(self) -> float:
        """Sound that was played so far."""
        return len(self.heard) * _STEP_SECONDS

    @property
    def playing(self) -> bool:
        """Whether sound waits to be played."""
        return any(not isinstance(one, str) for one in self._buffer)

    async def begin(self, parameters: Mapping[str, str]) -> None:
        """Say who calls, in two messages."""
        await self.socket.send(
            json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        )
        start = {
            "accountSid": self.account, "streamSid": self.stream, "callSid": self.call,
            "tracks": ["inbound"], "customParameters": dict(parameters),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": PHONE_RATE, "channels": 1},
        }  # fmt: skip
        await self._send("start", start=start)

    def say(self, samples: Samples) -> None:
        """Speak: 8 kHz mono, shape (n,)."""
        steps = -(-len(samples) // _STEP)
        padded = np.pad(samples, (0, steps * _STEP - len(samples)))
        self._said.extend(np.split(padded, steps))

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so. Raises EOFError when the call is over before."""
        while not happened():
            if self.over.is_set():
                raise EOFError(f"the call is over: {self.wrong or self.socket.close_reason}")
            self._stepped.clear()
            await self._stepped.wait()

    async def listen(self) -> None:
        """Wait until more is heard than was so far, and until it was heard to its end."""
        before = self.heard_seconds
        await self.until(lambda: self.heard_seconds > before)
        await self.until(lambda: self._quiet_steps * _STEP_SECONDS > _PAUSE_SECONDS)

    async def press(self, key: str) -> None:
        """Press a key."""
        await self._send("dtmf", dtmf={"track": "inbound_track", "digit": key})

    async def hang_up(self) -> None:
        """Put it down."""
        await self._send("stop", stop={"accountSid": self.account, "callSid": self.call})
        await self.socket.close()

    async def carry(self) -> None:
        """Send and play sound, one step after the other, until the call is over."""
        loop = asyncio.get_running_loop()
        due, chunk = loop.time(), 0
        try:
            while True:
                spoken = self._said.popleft() if self._said else _SILENCE
                payload, chunk = base64.b64encode(encode(spoken)).decode(), chunk + 1
                media = {
                    "track": "inbound", "chunk": str(chunk), "payload": payload,
                    "timestamp": str(round(chunk * _STEP_SECONDS * 1_000)),
                }  # fmt: skip
                await self._send("media", media=media)
                await self._play()
                self._stepped.set()
                due += _STEP_SECONDS
                await asyncio.sleep(max(0.0, due - loop.time()))
        except ConnectionClosed:
            self.over.set()
            self._stepped.set()

    async def take(self) -> None:
        """Take what the gateway sends."""
        try:
            async for text in self.socket:
                await self._take(json.loads(text))
        except (ConnectionClosed, KeyError, ValueError, TypeError) as error:
            self.wrong = "" if isinstance(error, ConnectionClosed) else repr(error)
        finally:
            self.over.set()

    async def _take(self, message: dict[str, Any]) -> None:
        event = message.pop("event")
        if message.pop("streamSid") != self.stream:
            raise ValueError("that is another stream's")
        match event, message:
            case "media", {"media": {"payload": str(payload), **more}} if not more:
                self._buffer.append(decode(base64.b64decode(payload, validate=True)))
            case "mark", {"mark": {"name": str(name), **further}} if not further:
                self._buffer.append(name)
            case "clear", {**rest} if not rest:
                await self._clear()
            case _:
                raise ValueError(f"there is no {event} with {sorted(message)}")

    async def _clear(self) -> None:
        waiting = list(self._buffer)
        self._buffer.clear()
        samples = sum(len(one) for one in waiting if not isinstance(one, str))
        self.cleared.append(samples / PHONE_RATE)
        for one in waiting:
            if isinstance(one, str):
                await self._mark(one)

    async def _play(self) -> None:
        """Play one step of what waits."""
        left, pieces = _STEP, []
        while self._buffer and (left or isinstance(self._buffer[0], str)):
            one = self._buffer.popleft()
            if isinstance(one, str):
                await self._mark(one)
                continue
            pieces.append(one[:left])
            if len(one) > left:
                self._buffer.appendleft(one[left:])
            left -= len(pieces[-1])
        self._quiet_steps = 0 if pieces else self._quiet_steps + 1
        if pieces:
            self.heard.append(np.concatenate(pieces))

    async def _mark(self, name: str) -> None:
        await self._send("mark", mark={"name": name})

    async def _send(self, event: str, **more: object) -> None:
        self._number += 1
        message = {"event": event, "sequenceNumber": str(self._number), "streamSid": self.stream}
        await self.socket.send(json.dumps({**message, **more}))
