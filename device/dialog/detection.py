"""In which of a home's languages a text is: told by script, letters and the commonest words.

Pure. No model: the languages of one home are few, and sentences said to it are short. What is not
told by script (kana is Japanese, Hangul Korean) is told by the words of cues.toml, which every
sentence of some length holds.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

from device.dialog.cues import Cues, cues, spoken_words

FALLBACK = "en"
_SCRIPTS = {
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "zh": ("CJK",),
    "yue": ("CJK",),
    "ko": ("HANGUL",),
    "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "bg": ("CYRILLIC",), "sr": ("CYRILLIC", "LATIN"),
    "mn": ("CYRILLIC",), "mk": ("CYRILLIC",), "be": ("CYRILLIC",), "kk": ("CYRILLIC",),
    "el": ("GREEK",), "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",), "he": ("HEBREW",),
    "th": ("THAI",), "hi": ("DEVANAGARI",), "mr": ("DEVANAGARI",), "ne": ("DEVANAGARI",),
    "bn": ("BENGALI",), "ta": ("TAMIL",), "te": ("TELUGU",), "kn": ("KANNADA",),
    "ml": ("MALAYALAM",), "gu": ("GUJARATI",), "ka": ("GEORGIAN",), "hy": ("ARMENIAN",),
}  # fmt: skip
"""How a letter's Unicode name begins, by language; any other language is written in Latin."""
_LETTERS = {
    "de": "äöüß", "fr": "éèêëàâçîïôûùœ", "es": "ñ¿¡áéíóú", "it": "àèéìòù", "pt": "ãõçáâéêíóôú",
    "nl": "ëï",
}  # fmt: skip
"""Letters beyond a to z; one that several languages have tells less."""


def likeliest(text: str, candidates: Sequence[str], current: str) -> tuple[str, ...]:
    """The candidates (codes such as en, zh-CN) that the text may be in, the likeliest first.

    Nothing tells them apart: `current` first, then in the order given. In a script that none of
    them is written in: English where it is a candidate, else `current`.
    """
    fitting = _in_script(text, candidates)
    if not fitting:
        return (FALLBACK if FALLBACK in candidates else current,)
    scores = {code: _score(text, code, fitting) for code in fitting}
    order = sorted(fitting, key=lambda code: (-scores[code], code != current))
    return tuple(order)


def language_of(
    text: str, candidates: Sequence[str], current: str, understands: Callable[[str, str], bool]
) -> str:
    """Which of the candidates a text is in: the likeliest one in which it is understood.

    `understands` is asked about text and code. Understood in none it is the likeliest.
    """
    order = likeliest(text, candidates, current)
    return next((code for code in order if understands(text, code)), order[0])


def _in_script(text: str, candidates: Sequence[str]) -> list[str]:
    """Those that are written as most of the text is; kana decides against Chinese."""
    letters = [_script(letter) for letter in text if letter.isalpha()]
    if not letters:
        return list(candidates)
    share = {
        code: sum(script in _scripts(code) for script in letters) / len(letters)
        for code in candidates
    }
    most = max(share.values(), default=0.0)
    return [code for code in candidates if share[code] == most and most > 0]


def _score(text: str, code: str, rivals: Sequence[str]) -> float:
    """How many words and letters are those of the language, each shared with its rivals."""
    own, others = _marks(text, code), [_marks(text, rival) for rival in rivals]
    return sum(1.0 / sum(mark in other for other in others) for mark in own)


def _marks(text: str, code: str) -> frozenset[str]:
    known, primary = cues(code), _primary(code)
    special = {letter for letter in text.lower() if letter in _LETTERS.get(primary, "")}
    usual = _words(known)
    if "LATIN" not in _scripts(code):
        return frozenset(special | {word for word in usual if word in text})
    return frozenset(special | (usual & set(spoken_words(text))))


@cache
def _words(known: Cues) -> frozenset[str]:
    return frozenset({*known.open, *known.asking, *known.unit, *known.fillers})


def _scripts(code: str) -> tuple[str, ...]:
    return _SCRIPTS.get(_primary(code), ("LATIN",))


def _primary(code: str) -> str:
    return code.replace("_", "-").split("-")[0].lower()


def _script(letter: str) -> str:
    """The first word of the letter's name in Unicode, e.g. LATIN; wide letters as plain ones."""
    plain = unicodedata.normalize("NFKC", letter)[0]
    return unicodedata.name(plain, "").split(" ")[0].removesuffix("-A")
