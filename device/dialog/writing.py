"""One way of writing for what is written in several: wide letters, and spaces between words."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

_SEPARATORS = str.maketrans("、", " ")
"""Punctuation that hassil does not know."""
_IDEOGRAPHIC_COMMA = ("zh", "yue", "ja")
_LOOSE_SPACE = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")


def even(text: str, spaceless: bool = False) -> str:
    """The text with full-width letters and digits as plain ones, and no ideographic commas.

    With `spaceless` as `closed_up`: for languages that can be written with and without spaces.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_SEPARATORS)
    return closed_up(plain) if spaceless else plain


def listed(words: Iterable[str], language: str) -> str:
    """The words one after the other, with commas as the language writes them."""
    return ("、" if language.split("-")[0] in _IDEOGRAPHIC_COMMA else ", ").join(words)


def closed_up(text: str) -> str:
    """The text without spaces, except between words of plain letters: "거실 TV" is "거실TV"."""
    return _LOOSE_SPACE.sub("", text)


def as_written(part: str, text: str) -> str:
    """A part of a text with the spaces that it has there; as it is when it is no part of it."""
    places = [place for place, sign in enumerate(text) if not sign.isspace()]
    wanted = "".join(part.split())
    start = "".join(text.split()).find(wanted)
    if start < 0 or not wanted:
        return part
    return text[places[start] : places[start + len(wanted) - 1] + 1]


def closed_up_templates(data: dict[str, Any]) -> dict[str, Any]:
    """hassil's form of a language whose sentence templates hold no spaces."""
    intents = {
        name: {"data": [_closed_block(block) for block in body["data"]]}
        for name, body in data["intents"].items()
    }
    rules = {name: _closed_template(body) for name, body in data["expansion_rules"].items()}
    lists = {name: _closed_list(body) for name, body in data["lists"].items()}
    skipped = [closed_up(word) for word in data.get("skip_words", ())]
    return {
        **data, "intents": intents, "expansion_rules": rules, "lists": lists, "skip_words": skipped,
    }  # fmt: skip


def _closed_block(block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "sentences": [_closed_template(text) for text in block["sentences"]]}


def _closed_list(body: dict[str, Any]) -> dict[str, Any]:
    if "values" not in body:
        return body
    return {**body, "values": [_closed_value(value) for value in body["values"]]}


def _closed_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {**value, "in": _closed_template(value["in"])}
    return closed_up(value)


def _closed_template(text: str) -> str:
    """A space that may be said is none at all."""
    return closed_up(text).replace("[]", "")
