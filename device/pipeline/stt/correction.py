"""Finds, in what was understood, words that sound like names one knows. Pure.

An engine with an open vocabulary writes down "turn on the ceiling like" where somebody said
"ceiling light". Each stretch of a text is compared with each keyword, by sound and by spelling;
what is alike enough could be the keyword. Whether it is, others decide by what the text means then.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

Sounds = tuple[str, ...]
"""How something is said, as ARPAbet phones; empty where that is not known."""

USUAL_BOOST: Final = 2.0
_ALIKE_ENOUGH: Final = 0.8
"""From so much on, of 1, a stretch of text could be a keyword of the usual boost."""
_LEAST_SOUNDS: Final = 3
"""What is shorter sounds like too much."""
_WORDS_MORE: Final = 1
"""A keyword is heard as so many words more or less than it has."""
_MOST_WORDS: Final = 8
"""A name that is longer is not looked for."""
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:['’][^\W_]+)*"
)
_ALIKE: Final = (
    "P B", "T D", "K G", "F V TH", "S Z", "SH ZH CH JH", "TH DH", "M N NG", "L R", "W V", "B V",
    "D DH", "AE EH", "EH IH", "IH IY", "AA AO AH", "UH UW", "AO OW", "AH UH ER", "AH IH EH",
)  # fmt: skip
"""Phones that are taken for each other."""
_PAIRS: Final = frozenset(
    (one, other) for group in _ALIKE for one in group.split() for other in group.split()
)
_VOWEL_PHONES: Final = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_VOWELS: Final = frozenset(_VOWEL_PHONES.split(" "))
_ROUNDING: Final = 1e-9
_NEAR, _VOWEL = 0.3, 0.6
"""What it costs to take a phone for one that is like it, and a vowel for any other."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A name that may be said."""

    text: str
    boost: float = USUAL_BOOST
    """How much is forgiven for it; 0: it must be heard right."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word or a name, and how it is said."""

    text: str
    sounds: Sounds = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A text in which one stretch is read as a keyword."""

    text: str
    keyword: str
    distance: float
    """0: it sounds or is spelled the same; less than 0.2 for a keyword of the usual boost. A
    boost divides it."""


def words_of(text: str) -> list[re.Match[str]]:
    """The words of a text; in scripts without spaces each character is one."""
    return list(_WORD.finditer(text))


def corrections(
    text: str, sounds: Callable[[str], Sounds], keywords: Iterable[Keyword]
) -> list[Correction]:
    """Every way to read one stretch of a text as a keyword, the nearest first.

    `sounds` tells how a word is said. What is a keyword already stays as it is, and of stretches
    that overlap the nearest counts: no word beside a name is swallowed.
    """
    words = words_of(text)
    stretches = _stretches([Said(_plain(word[0]), sounds(word[0])) for word in words])
    found = []
    for keyword in keywords:
        parts = [part[0] for part in words_of(keyword.text)]
        wanted = [Said(_plain(part), sounds(part)) for part in parts]
        for start, stop, distance in _places(stretches, wanted, keyword.boost):
            begin, end = words[start].start(), words[stop - 1].end()
            read = text[:begin] + keyword.text + text[end:]
            found.append(Correction(read, keyword.text, distance))
    return sorted(found, key=lambda one: one.distance)


def _places(
    stretches: Sequence["_Stretch"], parts: Sequence[Said], boost: float
) -> Iterator[tuple[int, int, float]]:
    """Where a keyword of these parts could have been said: from, to, and how far apart they are."""
    wanted, names = _joined(parts), [part.text for part in parts]
    taken: set[int] = set()
    near = []
    for stretch in stretches:
        if abs(len(stretch.words) - len(parts)) > _WORDS_MORE:
            continue
        if list(stretch.words) == names:
            taken.update(range(stretch.start, stretch.stop))
        elif (distance := _distance(stretch.said, wanted, boost)) is not None:
            more = abs(len(stretch.words) - len(parts))
            near.append((distance, more, stretch.start, stretch.stop))
    for distance, _, start, stop in sorted(near):
        if taken.isdisjoint(range(start, stop)):
            taken.update(range(start, stop))
            yield start, stop, distance


def alike(one: Said, other: Said) -> float:
    """How much two words or names are alike, 0 to 1: by sound; where that tells less, or is not
    known, by spelling too.
    """
    spelled = _spelled_alike(one.text, other.text)
    if min(len(one.sounds), len(other.sounds)) < _LEAST_SOUNDS:
        return spelled
    said = _said_alike(one.sounds, other.sounds)
    return max(said, (said + spelled) / 2)


def _distance(heard: Said, wanted: Said, boost: float) -> float | None:
    """None: it is not alike enough."""
    allowed = (1 - _ALIKE_ENOUGH) * boost / USUAL_BOOST
    if not allowed:
        return None
    # Cheap, and never wrong about it: most pairs are not looked at more closely.
    if not (
        _could_be(heard.sounds, wanted.sounds, allowed, _NEAR)
        or _could_be(heard.text, wanted.text, allowed, 1.0)
    ):
        return None
    apart = 1 - alike(heard, wanted)
    return apart * USUAL_BOOST / boost if apart <= allowed + _ROUNDING else None


def _could_be(one: Sequence[str], other: Sequence[str], allowed: float, replacing: float) -> bool:
    """Whether so little could part them; `replacing` is what the cheapest replacement costs."""
    shorter, longer = len(one), len(other)
    if shorter > longer:
        shorter, longer = longer, shorter
    left = allowed * longer - (longer - shorter)
    if not longer or left < -_ROUNDING:
        return False
    ours, theirs = _counts(one), _counts(other)
    common = sum(min(count, theirs.get(sign, 0)) for sign, count in ours.items())
    return (shorter - common) * replacing <= left + _ROUNDING


@lru_cache(maxsize=8192)
def _counts(signs: Sequence[str]) -> Counter[str]:
    return Counter(signs)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A few words in a row."""

    start: int
    stop: int
    words: tuple[str, ...]
    said: Said
    """All of them as one."""


def _stretches(words: Sequence[Said]) -> list[_Stretch]:
    return [
        _Stretch(start, stop, tuple(word.text for word in some), _joined(some))
        for start in range(len(words))
        for stop in range(start + 1, min(len(words), start + _MOST_WORDS) + 1)
        for some in [words[start:stop]]
    ]


def _joined(parts: Sequence[Said]) -> Said:
    known = all(part.sounds for part in parts)
    sounds = tuple(sound for part in parts for sound in part.sounds) if known else ()
    return Said("".join(part.text for part in parts), sounds)


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    """Lower case, without accents."""
    spread = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize(
        "NFC", "".join(sign for sign in spread if not unicodedata.combining(sign))
    )


def _spelled_alike(one: str, other: str) -> float:
    return 1 - _edits(one, other, lambda a, b: float(a != b)) / max(len(one), len(other), 1)


def _said_alike(one: Sounds, other: Sounds) -> float:
    return 1 - _edits(one, other, _taken_for) / max(len(one), len(other))


def _taken_for(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if (one, other) in _PAIRS:
        return _NEAR
    return _VOWEL if one in _VOWELS and other in _VOWELS else 1.0


def _edits(
    one: Sequence[str], other: Sequence[str], replacing: Callable[[str, str], float]
) -> float:
    """Weighted Levenshtein distance; to leave out or put in costs 1."""
    row = list(accumulate([0.0, *(1.0 for _ in other)]))
    for a in one:
        before, row = row, [row[0] + 1]
        for at, b in enumerate(other):
            row.append(min(before[at] + replacing(a, b), before[at + 1] + 1, row[at] + 1))
    return row[-1]
