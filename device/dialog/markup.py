"""Markup that a language model or a web page leaves in a text and no voice should read out."""

import html
import re
import unicodedata

_RULES = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"\x1b\[[0-9;]*[A-Za-z]", ""),  # colours of a terminal
        (r"^[ \t]*(```|~~~).*$", ""),  # code fences; the code itself stays
        (r"!?\[([^\[\]]*)\]\([^()\s]*\)", r"\1"),  # links and images keep their words
        (r"</?[A-Za-z][^<>]*>", " "),  # tags
        (r"\bhttps?://(?:www\.)?([^\s/?#]+)\S*", r"\1"),  # addresses keep their host
        (r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?)+", ""),  # headings, quotations
        (r"^[ \t]*[-*+•][ \t]+", ""),  # bullets
        (r"^[ \t]*(?:[-*_=][ \t]*){3,}$", ""),  # rulers
        (r"^[ \t]*\|?[ \t]*:?-{3,}.*$", ""),  # the line under a table's head
        (r"[ \t]*\|[ \t]*", ", "),  # table cells
        (r"(?<![\w*])\*+(?=\S)|(?<=[^\s*\d])\*+|(?<=\d)\*+(?!\d)", ""),  # emphasis
        (r"(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)", ""),  # emphasis with underscores
        (r"`+|~~", ""),
    )
)
_EDGE_COMMAS = re.compile(r"(?m)^[ \t]*(?:,[ \t]*)+|(?:[ \t]*,)+[ \t]*$")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")
_SILENT = {"So", "Sk", "Cf", "Cs", "Co", "Cn"}
_SPOKEN_SYMBOLS = "°№℃℉%"
_JOINERS = "\u200c\u200d"


def strip_markup(text: str) -> str:
    """The words of a text: no Markdown, tags, addresses, pictographs or control characters."""
    plain = html.unescape(text)
    for pattern, replacement in _RULES:
        plain = pattern.sub(replacement, plain)
    plain = "".join(_audible(letter) for letter in plain)
    if "|" in text:
        plain = _EDGE_COMMAS.sub("", plain)
    return _LINES.sub("\n", _SPACES.sub(" ", plain)).strip()


def _audible(letter: str) -> str:
    if letter in _SPOKEN_SYMBOLS or letter in _JOINERS or letter == "\n":
        return letter
    if "\ufe00" <= letter <= "\ufe0f":
        return ""
    kind = unicodedata.category(letter)
    return "" if kind in _SILENT else " " if kind == "Cc" else letter
