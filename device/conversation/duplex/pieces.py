"""From the pieces that a model says to words. Pure.

A tokenizer's piece is a part of a word, and one byte of a character that it has no piece for is
written `<0xE2>` (SentencePiece, byte fallback).
"""

import codecs
import re
import unicodedata
from typing import Final

_BYTE: Final = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_LONGEST: Final = 8_000
"""Characters of one reply that are kept; nobody is told of more."""


class Pieces:
    """Puts the pieces of one reply together."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._words: list[str] = []
        self._word = ""
        self._length = 0

    @property
    def said(self) -> str:
        """The words so far."""
        return " ".join(self._words)

    def feed(self, piece: str) -> str:
        """The words that a piece completes, mostly one or none."""
        byte = _BYTE.fullmatch(piece.strip())
        text = self._decoder.decode(bytes.fromhex(byte[1]) if byte else b"", final=not byte)
        if not byte:
            self._decoder.reset()
            text += piece
        self._word += "".join(map(_readable, text[: _LONGEST - self._length]))
        self._length += len(text)
        *complete, self._word = self._word.split(" ")
        return self._keep(complete)

    def flush(self) -> str:
        """The last word, which nothing follows."""
        word, self._word = self._word, ""
        return self._keep([word])

    def _keep(self, words: list[str]) -> str:
        words = [word for word in words if word]
        self._words += words
        return " ".join(words)


def _readable(char: str) -> str:
    """The character, a space for a line break, nothing for what controls a terminal."""
    if char.isspace():
        return " "
    return "" if unicodedata.category(char).startswith("C") else char
