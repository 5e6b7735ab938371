"""What is left of a turn that is too old to be told word for word: pure, without a model."""

import re
from typing import Final

from device.dialog.sentences import split_sentences
from device.dialog.topics import content_words

_LATIN_PER_TOKEN: Final = 4
_CJK: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")
_SAID_TOKENS, _HEARD_TOKENS = 30, 50
_IMPORTANT: Final = re.compile(
    r"\b(?:remember|important|(?:don't|don’t|do not|never) forget|keep in mind"
    r"|merk(?:e)? dir|wichtig|(?:vergiss|vergesst) nicht|denk daran"
    r"|retiens|souviens-toi|important[e]?s?|n['’]oublie pas"
    r"|recuerda|importante|no (?:te )?olvides)\b"
    r"|记住|记得|重要|别忘|不要忘|記住|別忘|覚えて|おぼえて|大事|大切|忘れないで|기억|중요|잊지",
    re.IGNORECASE,
)


def tokens(text: str) -> int:
    """About how many tokens a model makes of a text; rather too many than too few."""
    wide = len(_CJK.findall(text))
    return wide + -(-(len(text) - wide) // _LATIN_PER_TOKEN)


def clipped(text: str, most: int) -> str:
    """The beginning of a text that has `most` tokens at most, up to the end of a word."""
    if tokens(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens(text[:middle]) < most else (low, middle - 1)
    head = text[:low]
    return (head.rpartition(" ")[0] or head).rstrip() + "…"


def is_important(said: str) -> bool:
    """Whether somebody asks that what he says is not forgotten."""
    return _IMPORTANT.search(said) is not None


def gist(said: str, heard: str) -> str:
    """One line of a turn: what was said, and of the answer the sentence that says most about it."""
    about = content_words(said)
    sentences = split_sentences(heard) or [heard]
    # Of equals the first: people begin with what matters.
    best = max(sentences, key=lambda one: len(about & content_words(one)))
    return f"{clipped(said, _SAID_TOKENS)} → {clipped(best, _HEARD_TOKENS)}"
