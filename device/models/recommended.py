"""Which models suit a computer. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from device.models.manifest import Manifest

_BOARDS: Final = (("Zero 2", "zero2"), ("Pi 3", "pi3"), ("Pi 4", "pi4"), ("Pi 5", "pi5"),
                  ("Compute Module 3", "pi3"), ("Compute Module 4", "pi4"),
                  ("Compute Module 5", "pi5"))  # fmt: skip
_PC: Final = "pi5"


def board_of(model: str) -> str:
    """The board that a device tree's model names; a computer that is no Pi counts as a pi5.

    An older Pi is given like the smallest one there is something for.
    """
    if "Raspberry Pi" not in model:
        return _PC
    return next((board for words, board in _BOARDS if words in model), "zero2")


def recommended(
    manifests: Iterable[Manifest], board: str, memory_mb: int, languages: Sequence[str]
) -> list[Manifest]:
    """Models to fetch for a speaker of these languages on such a computer.

    One Whisper that knows all languages, and a voice for each of them.
    """
    fitting = [
        one
        for one in manifests
        if board in one.boards and one.memory_mb <= memory_mb and not one.package
    ]
    chosen = _best([one for one in fitting if _knows_all(one, languages)])
    for language in languages:
        voices = [one for one in fitting if one.engine == "piper" and one.speaks(language)]
        chosen += [voice for voice in _best(voices) if voice not in chosen]
    return chosen


def _knows_all(model: Manifest, languages: Sequence[str]) -> bool:
    return model.engine == "whisper" and all(model.speaks(language) for language in languages)


def _best(models: Sequence[Manifest]) -> list[Manifest]:
    """The one that wants most of the computer and, of those, knows the fewest other languages."""
    return sorted(models, key=lambda one: (-one.memory_mb, "*" in one.languages))[:1]
