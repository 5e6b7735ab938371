"""Every sample belongs to one sentence, however it comes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.audio.format import Samples
from device.gateway.voice.sentences import Begin, End, Piece, Sent, Sentences

RATE = 1_000


def sound(milliseconds: int) -> Samples:
    return np.ones(milliseconds, np.int16)


def told(pieces: list[Piece]) -> list[str | int]:
    """Words and `(` where a sentence begins, milliseconds of sound, `)` where it ends."""
    shown: list[str | int] = []
    for piece in pieces:
        match piece:
            case Begin(text=text, first=first):
                shown.append(f"{'first ' if first else ''}({text}")
            case Sent(samples=samples):
                shown.append(len(samples))
            case End():
                shown.append(")")
    return shown


def begun(*places: tuple[str, float], turn_id: int = 1) -> Sentences:
    sentences = Sentences(RATE)
    for text, offset in places:
        sentences.take(e.SentenceBegan(text=text, offset_seconds=offset, turn_id=turn_id))
    return sentences


def test_a_block_that_spans_two_sentences_is_cut_where_the_second_begins() -> None:
    sentences = begun(("one.", 0.0), ("two.", 0.25))
    assert told(sentences.send(sound(200))) == ["first (one.", 200]
    assert told(sentences.send(sound(200))) == [50, ")", "(two.", 150]
    assert told(sentences.take(e.PlaybackFinished(heard_seconds=0.4, turn_id=1))) == [")"]


def test_a_reply_that_is_complete_ends_with_its_last_sound() -> None:
    sentences = begun(("one.", 0.0))
    sentences.send(sound(100))
    assert told(sentences.rest()) == []  # more of it may come
    sentences.take(e.ReplyMade(turn_id=1))
    assert told(sentences.rest()) == [")"]
    assert told(sentences.take(e.PlaybackFinished(heard_seconds=0.1, turn_id=1))) == []


def test_each_reply_has_a_first_sentence() -> None:
    sentences = begun(("one.", 0.0))
    sentences.send(sound(100))
    sentences.take(e.PlaybackFinished(heard_seconds=0.1, turn_id=1))
    sentences.take(e.SentenceBegan(text="two.", offset_seconds=0.0, turn_id=2))
    assert told(sentences.send(sound(10))) == ["first (two.", 10]


def test_a_sound_without_words_is_told_too() -> None:
    sentences = Sentences(RATE)
    assert told(sentences.send(sound(30))) == ["first (", 30]
    sentences.take(e.SentenceBegan(text="so.", offset_seconds=0.04, turn_id=1))
    assert told(sentences.send(sound(20))) == [10, ")", "(so.", 10]


def test_what_was_held_goes_on_in_the_sentence_that_was_not_heard_to_its_end() -> None:
    sentences = begun(("one.", 0.0), ("two.", 0.3))
    sentences.send(sound(350))
    assert told(sentences.cut(0.1)) == [")"]
    sentences.take(e.PlaybackResumed(turn_id=1))
    assert told(sentences.send(sound(100))) == ["(one.", 50, ")", "(two.", 50]


def test_what_was_held_goes_on_after_another_reply_was_begun_and_dropped() -> None:
    sentences = begun(("one.", 0.0), ("two.", 0.3))
    sentences.send(sound(350))
    sentences.cut(0.0)
    sentences.take(e.SentenceBegan(text="what?", offset_seconds=0.0, turn_id=2))
    assert told(sentences.send(sound(10))) == ["first (what?", 10]
    sentences.cut(0.0)
    sentences.take(e.PlaybackResumed(turn_id=1))
    assert told(sentences.send(sound(10))) == ["(two.", 10]


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=6),
    st.lists(st.integers(1, 80), min_size=1, max_size=20),
)
def test_nothing_is_lost_and_every_sentence_has_its_own_length(
    lengths: list[int], blocks: list[int]
) -> None:
    places = [sum(lengths[:place]) / RATE for place in range(len(lengths))]
    sentences = begun(*((str(n), place) for n, place in enumerate(places)))
    pieces: list[Piece] = []
    for block in blocks:
        pieces += sentences.send(sound(block))
    pieces += sentences.take(e.PlaybackFinished(heard_seconds=1.0, turn_id=1))
    lengths_told: list[int] = []
    for piece in pieces:
        if isinstance(piece, Begin):
            lengths_told.append(0)
        elif isinstance(piece, Sent):
            lengths_told[-1] += len(piece.samples)
    assert sum(lengths_told) == sum(blocks)
    assert lengths_told[:-1] == lengths[: len(lengths_told) - 1]
    assert sum(isinstance(piece, End) for piece in pieces) == len(lengths_told)
