"""Our own wake words wake nobody, and those of others do, whatever we say."""

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.pipeline.mock import MARK, MockWake
from device.pipeline.wake.own import OwnWords
from device.types import Detection

BLOCK = 640


def track(*word_ends: float, seconds: float = 8.0, level: int = 1_000) -> Samples:
    """Sound with a wake word that ends at each of these seconds."""
    sound = np.full(int(seconds * RATE), level, dtype=np.int16)
    for end in word_ends:
        sound[int(end * RATE) - 1] = MARK
    return sound


def woken(heard: Samples, played: Samples) -> list[tuple[float, float]]:
    """When words woke the speaker, and where they ended, in seconds."""
    stream, own, words = MockWake().open(), OwnWords(MockWake().open()), []
    for start in range(0, len(heard), BLOCK):
        own.hear(played[start : start + BLOCK], start)
        found: Detection | None = stream.feed(heard[start : start + BLOCK])
        word = own.sift(found, start + BLOCK)
        if word is not None:
            words.append(((start + BLOCK) / RATE, word.end_sample / RATE))
    own.close()
    return words


def ends(heard: Samples, played: Samples) -> list[float]:
    return [end for _, end in woken(heard, played)]


SILENT = track(level=0)


def test_a_word_wakes_at_once_while_nothing_plays() -> None:
    ((at, end),) = woken(track(2.0), SILENT)
    assert end == 2.0
    assert at - end <= BLOCK / RATE


def test_our_own_word_wakes_nobody_also_when_it_is_heard_somewhat_early_or_late() -> None:
    for shift in (-0.05, 0.0, 0.2):
        assert ends(track(3.0 + shift), track(3.0)) == []


def test_a_persons_word_counts_though_we_say_it_elsewhere() -> None:
    assert ends(track(3.0, 5.0), track(3.0)) == [5.0]
    assert ends(track(2.0, 3.0), track(3.0)) == [2.0]


def test_a_persons_word_over_a_reply_without_it_is_little_later() -> None:
    ((at, end),) = woken(track(3.0), track())
    assert end == 3.0
    assert at - end <= 0.08 + BLOCK / RATE


@pytest.mark.parametrize("pauses", [1, 3])
def test_places_are_right_after_pauses_in_what_was_played(pauses: int) -> None:
    played = track(7.0)
    for pause in range(pauses):
        played[(2 * pause) * RATE : (2 * pause + 2) * RATE - RATE // 4] = 0
    assert ends(track(7.0), played) == []
    assert ends(track(6.0), played) == [6.0]


def test_nothing_is_computed_while_nothing_plays() -> None:
    class Counting:
        fed = 0

        def feed(self, samples: Samples) -> None:
            self.fed += len(samples)

        def close(self) -> None:
            pass

    stream = Counting()
    own = OwnWords(stream)
    for start in range(0, 60 * RATE, BLOCK):
        loud = start < 2 * RATE
        own.hear(np.full(BLOCK, 100 * loud, dtype=np.int16), start)
    assert 3 * RATE <= stream.fed < 4 * RATE
