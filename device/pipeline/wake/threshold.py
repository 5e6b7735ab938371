"""From which score on a word counts; can be changed while streams are open."""

from collections.abc import Iterator, Mapping

from device.errors import UsageError


class Thresholds(Mapping[str, float]):
    """One threshold per word, 0 to 1, shared by an engine and all its streams."""

    def __init__(self, by_word: Mapping[str, float]) -> None:
        self._by_word = dict(by_word)

    def __getitem__(self, word: str) -> float:
        return self._by_word[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_word)

    def __len__(self) -> int:
        return len(self._by_word)

    def set(self, word: str, value: float) -> None:
        """Change one. Raises UsageError for an unknown word or a value outside 0 to 1."""
        if word not in self._by_word:
            raise UsageError(f"no wake word {word!r}; there are: {', '.join(self._by_word)}")
        if not 0.0 <= value <= 1.0:
            raise UsageError(f"threshold {value} of {word} is not between 0 and 1")
        self._by_word[word] = value
