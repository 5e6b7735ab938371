"""Which words belong to which sound of an answer that comes as both. Pure."""

from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk

_ASKING: Final = ("?", "？")
A_LITTLE_SILENCE: Final = AudioChunk.from_samples(np.zeros(240, dtype=np.int16), 24_000)
"""What the last words belong to when their sound came before them."""


class SpokenWords:
    """Words come a little before their sound, and in pieces of words."""

    def __init__(self) -> None:
        self.text = ""
        """All of them so far."""
        self.seconds = 0.0
        """Of sound so far."""
        self.asks_here = False
        """Whether it is a question of ours that the model asks."""
        self.stopped = False
        """Whether nothing more is to be said."""
        self._voiced = 0
        self._label = ""

    @property
    def asks(self) -> bool:
        """Whether an answer is expected."""
        return self.asks_here or self.text.rstrip().endswith(_ASKING)

    def add(self, text: str) -> None:
        """More of the words."""
        self.text += text

    def voiced(self, seconds: float) -> str:
        """The words that so much more sound belongs to: whole ones, as far as they are known."""
        self.seconds += seconds
        spaced = " " in self.text or self.text.isascii()  # Chinese and Japanese write none
        return self._up_to(self.text.rfind(" ") + 1 if spaced else len(self.text))

    def rest(self) -> str:
        """The words that no sound was found for; empty: none are left."""
        return self._up_to(len(self.text)) if self.text[self._voiced :].strip() else ""

    def _up_to(self, end: int) -> str:
        if end > self._voiced:
            self._label = self.text[self._voiced : end].strip() or self._label
            self._voiced = end
        return self._label
