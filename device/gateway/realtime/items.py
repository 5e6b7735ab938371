"""The conversation of a Realtime session: its items, and what they are as questions and answers.

Pure. Items are in the protocol's present form; the sound of what was said is not kept.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from device.gateway.realtime.errors import Refused, wrong
from device.gateway.realtime.reading import Reading

Json = dict[str, Any]

_MOST: Final = 500
"""Items; the oldest ones are forgotten."""
_LONGEST: Final = 20_000
"""Characters of a text."""
_LONGEST_SOUND: Final = 4 << 20
"""Characters of base64: a minute."""
_PARTS: Final = {
    "user": ("input_text", "input_audio"), "assistant": ("output_text", "output_audio"),
    "system": ("input_text",),
}  # fmt: skip
_FIELDS: Final = {
    "message": ("id", "object", "type", "status", "role", "content"),
    "function_call": ("id", "object", "type", "status", "name", "call_id", "arguments"),
    "function_call_output": ("id", "object", "type", "status", "call_id", "output"),
}


@dataclass(slots=True)
class Items:
    """In their order."""

    _items: dict[str, Json] = field(default_factory=dict)
    changed: bool = False
    """Whether a client changed what was said before."""
    spoken_ms: dict[str, int] = field(default_factory=dict)
    """How long our own messages sound."""

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    @property
    def last_id(self) -> str | None:
        """Of the last one."""
        return next(reversed(self._items), None)

    def get(self, item_id: str) -> Json:
        """Raises Refused."""
        try:
            return self._items[item_id]
        except KeyError:
            message = f"Item {item_id[:64]!r} does not exist."
            raise Refused("item_not_found", message, "item_id") from None

    def add(self, item: Json, after: str | None = None) -> str | None:
        """Put one at the end, or after another ("root": first); gives the id before it.

        Raises Refused.
        """
        if item["id"] in self._items:
            raise Refused("item_already_exists", f"Item {item['id']!r} exists.", "item.id")
        if after is None or after == self.last_id:
            before = self.last_id
            self._items[item["id"]] = item
        else:
            before = self._insert(item, after)
        while len(self._items) > _MOST:
            self._drop(next(iter(self._items)))
        return before

    def replace(self, item: Json) -> str | None:
        """It is complete now; gives the id before it. One that was deleted stays so."""
        if item["id"] not in self._items:
            return None
        self._items[item["id"]] = item
        ids = list(self._items)
        place = ids.index(item["id"])
        return ids[place - 1] if place else None

    def _drop(self, item_id: str) -> None:
        del self._items[item_id]
        self.spoken_ms.pop(item_id, None)

    def _insert(self, item: Json, after: str) -> str | None:
        ids = list(self._items)
        place = 0 if after == "root" else ids.index(self.get(after)["id"]) + 1
        ids.insert(place, item["id"])
        self._items[item["id"]] = item
        self._items = {one: self._items[one] for one in ids}
        return ids[place - 1] if place else None

    def delete(self, item_id: str) -> None:
        """Raises Refused."""
        self.get(item_id)
        self._drop(item_id)
        self.changed = True

    def copy(self) -> "Items":
        """Another conversation that begins like this one."""
        return Items(dict(self._items), changed=True)

    def truncate(self, item_id: str, heard_ms: int) -> None:
        """So much of a reply was heard; the words are cut about there. Raises Refused."""
        item = self.get(item_id)
        if item.get("role") != "assistant":
            raise Refused("invalid_value", "Only what we said can be truncated.", "item_id")
        spoken_ms = self.spoken_ms.get(item_id, 0)
        if heard_ms > spoken_ms:
            message = f"Audio content of {spoken_ms} ms is already shorter than {heard_ms} ms"
            raise Refused("invalid_value", message, "audio_end_ms")
        words = words_of(item).split(" ")
        kept = round(len(words) * heard_ms / spoken_ms) if spoken_ms else 0
        self.say(item_id, " ".join(words[:kept]))
        self.spoken_ms[item_id] = heard_ms
        self.changed = True

    def say(self, item_id: str, words: str) -> None:
        """These are the words of a message."""
        if item_id in self._items:
            item = self._items[item_id]
            part = item["content"][0]
            key = "text" if "text" in part["type"] else "transcript"
            self._items[item_id] = {**item, "content": [{**part, key: words}]}

    @property
    def unanswered(self) -> str:
        """What a person said since the last answer."""
        said: list[str] = []
        for item in reversed(self._items.values()):
            if item.get("role") == "assistant":
                break
            if item.get("role") == "user":
                said.append(words_of(item))
        return "\n".join(filter(None, reversed(said)))

    @property
    def instructions(self) -> str:
        """What the client told us beside the session's instructions."""
        told = (words_of(item) for item in self._items.values() if item.get("role") == "system")
        return "\n".join(told)

    @property
    def exchanges(self) -> tuple[tuple[str, str], ...]:
        """What was said and answered, the oldest first; what is unanswered is not among it."""
        exchanges: list[tuple[str, str]] = []
        said: list[str] = []
        for item in self._items.values():
            match item.get("role"):
                case "user":
                    said.append(words_of(item))
                case "assistant" if said:
                    exchanges.append(("\n".join(said), words_of(item)))
                    said = []
                case "assistant" if exchanges:
                    question, answer = exchanges.pop()
                    exchanges.append((question, f"{answer} {words_of(item)}".strip()))
        return tuple(exchanges)


def words_of(item: Json) -> str:
    """What is said in a message, as far as it is known."""
    parts = (part.get("text") or part.get("transcript") or "" for part in item.get("content", ()))
    return " ".join(filter(None, parts))


def message(item_id: str, role: str, part: Json, status: str = "completed") -> Json:
    """A message with one part."""
    return {
        "id": item_id, "object": "realtime.item", "type": "message", "status": status,
        "role": role, "content": [part],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """An item that a client made."""

    item: Json
    sound: str = ""
    """What is said in it where that is not known in words, as base64."""


def read_item(value: Any, new_id: str, param: str = "item") -> Given:
    """An item of a client, who may leave its id to us. Raises Refused."""
    kind = Reading(value, param).choice("type", tuple(_FIELDS))
    given = Reading(value, param, _FIELDS[kind])
    item: Json = {
        "id": given.text("id", 64) if given.get("id") else new_id, "object": "realtime.item",
        "type": kind, "status": "completed",
    }  # fmt: skip
    match kind:
        case "message":
            return _message(given, item)
        case "function_call":
            item["name"], item["arguments"] = given.name("name"), given.text("arguments", _LONGEST)
        case _:
            item["output"] = given.text("output", _LONGEST)
    return Given({**item, "call_id": given.text("call_id", 64)})


def _message(given: Reading, item: Json) -> Given:
    role = given.choice("role", tuple(_PARTS))
    content: list[Json] = []
    sound = ""
    for number, value in enumerate(given.items("content", 16)):
        part = Reading(value, given.place(f"content[{number}]"))
        kind = part.choice("type", _PARTS[role])
        if "text" in kind:
            content.append({"type": kind, "text": part.text("text", _LONGEST)})
            continue
        words = part.text("transcript", _LONGEST, "")
        content.append({"type": kind, "transcript": words or None})
        if role == "user" and not words:
            sound += part.text("audio", _LONGEST_SOUND)
    if not content:
        raise wrong(given.place("content"), [], "Something must be said.")
    return Given({**item, "role": role, "content": content}, sound)
