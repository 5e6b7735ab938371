"""Everything that can be said to the speaker, as tools for a language model.

A tool is an intent: its arguments are the slots of the sentence templates, and their schemas are
the lists that the templates name. The templates of English are read whatever is spoken, for slot
values are the same in every language. Format: function calling of OpenAI's chat completions
(platform.openai.com, guides, function calling); Realtime and others take the same parts.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from device.dialog.intents import (
    HOME_INTENTS,
    PROFILE_INTENTS,
    QUERY_INTENTS,
    REFERENCES,
    SUPPORTED,
)
from device.dialog.language import FALLBACK, load_language
from device.dialog.templates import kept_intents

Json = dict[str, Any]

WITHHELD: Final = frozenset(
    {
        "ParlorYes", "ParlorNo", "HassNevermind", "ParlorRepeat", "ParlorCall",
        "ParlorFarewell",
        *REFERENCES, *PROFILE_INTENTS,
    }
)  # fmt: skip
"""Turns of a conversation, which people take themselves: no model agrees in their place.

Nor does one decide what is kept of them, or who is called on the telephone.
"""
_LATER: Final = "conversation_command"
"""Slot of sentences that are only declined: "in an hour, turn off ..."."""
_OF_THE_HOME: Final = ("name", "area", "floor")
"""Slots that every home fills with its own words."""
_LONGEST_TEXT: Final = 200
_RULE = re.compile(r"<(\w+)>")
_LIST = re.compile(r"\{(\w+)(?::(\w+))?\}")


@lru_cache(maxsize=4)
def tool_definitions(domains: frozenset[str]) -> tuple[Json, ...]:
    """The tools of a home with things of these domains: {"name", "description", "parameters"}.

    `parameters` is a JSON schema. Takes some milliseconds when it is first asked.
    """
    data = load_language(FALLBACK)
    kept = kept_intents(data, domains, telephone=False)
    offered = [name for name in SUPPORTED if name in kept and _is_offered(name, domains)]
    return tuple(
        {
            "name": name,
            "description": descriptions().get(name, name),
            "parameters": _parameters(kept[name]["data"], data.intents),
        }
        for name in offered
    )


@cache
def descriptions() -> Mapping[str, str]:
    """What each intent does, in English."""
    file = resources.files("device.dialog") / "tools.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def schema_of(name: str, domains: frozenset[str]) -> Json | None:
    """The parameters of a tool; None when there is no such tool."""
    tools = tool_definitions(domains)
    return next((one["parameters"] for one in tools if one["name"] == name), None)


def _is_offered(name: str, domains: Set[str]) -> bool:
    about = SUPPORTED[name] if name in HOME_INTENTS or name in QUERY_INTENTS else None
    return name not in WITHHELD and (not about or not about.isdisjoint(domains))


def _parameters(blocks: Iterable[Mapping[str, Any]], intents: Mapping[str, Any]) -> Json:
    """The schema of the slots of an intent, in the order of their names."""
    values: dict[str, list[Any]] = {}
    for block in blocks:
        for text in block["sentences"]:
            for list_name, slot in _references(text, intents["expansion_rules"], frozenset()):
                values.setdefault(slot or list_name, []).append(intents["lists"].get(list_name))
        for slot, value in block.get("slots", {}).items():
            values.setdefault(slot, []).append({"values": [value]})
    values.pop(_LATER, None)
    properties = {slot: _schema(slot, values[slot]) for slot in sorted(values)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _references(
    text: str, rules: Mapping[str, str], above: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """List and slot of every {list:slot} of a template, those in its <rules> too."""
    yield from _LIST.findall(text)
    for rule in _RULE.findall(text):
        if rule in rules and rule not in above:
            yield from _references(rules[rule], rules, above | {rule})


def _schema(slot: str, lists: Iterable[Mapping[str, Any] | None]) -> Json:
    """What a slot may hold, of all the lists that fill it."""
    known = [one for one in lists if one is not None]
    if slot in _OF_THE_HOME or any(one.get("wildcard") for one in known):
        return {"type": "string", "maxLength": _LONGEST_TEXT}
    ends = [end for one in known if "range" in one for end in _ends(one["range"])]
    said = [_out(value) for one in known for value in one.get("values", ())]
    numbers = [one for one in said if type(one) is int]
    others = list(dict.fromkeys(one for one in said if type(one) is not int))
    halves = any("fractions" in one.get("range", ()) for one in known)
    schemas: list[Json] = []
    if ends or numbers:
        kind, both = "number" if halves else "integer", [*ends, *numbers]
        schemas.append({"type": kind, "minimum": min(both), "maximum": max(both)})
    if others:
        schemas.append({"enum": others})
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _ends(limits: Mapping[str, Any]) -> list[int]:
    factor = limits.get("multiplier", 1)
    return [limits["from"] * factor, limits["to"] * factor]


def _out(value: Any) -> Any:
    return value.get("out", value["in"]) if isinstance(value, Mapping) else value
