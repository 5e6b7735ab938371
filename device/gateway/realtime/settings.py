"""What a session of OpenAI's Realtime protocol is like: `session` in its events. Pure.

What a client is told back is what holds here: an option that this house does not have is accepted
where nothing depends on it, and does not appear in the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from device.gateway.realtime.errors import wrong
from device.gateway.realtime.reading import Reading

Json = dict[str, Any]

PCM, ULAW, ALAW = "audio/pcm", "audio/pcmu", "audio/pcma"
USUAL_VOICES: Final = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse",
)  # fmt: skip
"""Names of voices of theirs, which stand for the voice of this house."""
_IGNORED: Final = (
    "include", "noise_reduction", "parallel_tool_calls", "prompt", "reasoning",
    "tracing", "truncation", "client_secret", "max_output_tokens",
)  # fmt: skip
_SESSION: Final = (
    "type", "id", "object", "model", "expires_at", "instructions", "output_modalities", "audio",
    "tools", "tool_choice", "temperature", *_IGNORED,
)  # fmt: skip
_RESPONSE: Final = (
    "conversation", "input", "metadata", "instructions", "output_modalities", "audio", "tools",
    "tool_choice", "temperature", *_IGNORED,
)  # fmt: skip
_SPEAKING: Final = ("format", "voice", "speed")
_LONGEST: Final = 32_000
"""Characters of instructions."""
_MOST_TOOLS: Final = 64
_TOOL: Final = ("type", "name", "description", "parameters")


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """Who finds the end of a sentence: we do."""

    kind: str = "server_vad"
    create_response: bool = True
    interrupt_response: bool = True
    silence_ms: int | None = None
    """Silence that ends a sentence; None: as this house has it."""

    def as_json(self) -> Json:
        """The form of the protocol; who named no silence is not told one, for it varies."""
        shared = {
            "type": self.kind, "create_response": self.create_response,
            "interrupt_response": self.interrupt_response,
        }  # fmt: skip
        if self.kind == "semantic_vad":
            return {**shared, "eagerness": "auto"}
        return {
            **shared, "threshold": 0.5, "prefix_padding_ms": 300,
            "silence_duration_ms": self.silence_ms, "idle_timeout_ms": None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `session.update` may change, and `response.create` for one response."""

    model: str = ""
    """As the client called us."""
    instructions: str = ""
    speaks: bool = True
    """Whether replies are spoken; else they are text."""
    heard_as: str = PCM
    spoken_as: str = PCM
    voice: str = "alloy"
    transcription: Json | None = None
    """None: nobody wants to know what was said."""
    turns: TurnDetection | None = TurnDetection()
    """None: the client says where a sentence ends."""
    tools: tuple[Json, ...] = ()
    """{"type": "function", "name", "description", "parameters"}."""
    tool_choice: str = "auto"
    temperature: float | None = None
    """How freely a language model answers; None: as usual."""

    def updated(self, session: Any) -> "Settings":
        """With what a client wants to be different. Raises Refused."""
        given = Reading(session, "session", _SESSION)
        given.choice("type", ("realtime",), "realtime")
        audio = given.within("audio", ("input", "output"))
        spoken = audio.within("output", _SPEAKING)
        return replace(self._for(given, spoken), **self._heard(audio))

    def for_response(self, response: Any) -> "Settings":
        """For one response that is asked for. Raises Refused."""
        given = Reading(response, "response", _RESPONSE)
        audio = given.within("audio", ("output",))
        return self._for(given, audio.within("output", _SPEAKING))

    def _for(self, given: Reading, spoken: Reading) -> "Settings":
        """What of it is about replies."""
        changed = self
        if "instructions" in given:
            changed = replace(changed, instructions=given.text("instructions", _LONGEST))
        if "output_modalities" in given:
            modalities = given.items("output_modalities", 2)
            if modalities not in (["audio"], ["text"]):
                place = given.place("output_modalities")
                raise wrong(place, modalities, "Supported are ['audio'] and ['text'].")
            changed = replace(changed, speaks=modalities == ["audio"])
        if "tools" in given:
            changed = replace(changed, tools=_tools(given))
        if "tool_choice" in given:
            choice = given.choice("tool_choice", ("auto", "none"), "auto")
            changed = replace(changed, tool_choice=choice)
        if given.get("temperature") is not None:
            changed = replace(changed, temperature=given.number("temperature", 0.0, 2.0))
        if spoken.get("voice") is not None:
            changed = replace(changed, voice=_voice(spoken))
        if spoken.get("format") is not None:
            changed = replace(changed, spoken_as=_format(spoken))
        spoken.number("speed", 1.0, 1.0, 1.0)
        return changed

    def _heard(self, audio: Reading) -> dict[str, Any]:
        given = audio.within(
            "input", ("format", "transcription", "turn_detection", "noise_reduction")
        )
        changed: dict[str, Any] = {}
        if given.get("format") is not None:
            changed["heard_as"] = _format(given)
        if "transcription" in given:
            changed["transcription"] = _transcription(given)
        if "turn_detection" in given:
            changed["turns"] = _turns(given)
        return changed

    def as_json(self, session_id: str, *, thinks: bool) -> Json:
        """All of it, as it holds; what needs a language model holds only where one `thinks`."""
        heard = {
            "format": format_json(self.heard_as), "transcription": self.transcription,
            "noise_reduction": None,
            "turn_detection": None if self.turns is None else self.turns.as_json(),
        }  # fmt: skip
        warmth = {} if self.temperature is None or not thinks else {"temperature": self.temperature}
        return {
            "type": "realtime", "object": "realtime.session", "id": session_id,
            "model": self.model, "instructions": self.instructions if thinks else "",
            "output_modalities": self.modalities, "tools": list(self.tools) if thinks else [],
            "tool_choice": self.tool_choice if thinks else "none", "max_output_tokens": "inf",
            "audio": {"input": heard, "output": self.spoken_json()},
            **warmth,
        }  # fmt: skip

    def spoken_json(self) -> Json:
        """How replies sound."""
        return {"format": format_json(self.spoken_as), "voice": self.voice, "speed": 1.0}

    @property
    def answers_at_once(self) -> bool:
        """Whether what is said is answered aloud without being asked to."""
        return self.turns is not None and self.turns.create_response and self.speaks

    @property
    def modalities(self) -> list[str]:
        """Of replies."""
        return ["audio" if self.speaks else "text"]


def format_json(kind: str) -> Json:
    """A format of sound in the protocol's form."""
    return {"type": kind, "rate": 24_000} if kind == PCM else {"type": kind}


def _format(given: Reading) -> str:
    shape = given.within("format", ("type", "rate"))
    kind = shape.choice("type", (PCM, ULAW, ALAW))
    if kind == PCM:
        shape.number("rate", 24_000, 24_000, 24_000)
    return kind


def _voice(given: Reading) -> str:
    value = given.get("voice")
    return given.within("voice", ("id",)).text("id", 64) if isinstance(value, dict) else (
        given.text("voice", 64)
    )  # fmt: skip


def _transcription(given: Reading) -> Json | None:
    if given.get("transcription") is None:
        return None
    wanted = given.within("transcription")
    return {"model": wanted.text("model", 100, "parlor")}


def _turns(given: Reading) -> TurnDetection | None:
    if given.get("turn_detection") is None:
        return None
    wanted = given.within("turn_detection")
    kind = wanted.choice("type", ("server_vad", "semantic_vad"), "server_vad")
    wanted.number("threshold", 0.0, 1.0, 0.5)
    wanted.number("prefix_padding_ms", 0, 10_000, 300)
    silence = None
    if wanted.get("silence_duration_ms") is not None and kind == "server_vad":
        silence = round(wanted.number("silence_duration_ms", 100, 5_000))
    return TurnDetection(
        kind, wanted.flag("create_response", True), wanted.flag("interrupt_response", True),
        silence,
    )  # fmt: skip


def _tools(given: Reading) -> tuple[Json, ...]:
    tools: dict[str, Json] = {}
    for number, value in enumerate(given.items("tools", _MOST_TOOLS)):
        tool = Reading(value, given.place(f"tools[{number}]"), _TOOL)
        tool.choice("type", ("function",), "function")
        schema = tool.within("parameters").get("type")
        parameters = tool.get("parameters") if schema == "object" else _NOTHING
        tools[tool.name("name")] = {
            "type": "function", "name": tool.name("name"),
            "description": tool.text("description", _LONGEST, ""), "parameters": parameters,
        }  # fmt: skip
    return tuple(tools.values())


_NOTHING: Final[Json] = {"type": "object", "properties": {}}


def bare(tools: Sequence[Json]) -> tuple[Json, ...]:
    """Tools as a language model's server takes them."""
    return tuple({key: tool[key] for key in _TOOL[1:]} for tool in tools)
