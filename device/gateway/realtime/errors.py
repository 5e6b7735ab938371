"""How OpenAI's Realtime protocol says that something cannot be done. Pure."""

from typing import Any, Final

Json = dict[str, Any]

_LONGEST: Final = 100
"""Characters of what was sent that are told back."""


class Refused(Exception):
    """A client's event that changes nothing."""

    def __init__(self, code: str, message: str, param: str = "") -> None:
        super().__init__(message)
        self.code = code
        """Of the protocol where it has one."""
        self.param = param
        """What is wrong in the event, e.g. session.voice; empty: nothing in particular."""


def error(
    code: str, message: str, param: str = "", event_id: str = "",
    kind: str = "invalid_request_error",
) -> Json:  # fmt: skip
    """The server event, without its own id; `event_id` is that of the client's event."""
    about = {
        "type": kind, "code": code, "message": message, "param": param or None,
        "event_id": event_id or None,
    }  # fmt: skip
    return {"type": "error", "error": about}


def shown(value: Any) -> str:
    """What was sent, for a message."""
    return repr(value)[:_LONGEST]


def unknown(param: str) -> Refused:
    """There is no such parameter."""
    return Refused("unknown_parameter", f"Unknown parameter: {param[:_LONGEST]!r}.", param)


def missing(param: str) -> Refused:
    """A parameter is not there."""
    return Refused("missing_required_parameter", f"Missing required parameter: {param!r}.", param)


def wrong(param: str, value: Any, expected: str) -> Refused:
    """A parameter has a value that it cannot have."""
    return Refused("invalid_value", f"Invalid value: {shown(value)}. {expected}", param)
