"""Takes values out of a client's JSON, and says which one is wrong. Pure."""

import re
from collections.abc import Collection
from typing import Any, Final

from device.gateway.realtime.errors import missing, unknown, wrong

Json = dict[str, Any]

_LONE: Final = re.compile("[\ud800-\udfff]")
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Reading:
    """One object of JSON, and where it is. Everything raises Refused."""

    def __init__(self, value: Any, param: str, known: Collection[str] | None = None) -> None:
        """`known`: what may be in it; None: anything."""
        if not isinstance(value, dict):
            raise wrong(param, value, "An object is expected.")
        self._value: Json = value
        self._param = param
        for key in value:
            if known is not None and key not in known:
                raise unknown(self.place(key))

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def place(self, key: str) -> str:
        """Name of a parameter in it."""
        return f"{self._param}.{key}" if self._param else key

    def get(self, key: str) -> Any:
        """Whatever is there; None where nothing is."""
        return self._value.get(key)

    def text(self, key: str, most: int, default: str | None = None) -> str:
        """A string of at most so many characters."""
        value = self._value.get(key, default)
        if value is None:
            raise missing(self.place(key))
        if not isinstance(value, str) or len(value) > most:
            raise wrong(self.place(key), value, f"A string of at most {most} characters.")
        if not value.isascii() and _LONE.search(value):
            raise wrong(self.place(key), value, "There is half of a surrogate pair in it.")
        return value

    def name(self, key: str) -> str:
        """The name of a tool."""
        value = self.text(key, 64)
        if not _NAME.fullmatch(value):
            raise wrong(self.place(key), value, "Letters, digits, _ and - are expected.")
        return value

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self._value.get(key, default)
        if value is None:
            raise missing(self.place(key))
        if not isinstance(value, str) or value not in allowed:
            raise wrong(self.place(key), value, f"Supported values are: {', '.join(allowed)}.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false; null is the default."""
        value = self._value.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong(self.place(key), value, "true or false is expected.")
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number between two others, both included; null is the default."""
        value = self._value.get(key)
        if value is None:
            value = default
        if value is None:
            raise missing(self.place(key))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(self.place(key), value, "A number is expected.")
        if not low <= value <= high:
            raise wrong(self.place(key), value, f"It must be between {low:g} and {high:g}.")
        return float(value)

    def items(self, key: str, most: int) -> list[Any]:
        """A list of at most so many values; empty where nothing is."""
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise wrong(self.place(key), value, f"A list of at most {most} values.")
        return value

    def within(self, key: str, known: Collection[str] | None = None) -> "Reading":
        """An object in it; an empty one where nothing is."""
        value = self._value.get(key)
        return Reading({} if value is None else value, self.place(key), known)
