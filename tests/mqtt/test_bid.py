"""What one speaker decides from the bids it has heard."""

import json
import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.errors import CommandInvalid
from device.mqtt.bid import Heard, gives_way, judge, make_bid, read_bid, write_bid
from tests.mqtt.bidders import ROOMS, WINDOW, bid


@given(ROOMS, st.randoms())
def test_when_all_bids_arrive_exactly_one_answers_in_whatever_order(
    room: list[tuple[float, float]], chance: Random
) -> None:
    bids = [bid(f"s{number}", *loud) for number, loud in enumerate(room)]
    best = max(bids, key=lambda one: (one.snr_db, one.level_dbfs, one.device_id))
    for own in bids:
        others = [Heard(one, chance.uniform(0, WINDOW)) for one in bids if one is not own]
        chance.shuffle(others)
        verdict = judge(Heard(own, 0.0), others, WINDOW, WINDOW)
        assert verdict.answers is (True if own is best else None)
        claimed = [replace(one, bid=replace(one.bid, claim=one.bid is best)) for one in others]
        verdict = judge(Heard(own, 0.0), claimed, WINDOW, WINDOW)
        assert verdict.answers is (own is best)


def test_who_is_alone_waits_for_its_window_and_no_longer() -> None:
    own = Heard(bid("kitchen"), 5.0)
    assert judge(own, [], 5.0, WINDOW).seconds == pytest.approx(WINDOW)
    assert judge(own, [], 5.0 + WINDOW, WINDOW).answers is True


def test_a_bid_alone_silences_nobody_and_another_utterance_does_not_count() -> None:
    own, better = Heard(bid("den"), 5.0), bid("bath", snr_db=50.0)
    claim = replace(better, claim=True)
    assert judge(own, [Heard(better, 5.0)], 60.0, WINDOW).answers is True
    assert judge(own, [Heard(claim, 5.0)], 5.0, WINDOW).answers is False
    assert judge(own, [Heard(claim, 3.0)], 5.1, WINDOW).answers is True
    other_word = replace(claim, wake_word="alexa")
    assert judge(own, [Heard(other_word, 5.0)], 5.1, WINDOW).answers is True
    same_word = replace(claim, wake_word="Hey Jarvis")
    assert judge(own, [Heard(same_word, 5.0)], 5.1, WINDOW).answers is False


def test_a_claim_that_was_long_ago_keeps_even_a_better_speaker_from_answering() -> None:
    own, worse = Heard(bid("den", snr_db=50.0), 5.0), replace(bid("bath"), claim=True)
    assert judge(own, [Heard(worse, 4.9)], 5.1, WINDOW).answers is True
    assert judge(own, [Heard(worse, 4.2)], 5.0, WINDOW).answers is False


def test_only_a_better_claim_for_the_same_utterance_makes_an_answering_speaker_give_way() -> None:
    own, better = Heard(bid("den"), 5.0), bid("bath", snr_db=50.0)
    claim = replace(better, claim=True)
    assert gives_way(own, Heard(claim, 5.4))
    assert not gives_way(own, Heard(better, 5.4))
    assert not gives_way(own, Heard(claim, 8.0))
    assert not gives_way(own, Heard(replace(bid("bath", snr_db=1.0), claim=True), 5.4))
    assert not gives_way(own, Heard(replace(claim, wake_word="alexa"), 5.4))


numbers = st.floats() | st.integers()


@given(st.text(max_size=150), numbers, numbers, numbers, st.booleans())
def test_a_bid_read_back_is_the_bid_sent_however_odd_the_numbers(
    word: str, score: float, snr_db: float, level: float, claim: bool
) -> None:
    heard = e.WakeWordDetected(
        word=f"w{word}", score=_float(score), snr_db=_float(snr_db), level_dbfs=_float(level)
    )
    made = replace(make_bid("den", heard, at=1e9), claim=claim)
    sent = write_bid(made).encode("utf-8", "replace").decode()
    assert replace(read_bid(sent), wake_word=made.wake_word) == made


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


fields = {
    "device_id": "den",
    "wake_word": "x",
    "score": 0.5,
    "snr_db": 1,
    "level_dbfs": -30,
    "at": 1,
}
odd = st.none() | st.booleans() | st.text(max_size=4) | numbers | st.lists(st.none(), max_size=1)


@given(st.dictionaries(st.sampled_from([*fields, "claim", "new"]), odd))
def test_any_json_is_a_bid_or_a_coded_error(wrong: dict[str, object]) -> None:
    try:
        read = read_bid(json.dumps({**fields, **wrong}))
    except CommandInvalid:
        return
    assert 0 <= read.score <= 1
    assert math.isfinite(read.snr_db + read.level_dbfs + read.at)


@given(st.text() | st.just("{" * 900) | st.just("[" * 100_000) | st.just('{"at":' * 150))
def test_any_text_is_a_bid_or_a_coded_error(payload: str) -> None:
    with pytest.raises(CommandInvalid):
        read_bid(payload)
