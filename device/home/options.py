"""The options of one announced thing, read with suspicion. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from device.errors import HomeError
from device.home.base import Command, Report
from device.home.value_templates import as_key, check_template

_MAXIMUM_TEXT: Final = 1_000
_MAXIMUM_NAME: Final = 100
_NO_TOPIC: Final = re.compile(r"[+#\x00-\x1f\x7f]")
_SPACES: Final = re.compile(r"[\s_/]+")


class Options:
    """Values by their long names; what is of a wrong type or forbidden raises HomeError."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def text(self, key: str, otherwise: str = "") -> str:
        """A text; numbers and truth values are texts too, as Home Assistant reads them."""
        value = self._values.get(key)
        if value is None:
            return otherwise
        if not isinstance(value, (str, int, float)):
            raise HomeError(f"{key} is no text")
        text = str(value)
        if len(text) > _MAXIMUM_TEXT:
            raise HomeError(f"{key} has {len(text)} characters; shorten it")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single one counts as a list."""
        value = self._values.get(key, [])
        many = value if isinstance(value, list) else [value]
        return tuple(str(one) for one in many if isinstance(one, (str, int, float)))

    def number(self, key: str, otherwise: int) -> int:
        """A whole number."""
        value = self._values.get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e9:
            raise HomeError(f"{key} is no number")
        return int(value)

    def flag(self, key: str, otherwise: bool = False) -> bool:
        """A truth value."""
        value = self._values.get(key, otherwise)
        return value if isinstance(value, bool) else otherwise

    def topic(self, key: str) -> str:
        """A topic that can be published on; empty when there is none."""
        return checked_topic(self.text(key))

    def template(self, key: str) -> str:
        """A command template."""
        source = self._values.get(key) or ""
        if not isinstance(source, str):
            raise HomeError(f"{key} is no text")
        check_template(source)
        return source

    def report(self, topic_key: str = "state_topic", *template_keys: str) -> Report:
        """Where something is told, and how it is read there."""
        sources = (self._values.get(key) for key in template_keys or ("value_template",))
        source = next((one for one in sources if one is not None), "")
        if not isinstance(source, str):
            raise HomeError(f"the template of {topic_key} is no text")
        return Report(self.topic(topic_key), as_key(source))

    def command(
        self, payload: str, report: Report | None = None, expected: str = "", part: str = ""
    ) -> Command:
        """A command for PART_command_topic; one without a topic is refused."""
        topic = self.topic(f"{part}command_topic")
        if not topic:
            raise HomeError(f"there is no {part}command_topic")
        template = self.template(f"{part}command_template")
        return Command(topic, payload, report or Report(), expected, template)


def checked_topic(topic: str) -> str:
    """The topic; raises HomeError for one with wildcards or control characters."""
    if _NO_TOPIC.search(topic):
        raise HomeError(f"{topic[:60]!r} is no topic to publish on")
    return topic


def spoken_name(text: str) -> str:
    """A name in plain words: no underscores, slashes or control characters.

    Raises HomeError for one that nobody can say.
    """
    plain = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    name = _SPACES.sub(" ", plain).strip()
    if "{" in name or "}" in name:
        raise HomeError(f"{name[:60]!r} has a brace in its name")
    if len(name) > _MAXIMUM_NAME:
        raise HomeError(f"{name[:60]!r} has {len(name)} characters in its name")
    return name
