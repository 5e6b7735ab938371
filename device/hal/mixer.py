"""Whether the sound card's mixer lets sound through. Reading its words is pure."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from device.hal.program import words_of

_CONTROL: Final = re.compile(r"Simple mixer control '([^']*)',(\d+)")
_SWITCH: Final = re.compile(r"^\s+[^:]+:.*\b(Capture|Playback)\b.*\[(on|off)\]\s*$", re.MULTILINE)
_OUT: Final = ("master", "pcm", "speaker", "headphone", "digital", "lineout")
"""Playback switches of others are often those of what the microphone hears, and off on purpose."""


@dataclass(frozen=True, slots=True)
class Muted:
    """A switch that lets nothing through."""

    control: str
    captures: bool
    """Whether it is a microphone's."""


def muted_controls(text: str) -> tuple[Muted, ...]:
    """Which switches are off on all their channels, from the words of `amixer scontents`."""
    found: list[Muted] = []
    parts = _CONTROL.split(text)
    for name, words in zip(parts[1::3], parts[3::3], strict=True):
        switches = _SWITCH.findall(words)
        captures = [state for way, state in switches if way == "Capture"]
        plays = [state for way, state in switches if way == "Playback"]
        if captures and "on" not in captures:
            found.append(Muted(name, True))
        if plays and "on" not in plays and name.lower().startswith(_OUT):
            found.append(Muted(name, False))
    return tuple(found)


def read_muted(cards: Sequence[str] = ("default",)) -> tuple[Muted, ...] | None:
    """Which switches of these cards are off; None where nobody can tell."""
    program = shutil.which("amixer")
    told = [words_of([program, "-D", card, "scontents"]) for card in cards if program is not None]
    known = [text for text in told if text]
    return tuple(one for text in known for one in muted_controls(text)) if known else None
