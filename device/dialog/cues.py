"""Words that tell whether a sentence goes on and whom it is meant for, by language."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"[\w'-]+")
_BY_LETTERS = frozenset({"zh", "ja", "ko", "th"})
"""Where words are not parted by spaces, or carry their particles at the end."""
_NONE: dict[str, Any] = {"open": "", "unit": "", "fillers": [], "asking": ""}


@dataclass(frozen=True, slots=True)
class Cues:
    """Those of one language; all are empty for a language without any."""

    language: str
    """Two-letter code."""
    open: tuple[str, ...]
    """No sentence ends with these."""
    unit: tuple[str, ...]
    """After these a number needs a unit."""
    fillers: frozenset[str]
    """Whole remarks that people make while others talk."""
    asking: tuple[str, ...]
    """How people begin who want something from somebody."""

    def ends_open(self, text: str) -> bool:
        """Whether the last word calls for another."""
        return self._ends_with(self.open, text)

    def lacks_unit(self, text: str) -> bool:
        """Whether the last word is a number that calls for a unit."""
        words = spoken_words(text)
        number = len(words) > 1 and words[-1].isdecimal()
        return number and words[-2] in self.unit

    def is_filler(self, text: str) -> bool:
        """Whether it is nothing but such a remark."""
        return " ".join(spoken_words(text)) in self.fillers

    def asks(self, text: str) -> bool:
        """Whether somebody begins like that."""
        if self.language in _BY_LETTERS:
            return any(word in text for word in self.asking)
        return bool(words := spoken_words(text)) and words[0] in self.asking

    def _ends_with(self, words: tuple[str, ...], text: str) -> bool:
        said = spoken_words(text)
        if not said:
            return False
        return said[-1].endswith(words) if self.language in _BY_LETTERS else said[-1] in words


def cues(language: str) -> Cues:
    """Those of a language code such as EN, en_GB or zh."""
    return _cues(re.split("[-_]", language.lower())[0])


def spoken_words(text: str) -> list[str]:
    """The words of a text in small letters, without its punctuation."""
    return _WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


@cache
def _cues(primary: str) -> Cues:
    found = _all_cues().get(primary, _NONE)
    return Cues(
        primary,
        tuple(found["open"].split()),
        tuple(found["unit"].split()),
        frozenset(found["fillers"]),
        tuple(found["asking"].split()),
    )


@cache
def _all_cues() -> dict[str, dict[str, Any]]:
    file = resources.files("device.dialog") / "cues.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
