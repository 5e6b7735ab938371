"""One response of a Realtime session while it is made: its items, and the events that tell of them.

Pure. Events are in the protocol's present form, without their ids.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from device.gateway.realtime.items import Items, message, words_of
from device.gateway.realtime.settings import Settings

Json = dict[str, Any]

_CHARACTERS_PER_TOKEN: Final = 4
_HEARD_TOKENS, _SPOKEN_TOKENS = 10, 20
"""A second of sound that is heard, and that is spoken, as OpenAI counts it."""


@dataclass(slots=True)
class Asked:
    """What the response answers, for its usage."""

    text: str = ""
    seconds: float = 0.0
    """Of sound that was heard."""


@dataclass(slots=True)
class Response:
    """At most one message, and calls of the client's tools."""

    id: str
    settings: Settings
    items: Items
    new_id: Callable[[str], str]
    metadata: Json | None = None
    asked: Asked = field(default_factory=Asked)
    turn_id: int = 0
    """Of the house's turn; 0: not known yet."""
    failure: tuple[str, str] | None = None
    """Code and words of what went wrong."""
    seconds: float = 0.0
    """Sound that was sent."""
    said_id: str = ""
    """Of its message, once it is complete."""
    _output: list[Json] = field(default_factory=list)
    _open: Json | None = None
    _words: str = ""

    @property
    def speaking(self) -> bool:
        """Whether its message has begun and is not complete."""
        return self._open is not None

    def begin(self) -> Iterator[Json]:
        """It is there."""
        yield {"type": "response.created", "response": self._as_json("in_progress")}

    def say(self, words: str) -> Iterator[Json]:
        """More words of it."""
        yield from self._speak()
        words = f" {words}" if self._words else words
        self._words += words
        yield {"type": f"response.{self._kind}.delta", **self._place, "delta": words}

    def sound(self, audio: str, seconds: float) -> Iterator[Json]:
        """More of its sound, as base64."""
        yield from self._speak()
        self.seconds += seconds
        yield {"type": "response.output_audio.delta", **self._place, "delta": audio}

    def sound_elsewhere(self, seconds: float) -> Iterator[Json]:
        """More of its sound, which goes another way."""
        if not self.seconds:
            yield from self._speak()
            yield {"type": "output_audio_buffer.started", "response_id": self.id}
        self.seconds += seconds

    def call(self, call_id: str, name: str, arguments: str) -> Iterator[Json]:
        """A tool of the client's is to be used."""
        yield from self._hush()
        call: Json = {
            "id": self.new_id("item"), "object": "realtime.item", "type": "function_call",
            "status": "in_progress", "name": name, "call_id": call_id, "arguments": "",
        }  # fmt: skip
        place = {"response_id": self.id, "item_id": call["id"], "output_index": len(self._output)}
        yield from self._add({**call})
        about = {**place, "call_id": call["call_id"]}
        kind = "response.function_call_arguments"
        yield {"type": f"{kind}.delta", **about, "delta": arguments}
        yield {"type": f"{kind}.done", **about, "name": name, "arguments": arguments}
        yield from self._done({**call, "status": "completed", "arguments": arguments})

    def finish(self, status: str, reason: str = "") -> Iterator[Json]:
        """It is over: completed, cancelled (turn_detected, client_cancelled) or failed."""
        yield from self._hush("completed" if status == "completed" else "incomplete")
        details: Json | None = None
        if self.failure is not None:
            code, words = self.failure
            failed = {"type": "server_error", "code": code, "message": words}
            status, details = "failed", {"type": "failed", "error": failed}
        elif reason:
            details = {"type": status, "reason": reason}
        response = {
            **self._as_json(status), "status_details": details, "output": self._output,
            "usage": self._usage(),
        }  # fmt: skip
        yield {"type": "response.done", "response": response}

    @property
    def _kind(self) -> str:
        return "output_audio_transcript" if self.settings.speaks else "output_text"

    @property
    def _place(self) -> Json:
        assert self._open is not None
        return {
            "response_id": self.id, "item_id": self._open["id"],
            "output_index": len(self._output), "content_index": 0,
        }  # fmt: skip

    def _part(self, words: str) -> Json:
        return (
            {"type": "audio", "transcript": words}
            if self.settings.speaks
            else {"type": "text", "text": words}
        )

    def _speak(self) -> Iterator[Json]:
        """Begin the message."""
        if self._open is not None:
            return
        part = {**self._part(""), "type": f"output_{self._part('')['type']}"}
        self._open = message(self.new_id("item"), "assistant", part, "in_progress")
        yield from self._add({**self._open, "content": []})
        yield {"type": "response.content_part.added", **self._place, "part": self._part("")}

    def _hush(self, status: str = "completed") -> Iterator[Json]:
        """End the message."""
        if self._open is None:
            return
        if self.settings.speaks:
            yield {"type": "response.output_audio.done", **self._place}
        part = self._part(self._words)
        yield {"type": f"response.{self._kind}.done", **self._place, **_without_type(part)}
        yield {"type": "response.content_part.done", **self._place, "part": part}
        done = {**part, "type": f"output_{part['type']}"}
        spoken = {**self._open, "status": status, "content": [done]}
        self.items.spoken_ms[spoken["id"]] = round(self.seconds * 1000)
        yield from self._done(spoken)
        self._open, self._words, self.said_id = None, "", spoken["id"]

    def _add(self, item: Json) -> Iterator[Json]:
        before = self.items.add(item)
        yield {
            "type": "response.output_item.added", "response_id": self.id,
            "output_index": len(self._output), "item": item,
        }  # fmt: skip
        yield {"type": "conversation.item.added", "previous_item_id": before, "item": item}

    def _done(self, item: Json) -> Iterator[Json]:
        before = self.items.replace(item)
        yield {
            "type": "response.output_item.done", "response_id": self.id,
            "output_index": len(self._output), "item": item,
        }  # fmt: skip
        yield {"type": "conversation.item.done", "previous_item_id": before, "item": item}
        self._output.append(item)

    def _as_json(self, status: str) -> Json:
        return {
            "id": self.id, "object": "realtime.response", "status": status,
            "status_details": None, "output": [], "conversation_id": None,
            "output_modalities": self.settings.modalities, "max_output_tokens": "inf",
            "audio": {"output": self.settings.spoken_json()}, "usage": None,
            "metadata": self.metadata,
        }  # fmt: skip

    def _usage(self) -> Json:
        """In tokens as OpenAI counts sound, and about as it counts words; nothing is paid here."""
        heard = round(self.asked.seconds * _HEARD_TOKENS)
        read = 0 if heard else _tokens(self.asked.text)
        spoken = round(self.seconds * _SPOKEN_TOKENS)
        written = sum(_tokens(words_of(item) + item.get("arguments", "")) for item in self._output)
        return {
            "total_tokens": heard + read + spoken + written, "input_tokens": heard + read,
            "output_tokens": spoken + written,
            "input_token_details": {
                "text_tokens": read, "audio_tokens": heard, "cached_tokens": 0,
            },
            "output_token_details": {"text_tokens": written, "audio_tokens": spoken},
        }  # fmt: skip


def _without_type(part: Json) -> Json:
    return {key: value for key, value in part.items() if key != "type"}


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
