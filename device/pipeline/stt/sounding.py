"""How words are said in a language, roughly, as espeak-ng says them."""

import logging
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from device.pipeline.stt.correction import Sounds
from device.pipeline.stt.pronunciation import arpabet

_LOGGER = logging.getLogger(__name__)

_MOST_REMEMBERED: Final = 20_000
_AT_ONCE: Final = 200
_TIMEOUT_SECONDS: Final = 5.0
"""For so many words."""
_VOICES: Final = {"en": "en-us", "zh": "cmn"}
_HAN: Final = re.compile("[\u3400-\u9fff]")
"""espeak-ng spells single characters out, all in nearly the same way."""


class Sounding:
    """Remembers in memory, and only there: words that people said are on no disk."""

    def __init__(self, program: str = "espeak-ng") -> None:
        self._program = shutil.which(program)
        self._known: dict[tuple[str, str], Sounds] = {}

    def __call__(self, words: Sequence[str], language: str) -> Mapping[str, Sounds]:
        """The sounds of those words for which they are known."""
        voice = _VOICES.get(language.split("-")[0], language.split("-")[0])
        sayable = [word for word in words if not _HAN.search(word)]
        if fresh := [word for word in sayable if (voice, word) not in self._known]:
            if len(self._known) + len(fresh) > _MOST_REMEMBERED:
                self._known.clear()
            for at in range(0, len(fresh), _AT_ONCE):
                some = fresh[at : at + _AT_ONCE]
                said = self._ask(some, voice)
                self._known |= {(voice, word): said.get(word, ()) for word in some}
        return {word: self._known.get((voice, word), ()) for word in sayable}

    def _ask(self, words: Sequence[str], voice: str) -> dict[str, Sounds]:
        """What espeak-ng says; nothing where it is not, or does not know the language."""
        if self._program is None:
            return {}
        text = "".join(f"{word}.\n\n" for word in words)
        try:
            answer = subprocess.run(
                [self._program, "-q", "-x", "-v", voice, "--stdin"], input=text,
                capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            _LOGGER.warning("names are compared by spelling only: %s", error)
            return {}
        lines = [line for line in answer.stdout.splitlines() if line.strip()]
        if answer.returncode or len(lines) != len(words):
            return {}
        return {word: tuple(arpabet(line).split()) for word, line in zip(words, lines, strict=True)}
