"""Greetings, thanks and farewells, which nobody needs to think about. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_NO_WORD: Final = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Pleasantry:
    """What is said to be polite, and what is answered."""

    intent: str
    """ParlorGreeting, ParlorThanks or ParlorFarewell."""
    reply: str


def read_pleasantries(tables: Iterable[Mapping[str, Any]]) -> dict[str, Pleasantry]:
    """By what is said, as `plain` writes it; tables have `intent`, `said` and `reply`."""
    return {
        plain(text): Pleasantry(table["intent"], table["reply"])
        for table in tables
        for text in table["said"]
    }


def plain(text: str) -> str:
    """The words alone, in small letters."""
    return " ".join(_NO_WORD.sub(" ", text.casefold()).split())
