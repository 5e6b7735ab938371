"""How words are said, in the phones of the acoustic model (ARPAbet).

Words come from the model's dictionary; names that it does not know are pronounced by espeak-ng,
whose phoneme mnemonics are mapped to the nearest phones.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.stored import keep, kept

_VARIANT = re.compile(r"\(\d+\)$")
_LETTERS = re.compile(r"(?:[^\W\d_]\.)+")
_TIMEOUT_SECONDS = 20.0
_PHONES = {
    # long vowels, diphthongs and affricates come first: the longest mnemonic that fits is taken
    "aI@": "AY AH", "aI3": "AY ER", "aU@": "AW ER", "i@3": "IH R", "eI": "EY", "aI": "AY",
    "aU": "AW", "oU": "OW", "OI": "OY", "A@": "AA R", "O@": "AO R", "o@": "AO R", "e@": "EH R",
    "i@": "IH R", "U@": "UH R", "3:": "ER", "A:": "AA", "i:": "IY", "O:": "AO", "u:": "UW",
    "a:": "AA", "e:": "EY", "o:": "OW", "y:": "UW", "tS": "CH", "dZ": "JH", "@L": "AH L",
    "@5": "OW", "I2": "IH", "I#": "IH", "@2": "AH", "a#": "AH", "IR": "ER", "VR": "ER",
    "nj": "N Y", "n^": "N Y", "l^": "L Y", "ts": "T S", "pF": "P F", "r-": "R", "t2": "T",
    "aa": "AE", "E#": "EH", "3": "ER", "0": "AA", "A": "AA", "a": "AE", "E": "EH", "e": "EH",
    "I": "IH", "i": "IY", "O": "AO", "o": "OW", "U": "UH", "u": "UW", "V": "AH", "@": "AH",
    "y": "UW", "Y": "UH", "W": "EH", "b": "B", "d": "D", "D": "DH", "f": "F", "g": "G", "h": "HH",
    "j": "Y", "k": "K", "l": "L", "m": "M", "n": "N", "N": "NG", "p": "P", "r": "R", "R": "R",
    "s": "S", "S": "SH", "t": "T", "T": "TH", "v": "V", "w": "W", "x": "K", "X": "HH", "C": "SH",
    "z": "Z", "Z": "ZH", "B": "B", "Q": "G", "q": "K", "c": "K", "L": "L", "5": "L", "M": "M",
}  # fmt: skip
_LONGEST = max(map(len, _PHONES))
PHONES = frozenset(" ".join(_PHONES.values()).split())
"""All that espeak-ng's mnemonics are mapped to."""
_MOST_REMEMBERED = 20_000


def pronounce(
    words: Iterable[str], dictionary: Path, voice: str, cache: Path | None = None
) -> dict[str, list[str]]:
    """Pronunciations of each word, each a string of phones with spaces between.

    `dictionary` is a file in CMU form; `voice` is the espeak-ng voice for what it lacks, which is
    asked once for a word and then remembered in the folder `cache`.
    Raises ModelMissing, ModelInvalid, or EngineMissing without espeak-ng when it is needed.
    """
    wanted = set(words)
    found = _look_up(wanted, dictionary)
    if lacking := wanted - found.keys():
        found.update(_guess(lacking, voice, cache))
    return found


def _look_up(wanted: set[str], dictionary: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        with dictionary.open(encoding="utf-8") as lines:
            for line in lines:
                word, _, phones = line.partition(" ")
                if word.endswith(")"):
                    word = _VARIANT.sub("", word)
                if word in wanted and phones.strip():
                    found.setdefault(word, []).append(phones.strip())
    except FileNotFoundError as error:
        raise ModelMissing(f"there is no dictionary at {dictionary}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelInvalid(f"{dictionary} is no dictionary: {error}") from error
    return found


def _guess(words: set[str], voice: str, cache: Path | None) -> dict[str, list[str]]:
    name = f"said-by-{voice}"
    known = kept(cache, name, _checked) or {}
    if fresh := sorted(words - known.keys()):
        known = known if len(known) + len(fresh) <= _MOST_REMEMBERED else {}
        fresh = sorted(words - known.keys())
        known.update(zip(fresh, _speak(fresh, voice), strict=True))
        keep(cache, name, known)
    return {word: known[word] for word in words}


def _checked(value: Any) -> dict[str, list[str]]:
    ways = [way for word in value.values() for way in word]
    if not all(value.values()) or not all(set(way.split()) <= PHONES for way in ways):
        raise ValueError("words without phones")
    return dict(value)


def _speak(words: list[str], voice: str) -> list[list[str]]:
    program = shutil.which("espeak-ng")
    if program is None:
        raise EngineMissing(
            f"the dictionary lacks {', '.join(words[:5])} and espeak-ng, which could pronounce it, "
            "is not installed; install it with: sudo apt install espeak-ng"
        )
    spoken = [_spelled(word) for word in words]
    command = [program, "-q", "-x", "-v", voice, "--stdin"]
    # A full stop and a line break after each word keep espeak-ng from running lines together.
    text = "".join(f"{word}.\n\n" for word in spoken)
    answer = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
    )
    lines = [line for line in answer.stdout.splitlines() if line.strip()]
    if answer.returncode or len(lines) != len(words):
        lines = [_one(program, voice, word) for word in spoken]
    return [[arpabet(line) or "AH"] for line in lines]


def _one(program: str, voice: str, word: str) -> str:
    answer = subprocess.run(
        [program, "-q", "-x", "-v", voice, "--stdin"],
        input=word,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    return " ".join(answer.stdout.split())


def _spelled(word: str) -> str:
    """Abbreviations with full stops are spelled out, as the dictionary does."""
    return word.replace(".", " ").upper() if _LETTERS.fullmatch(word) else word


def arpabet(mnemonics: str) -> str:
    """Phones, with spaces between, that are nearest to espeak-ng's mnemonics."""
    phones: list[str] = []
    at = 0
    while at < len(mnemonics):
        for length in range(_LONGEST, 0, -1):
            piece = mnemonics[at : at + length]
            if piece in _PHONES:
                phones.append(_PHONES[piece])
                at += len(piece)
                break
        else:
            at += 1
    return " ".join(phones)
