"""Greetings, thanks and farewells, which nobody needs to think about. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from device.dialog.base import Answer
from device.types import Intent

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


def polite_answer(text: str, known: Mapping[str, Pleasantry], language: str) -> Answer | None:
    """The answer to one of the known ones, which are in this language; None for anything else."""
    polite = known.get(plain(text))
    return None if polite is None else Answer(polite.reply, language, Intent(polite.intent))


def plain(text: str) -> str:
    """The words alone, in small letters."""
    return " ".join(_NO_WORD.sub(" ", text.casefold()).split())
