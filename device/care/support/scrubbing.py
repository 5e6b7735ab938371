"""Takes out of a text what is nobody else's business. Pure.

What is known to be private (names of the home, secrets) goes wherever it stands; of the rest goes
what looks like an address, a topic, a quotation, a path of a person's or a key. Of the log only
what the speaker's own parts say of themselves is kept: libraries may quote anything, and so may
the last line of a traceback.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_SHORTEST: Final = 3
"""Shorter words are in too many others; and whoever is called Al is not known by it."""
_LONGEST_LINE: Final = 2_000
_OURS: Final = ("device", "benchmarks")
_OTHERS: Final = frozenset(
    {"aiomqtt", "asyncio", "faster_whisper", "httpx", "httpx2", "mqtt", "openai", "paho", "piper",
     "py", "websockets"}
)  # fmt: skip
"""Loggers that are told of without what they say. Another first word may be anybody's name."""
_LEFT_OUT: Final = "(left out)"
_WORDS_LOGGER: Final = "device.care.words"
"""Writes what is said, for those who want it in their log."""

_PATTERNS: Final = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\b[a-z][a-z0-9+.-]*://\S+", "<url>"),
        (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "<mail>"),
        (r"'[^'\n]*'|\"[^\"\n]*\"|«[^»\n]*»|“[^”\n]*”", "<text>"),
        (r"/(?:home|root|Users)(?:/[^\s:,;)\]]*)?", "<path>"),
        (r"(?<![\w/<])[\w+#-]+(?:/[\w+#.:-]+)+", "<topic>"),
        (r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b", "<address>"),
        (r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", "<address>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "<address>"),
        (
            r"\b(?:[\w-]+\.)+(?:local|lan|internal|home|arpa|com|net|org|io|example|de|dev)\b",
            "<host>",
        ),
        (r"\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{16,}\b", "<key>"),
        (r"\b[A-Za-z0-9+/=_-]{32,}", "<key>"),
    )
)
_JOURNAL: Final = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT\S+) \S+ [\w.-]+\[\d+\]: (?P<message>.*)")
_MESSAGE: Final = re.compile(
    r"(?:<\d>)?(?P<level>[A-Z]+ )?(?P<logger>[A-Za-z_][\w.]*): (?P<text>.*)"
)
_FAILURE: Final = re.compile(r"(?:\w+\.)*([A-Z]\w*(?:Error|Exception|Warning|Group)): ?.*")
_FRAME: Final = re.compile(
    r'\s+File "(?:[^"]*/)?(?P<file>[\w.]+)", line (?P<line>\d+), in (?P<where>\w+)'
)


class Scrubber:
    """Knows what is private in this home."""

    def __init__(self, private: Iterable[str]) -> None:
        words = {word.strip() for word in private}
        known = sorted((one for one in words if len(one) >= _SHORTEST), key=len, reverse=True)
        alternatives = "|".join(map(re.escape, known))
        self._known = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.I) if known else None

    def scrub(self, text: str) -> str:
        """The text without it."""
        if self._known is not None:
            text = self._known.sub("<name>", text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def log(self, lines: Iterable[str]) -> Iterator[str]:
        """What is kept of the lines of a log, with or without the journal's time before them."""
        for line in lines:
            found = _JOURNAL.fullmatch(line)
            at, message = (f"{found['at']} ", found["message"]) if found else ("", line)
            yield at + self._message(message[:_LONGEST_LINE])

    def _message(self, message: str) -> str:
        if (frame := _FRAME.match(message)) is not None:
            return f"  in {frame['file']}, line {frame['line']}, {frame['where']}"
        if (failure := _FAILURE.fullmatch(message)) is not None:
            return f"{failure[1]}: {_LEFT_OUT}"
        found = _MESSAGE.fullmatch(message)
        whose = found["logger"].partition(".")[0] if found else ""
        if found is None or whose not in (*_OURS, *_OTHERS):
            return _LEFT_OUT
        told, ours = f"{found['level'] or ''}{found['logger']}: ", whose in _OURS
        if not ours or found["logger"] == _WORDS_LOGGER:
            return told + _LEFT_OUT
        return told + self.scrub(found["text"])
