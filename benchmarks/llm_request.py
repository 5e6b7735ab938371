"""What is wrong with a request for a chat completion (platform.openai.com, API reference, chat)."""

import re
from collections.abc import Sequence
from typing import Any, Final

Json = dict[str, Any]

MODEL: Final = "parrot-1"
"""The only model that there is."""
_FIELDS: Final = {
    "model", "messages", "stream", "stream_options", "temperature", "max_tokens", "tools",
}  # fmt: skip
_MESSAGES: Final = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}
"""Fields by role."""
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def mistake(request: Json) -> str:
    """What is not as documented; empty when everything is."""
    if unknown := set(request) - _FIELDS:
        return f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}"
    if request.get("model") != MODEL:
        return f"The model {request.get('model')!r} does not exist"
    if "stream_options" in request and not request.get("stream"):
        return "stream_options: only for streams"
    return _in_messages(request.get("messages")) or _in_tools(request.get("tools"))


def _in_messages(messages: object) -> str:
    if not isinstance(messages, list) or not messages:
        return "messages: a list is expected"
    if messages[-1].get("role") not in ("user", "tool"):
        return "messages: a user or a tool is expected to speak last"
    open_calls: list[str] = []
    for message in messages:
        known = _MESSAGES.get(message.get("role"), set())
        if not set(message) <= known or not {"role", "content"} <= set(message):
            return f"messages: {message} is none"
        if open_calls and message["role"] != "tool":
            return f"messages: {open_calls} were called and not answered"
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return f"messages: nobody called {message['tool_call_id']}"
            open_calls.remove(message["tool_call_id"])
        calls = message.get("tool_calls", [])
        if not isinstance(message["content"], str) and not (calls and message["content"] is None):
            return "messages: content must be a text"
        if not message["content"] and not calls:
            return "messages: content must not be empty"
        if wrong := [call for call in calls if not _is_call(call)]:
            return f"messages: {wrong[0]} is no call"
        open_calls += [call["id"] for call in calls]
    return ""


def _is_call(call: Json) -> bool:
    return (
        set(call) == {"id", "type", "function"}
        and call["type"] == "function"
        and set(call["function"]) == {"name", "arguments"}
        and all(isinstance(value, str) for value in call["function"].values())
    )


def _in_tools(tools: Sequence[Json] | None) -> str:
    if tools is None:
        return ""
    for tool in tools:
        if set(tool) != {"type", "function"} or tool["type"] != "function":
            return f"tools: {tool} is none"
        function = tool["function"]
        if not set(function) <= {"name", "description", "parameters", "strict"}:
            return f"tools: {function} is no function"
        if not _NAME.fullmatch(function["name"]):
            return f"tools: {function['name']!r} is no name"
        if function["parameters"].get("type") != "object":
            return "tools: parameters must be an object"
    return "" if tools else "tools: [] is too short"
