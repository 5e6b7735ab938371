"""One session of the fake Realtime server: what it hears, and how it answers."""

import asyncio
import base64
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from websockets.asyncio.server import ServerConnection

from tests.fakes.realtime_terms import MODEL, RATE, Fault, Json, Truncated, Use, mistake
from tests.fakes.voice_activity import Began, VoiceActivity
from tests.fakes.websocket_server import cut

if TYPE_CHECKING:
    from tests.fakes.realtime_server import FakeRealtime

_WORD_SECONDS: Final = 0.25


class FakeSession:
    """Lives as long as its connection."""

    def __init__(self, server: "FakeRealtime", connection: ServerConnection) -> None:
        self._server = server
        self._connection = connection
        self._count = 0
        self._silence_ms = 500
        self._activity: VoiceActivity | None = None
        self._transcribes = False
        self._answering: asyncio.Task[None] | None = None
        self._response = ""
        self._voiced: dict[str, int] = {}

    async def run(self) -> None:
        await self._send("session.created", session={"type": "realtime", "model": MODEL})
        async for message in self._connection:
            event = json.loads(message)
            self._server.received.append(event)
            if wrong := mistake(event):
                self._server.refused.append(wrong)
                await self._refuse(wrong, event)
                continue
            await self._take(event)

    async def close(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)

    async def _take(self, event: Json) -> None:
        server = self._server
        match event["type"]:
            case "session.update":
                server.sessions.append(event["session"])
                heard = event["session"]["audio"]["input"]
                detection = heard["turn_detection"]
                self._activity = VoiceActivity(
                    RATE, detection["prefix_padding_ms"], detection["silence_duration_ms"]
                )
                self._transcribes = "transcription" in heard
                if server.fault is not Fault.NEVER_BEGINS:
                    await self._send("session.updated", session=event["session"])
            case "input_audio_buffer.append":
                await self._hear(np.frombuffer(base64.b64decode(event["audio"]), dtype="<i2"))
            case "input_audio_buffer.commit":
                await self._commit(self._new("item"))
            case "conversation.item.create":
                await self._add({"id": self._new("item"), **event["item"]})
            case "conversation.item.truncate":
                await self._truncate(event)
            case "response.create":
                server.asked.append(event)
                if self._answering is not None and not self._answering.done():
                    await self._refuse("conversation_already_has_active_response", event)
                    return
                self._answering = asyncio.create_task(self._answer(event))
            case "response.cancel":
                await self._cancel(event)

    async def _hear(self, samples: np.ndarray[Any, np.dtype[np.int16]]) -> None:
        assert self._activity is not None, "sound comes before the session is set up"
        for found in self._activity.feed(samples):
            if isinstance(found, Began):
                if self._server.fault is Fault.CUT_WHILE_HEARING:
                    cut(self._connection)
                self._item = self._new("item")
                await self._send(
                    "input_audio_buffer.speech_started", audio_start_ms=found.at_ms,
                    item_id=self._item,
                )  # fmt: skip
            else:
                await self._send(
                    "input_audio_buffer.speech_stopped", audio_end_ms=found.at_ms,
                    item_id=self._item,
                )  # fmt: skip
                await self._commit(self._item)

    async def _commit(self, item_id: str) -> None:
        said = self._server.next_said()
        await self._send("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        content = {"type": "input_audio", "transcript": None}
        await self._add({"id": item_id, "type": "message", "role": "user", "said": said,
                         "content": [content]})  # fmt: skip
        if self._transcribes:
            await self._send(
                "conversation.item.input_audio_transcription.completed", item_id=item_id,
                content_index=0, transcript=said, usage={"type": "duration", "seconds": 2.0},
            )  # fmt: skip

    async def _add(self, item: Json) -> None:
        self._server.items.append(item)
        told = {key: value for key, value in item.items() if key != "said"}
        await self._send("conversation.item.added", item=told, previous_item_id=None)
        await self._send("conversation.item.done", item=told, previous_item_id=None)

    async def _truncate(self, event: Json) -> None:
        item_id, end = event["item_id"], event["audio_end_ms"]
        if item_id not in self._voiced or end > self._voiced[item_id]:
            await self._refuse("Audio content is shorter than that", event)
            return
        self._server.truncated.append(Truncated(item_id, end))
        await self._send(
            "conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=end
        )

    async def _cancel(self, event: Json) -> None:
        if self._answering is None or self._answering.done():
            await self._refuse("response_cancel_not_active", event)
            return
        self._server.cancelled += 1
        await self.close()
        await self._send("response.done", response=self._about("cancelled"))

    async def _answer(self, event: Json) -> None:
        fault = self._server.fault
        self._response = self._new("resp")
        if fault is Fault.CUT_BEFORE_ANSWER:
            cut(self._connection)
        if fault is Fault.LIMITED:
            await self._send("error", error={
                "type": "invalid_request_error", "code": "rate_limit_exceeded",
                "message": "Rate limit reached", "param": None, "event_id": event.get("event_id"),
            })  # fmt: skip
            return
        await self._send("response.created", response=self._about("in_progress"))
        if fault is Fault.FAILED:
            failed = {"type": "failed", "error": {"type": "server_error", "code": "broken"}}
            await self._send(
                "response.done", response={**self._about("failed"), "status_details": failed}
            )
            return
        reply = self._server.reply(self._server.items[-1])
        asked_for = event.get("response", {}).get("instructions")
        if asked_for:
            reply = asked_for.partition("nothing else: ")[2].strip('"')
        if isinstance(reply, Use):
            await self._use(reply)
        else:
            await self._speak(reply)

    async def _use(self, use: Use) -> None:
        output = []
        for name, arguments in use.calls:
            call = {
                "id": self._new("item"), "type": "function_call", "call_id": self._new("call"),
                "name": name, "arguments": arguments, "status": "completed",
            }  # fmt: skip
            output.append(call)
            self._server.items.append(call)
            await self._send(
                "response.function_call_arguments.done", response_id=self._response,
                item_id=call["id"], output_index=0, call_id=call["call_id"], arguments=arguments,
                name=name,
            )  # fmt: skip
        await self._send("response.done", response=self._about("completed", output))

    async def _speak(self, text: str) -> None:
        item_id = self._new("item")
        item: Json = {"id": item_id, "type": "message", "role": "assistant", "content": []}
        place = {
            "response_id": self._response, "item_id": item_id, "output_index": 0,
            "content_index": 0,
        }  # fmt: skip
        self._voiced[item_id] = 0
        await self._send(
            "response.output_item.added", response_id=self._response, output_index=0, item=item
        )
        for number, word in enumerate(self._words(text)):
            await self._fail(number)
            await self._send("response.output_audio_transcript.delta", delta=word, **place)
            misshapen = number == 1 and self._server.fault is Fault.MISSHAPEN
            sound = 7 if misshapen else base64.b64encode(_tone()).decode()
            await self._send("response.output_audio.delta", delta=sound, **place)
            self._voiced[item_id] += round(_WORD_SECONDS * 1000)
            await asyncio.sleep(self._server.word_seconds)
        await self._send("response.output_audio.done", **place)
        await self._send("response.output_audio_transcript.done", transcript=text, **place)
        item["content"] = [{"type": "output_audio", "transcript": text}]
        self._server.items.append(item)
        await self._send("response.done", response=self._about("completed", [item]))

    async def _fail(self, number: int) -> None:
        if number == 2 and self._server.fault is Fault.CUT_IN_ANSWER:
            cut(self._connection)
        if number == 1 and self._server.fault is Fault.GARBAGE:
            await self._connection.send("{")

    def _words(self, text: str) -> Iterator[str]:
        first, *rest = text.split(" ")
        yield first
        yield from (f" {word}" for word in rest)
        while self._server.fault is Fault.ENDLESS:
            yield " more"

    def _about(self, status: str, output: Sequence[Json] = ()) -> Json:
        usage = {"total_tokens": 150, "input_tokens": 100, "output_tokens": 50}
        about = {"id": self._response, "object": "realtime.response", "status": status,
                 "output": list(output)}  # fmt: skip
        return about if status == "in_progress" else {**about, "usage": usage}

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"

    async def _refuse(self, message: str, event: Json) -> None:
        error = {
            "type": "invalid_request_error", "code": None, "message": message, "param": None,
            "event_id": event.get("event_id"),
        }  # fmt: skip
        await self._send("error", error=error)

    async def _send(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "event_id": self._new("event"), **fields}
        self._server.sent.append(event)
        await self._connection.send(json.dumps(event))


def _tone() -> bytes:
    time = np.arange(round(RATE * _WORD_SECONDS)) / RATE
    return (8_000 * np.sin(2 * np.pi * 300 * time)).astype("<i2").tobytes()
