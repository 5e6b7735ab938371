"""Home Assistant's conversation API over its WebSocket, as data. Pure.

    server                                       client
    {"type": "auth_required", "ha_version"}
                                                 {"type": "auth", "access_token"}
    {"type": "auth_ok" | "auth_invalid"}
                                                 {"id", "type": "conversation/process", "text",
                                                  "language", "conversation_id"}
    {"id", "type": "result", "success", "result" | "error"}

A result holds `response` with `response_type` (action_done, query_answer, error), `language`,
`speech.plain.speech` and, of an error, `data.code`; beside it `conversation_id` and
`continue_conversation`. Sources: WebSocket API and Conversation API of Home Assistant's
developer documentation.
"""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.errors import AssistantError, AssistantRefused, ConfigError

_SCHEMES: Final = {"http": "ws", "https": "wss"}
_NOT_UNDERSTOOD: Final = frozenset({"no_intent_match", "no_valid_targets"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class _Plain(_Part):
    speech: str = ""


class _Speech(_Part):
    plain: _Plain = _Plain()


class _Data(_Part):
    code: str = ""


class _Response(_Part):
    response_type: str
    language: str = ""
    speech: _Speech = _Speech()
    data: _Data = _Data()


class Processed(_Part):
    """What Home Assistant made of a sentence."""

    response: _Response
    conversation_id: str | None = None
    """Send it with the next sentence of the same conversation."""
    continue_conversation: bool = False
    """The reply is a question."""

    @property
    def understood(self) -> bool:
        """False when no sentence of its fits, or nothing in the home does."""
        failed = self.response.response_type == "error"
        return not (failed and self.response.data.code in _NOT_UNDERSTOOD)

    @property
    def text(self) -> str:
        """What to say; empty: nothing."""
        return self.response.speech.plain.speech.strip()


class _Failure(_Part):
    code: str = ""
    message: str = ""


class _Result(_Part):
    id: int
    success: bool
    result: Processed | None = None
    error: _Failure = Field(default=_Failure())


def socket_address(url: str) -> str:
    """The WebSocket of the Home Assistant at an address like http://host:8123.

    Raises ConfigError.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        usable = parts.scheme in _SCHEMES and host and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment:
        raise ConfigError(
            f"[home] assistant = {url!r} is no address of a Home Assistant; "
            "write it like http://homeassistant.local:8123"
        )
    return f"{_SCHEMES[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}/api/websocket"


def auth_message(token: str) -> str:
    """The answer to auth_required."""
    return json.dumps({"type": "auth", "access_token": token})


def process_message(number: int, text: str, language: str, conversation_id: str | None) -> str:
    """Hand over a sentence; numbers grow by one from message to message."""
    message: dict[str, Any] = {"id": number, "type": "conversation/process", "text": text}
    if language:
        message["language"] = language
    if conversation_id is not None:
        message["conversation_id"] = conversation_id
    return json.dumps(message)


def read_type(message: str | bytes) -> str:
    """The type of a message. Raises AssistantError when it has none."""
    return str(_read(message).get("type", ""))


def check_auth(message: str | bytes) -> None:
    """Read the answer to the token. Raises AssistantRefused and AssistantError."""
    kind = read_type(message)
    if kind == "auth_invalid":
        raise AssistantRefused(
            "Home Assistant refused the access token; make a long-lived one in its user profile "
            "and put it into the file that [home] assistant_token_file names"
        )
    if kind != "auth_ok":
        raise AssistantError(f"Home Assistant answered the access token with {kind[:40]!r}")


def read_result(message: str | bytes, number: int) -> Processed | None:
    """The result of sentence `number`; None when the message is about something else.

    Raises AssistantError.
    """
    content = _read(message)
    if content.get("type") != "result" or content.get("id") != number:
        return None
    try:
        answer = _Result.model_validate(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise AssistantError(f"Home Assistant's answer cannot be read at {where}") from error
    if not answer.success or answer.result is None:
        why = f"{answer.error.message} ({answer.error.code})"[:200]
        raise AssistantError(f"Home Assistant could not take the sentence: {why}")
    return answer.result


def _read(message: str | bytes) -> dict[str, Any]:
    try:
        content = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise AssistantError("Home Assistant sent something that is no JSON") from error
    if not isinstance(content, dict):
        raise AssistantError("Home Assistant sent something that is no message")
    return content
