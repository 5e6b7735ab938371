"""Carries a Realtime session out: between a client's messages and a visit to the house."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.brief import Brief
from device.bus import Subscription
from device.gateway.hands_free import keep_listening
from device.gateway.realtime.acts import Act, Hear, Listen, Post, Recall, Result, Tell, Wish
from device.gateway.realtime.session import Realtime
from device.gateway.reception import Stay
from device.hal.network import NetworkMicrophone
from device.tasks import end, until_one_ends

_MOST_WAITING_SECONDS: Final = 5.0
"""Whoever appends more than is heard has to wait."""


class RealtimeDesk:
    """One client's; it is made before the visit begins, for the loudspeaker speaks to it."""

    def __init__(
        self, send: Callable[[str], None], model: str = "", *, is_beta: bool = False,
        carries_sound: bool = True,
    ) -> None:  # fmt: skip
        """`send` never waits. Not `carries_sound`: it goes another way."""
        self._send = send
        self._open = partial(Realtime, _new_id, model, is_beta=is_beta, carries_sound=carries_sound)
        self._realtime = self._open()
        self._microphone: NetworkMicrophone | None = None
        self._results: dict[str, asyncio.Future[str]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._calling = False

    async def serve(
        self, visit: Stay, microphone: NetworkMicrophone, messages: AsyncIterable[str | bytes]
    ) -> None:
        """Until the client sends no more."""
        self._visit, self._microphone = visit, microphone
        self._realtime = self._open(thinks=visit.thinks)
        told = visit.subscribe()
        try:
            self._do(self._realtime.begin())
            await until_one_ends(self._read(messages), self._follow(told))
        finally:
            told.close()
            await end(self._listening)

    def hear(self, samples: Samples) -> None:
        """The client says this another way, at SPOKEN_RATE; before `serve` nobody listens."""
        if self._microphone is not None:
            self._do(self._realtime.heard(samples))

    def speak(self, chunk: AudioChunk) -> None:
        """The house says this; to be called as it is sent, and where it goes another way too."""
        self._do(self._realtime.sound(chunk.pcm()))

    def forget(self) -> None:
        """What the house said last is not to be heard any more."""
        self._realtime.forgotten()

    def refuse(self, code: str, words: str) -> None:
        """Tell the client why it ends, or never began."""
        self._do(self._realtime.refuse(code, words))

    async def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.refuse("invalid_value", "Events are text; sound is base64 in them.")
            return
        acts = self._realtime.receive(message)
        if not all(isinstance(act, Hear) for act in acts):
            self._visit.touch()
        self._do(acts)
        assert self._microphone is not None
        ahead = self._microphone.waiting_seconds - _MOST_WAITING_SECONDS
        await asyncio.sleep(max(0.0, ahead))

    async def _read(self, messages: AsyncIterable[str | bytes]) -> None:
        async for message in messages:
            await self._take(message)

    async def _follow(self, told: Subscription) -> None:
        async for event in told:
            self._do(self._realtime.told(event))

    def _do(self, acts: Iterable[Act]) -> None:
        for act in acts:
            match act:
                case Tell(event=event):
                    self._send(json.dumps(event))
                case Hear(samples=samples):
                    assert self._microphone is not None
                    self._microphone.feed(samples)
                case Post(event=posted):
                    self._visit.post(posted)
                case Wish(brief=brief):
                    self._brief(brief)
                case Recall(exchanges=exchanges):
                    self._visit.recall(exchanges)
                case Listen(always=always):
                    self._listen(always=always)
                case Result(call_id=call_id, output=output):
                    result = self._results.get(call_id)
                    if result is not None and not result.done():
                        result.set_result(output)

    def _brief(self, brief: Brief) -> None:
        self._visit.brief(replace(brief, call=self._call))

    def _listen(self, *, always: bool) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None
        if always:
            self._listening = asyncio.create_task(keep_listening(self._visit))

    async def _call(self, name: str, arguments: str) -> str:
        """Let the client use a tool of his; he takes the time that he needs."""
        call_id = _new_id("call")
        result: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._results[call_id] = result
        try:
            self._do(self._realtime.call(call_id, name, arguments))
            if not self._calling:
                # What the model wants at the same time is called before this.
                self._calling = True
                asyncio.get_running_loop().call_soon(self._called)
            return await result
        finally:
            del self._results[call_id]

    def _called(self) -> None:
        self._calling = False
        self._do(self._realtime.called())


def _new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"
