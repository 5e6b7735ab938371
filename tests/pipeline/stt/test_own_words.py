"""Whether understood words are those that are being said."""

import pytest

from device.pipeline.stt.own_words import are_ours

SAYING = "The next bus stops at Main Street in five minutes. I turned on the kitchen light."


@pytest.mark.parametrize(
    "heard",
    ["main street in five minutes", "turned on the kitchen light", "The next BUS!", "light",
     "stops at maine street in five"],
)  # fmt: skip
def test_words_of_the_reply_are_ours(heard: str) -> None:
    assert are_ours(heard, SAYING)


@pytest.mark.parametrize(
    "heard",
    ["stop", "turn off the kitchen light please", "light kitchen the", "what time is it", "", "?!"],
)
def test_other_words_or_another_order_are_a_persons(heard: str) -> None:
    assert not are_ours(heard, SAYING)


def test_a_silent_speaker_says_nothing() -> None:
    assert not are_ours("stop", "")
