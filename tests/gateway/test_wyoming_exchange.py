"""What a server tells is an answer, an announcement, or what nobody wants any more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.audio.chunk import AudioChunk
from device.gateway.wyoming.exchange import (
    MOST_PIECES,
    MOST_SOUND_SECONDS,
    Announced,
    Exchange,
    Over,
)
from device.gateway.wyoming.frames import BadFrame, Frame
from device.types import Transcript

SOUND = {"rate": 16_000, "width": 2, "channels": 1}
START, STOP = Frame("audio-start", SOUND), Frame("audio-stop")
CHUNK = Frame("audio-chunk", SOUND, bytes(320))
HEARD = (Frame("transcribe", {"language": "de"}), Frame("transcript", {"text": "hallo"}))


def told(exchange: Exchange, *frames: Frame) -> list[object]:
    return [said for frame in frames if (said := exchange.take(frame)) is not None]


def test_an_answer_is_told_piece_by_piece() -> None:
    exchange = Exchange()
    exchange.begin()
    answer = told(exchange, *HEARD, Frame("synthesize", {"text": "Ja."}), START, CHUNK, STOP)
    sound = AudioChunk.from_samples(np.zeros(160, np.int16))
    assert answer == [Transcript("hallo", "de", engine="home-assistant"), "Ja.", sound, Over()]


def test_an_answer_that_streams_may_be_heard_before_its_words_are_told() -> None:
    exchange = Exchange()
    exchange.begin()
    assert len(told(exchange, *HEARD, START, CHUNK)) == 2


def test_an_error_ends_the_answer_with_its_reason() -> None:
    exchange = Exchange()
    exchange.begin()
    error = Frame("error", {"text": "no text", "code": "stt-no-text-recognized"})
    assert told(exchange, error, error) == [Over("no text")]


def test_sound_that_nobody_asked_for_is_an_announcement() -> None:
    exchange = Exchange()
    announced = told(exchange, START, CHUNK, CHUNK, STOP)
    assert announced == [Announced(AudioChunk.from_samples(np.zeros(320, np.int16)))]


@pytest.mark.parametrize("heard", [(START, CHUNK), ()])
def test_what_was_left_of_an_answer_is_not_heard(heard: tuple[Frame, ...]) -> None:
    exchange = Exchange()
    exchange.begin()
    told(exchange, *HEARD, *heard)
    exchange.leave()
    rest = (CHUNK, STOP) if heard else (START, CHUNK, STOP)
    assert told(exchange, *rest) == []
    assert len(told(exchange, START, CHUNK, STOP)) == 1  # an announcement afterwards is


def test_an_answer_that_was_called_off_for_the_next_one_is_not_waited_for() -> None:
    exchange = Exchange()
    exchange.begin()
    told(exchange, *HEARD)
    exchange.begin()
    assert len(told(exchange, *HEARD, START, CHUNK, STOP)) == 3


def test_what_is_left_of_an_answer_may_come_during_the_next_sentence() -> None:
    exchange = Exchange()
    exchange.begin()
    told(exchange, *HEARD, START, CHUNK)
    exchange.begin()
    assert told(exchange, CHUNK, STOP) == []
    assert len(told(exchange, *HEARD, START, CHUNK, STOP)) == 3


def test_a_sound_without_end_is_cut() -> None:
    exchange = Exchange()
    second = Frame("audio-chunk", SOUND, bytes(32_000))
    told(exchange, START, *[second] * (round(MOST_SOUND_SECONDS) + 60))
    (announced,) = told(exchange, STOP)
    assert isinstance(announced, Announced)
    assert announced.sound.seconds == MOST_SOUND_SECONDS


def test_a_sound_in_too_many_pieces_is_cut() -> None:
    exchange = Exchange()
    told(exchange, START, *[Frame("audio-chunk", SOUND, bytes(2))] * (MOST_PIECES + 5))
    (announced,) = told(exchange, STOP)
    assert isinstance(announced, Announced)
    assert announced.sound.samples == MOST_PIECES


def test_sound_before_its_start_is_nothing() -> None:
    exchange = Exchange()
    assert told(exchange, CHUNK, STOP, STOP) == []
    exchange.begin()
    assert told(exchange, CHUNK, STOP) == []


def test_what_is_said_while_nothing_was_asked_is_nothing() -> None:
    assert told(Exchange(), *HEARD, Frame("synthesize", {"text": "x"}), Frame("error")) == []


kinds = st.sampled_from(
    ["audio-start", "audio-chunk", "audio-stop", "transcript", "synthesize", "error", "transcribe"]
)
values = st.none() | st.integers(-2, 50_000) | st.text(max_size=3)
data = st.dictionaries(st.sampled_from(["rate", "width", "channels", "text"]), values)
steps = st.one_of(
    st.sampled_from(["begin", "leave"]),
    st.builds(Frame, kinds, st.just(SOUND) | data, st.binary(max_size=9)),
)


@settings(max_examples=40)
@given(st.lists(steps, max_size=12))
def test_whatever_comes_in_whatever_order_is_taken_or_refused(sent: list[str | Frame]) -> None:
    exchange = Exchange()
    for step in sent:
        if isinstance(step, str):
            getattr(exchange, step)()
            continue
        try:
            exchange.take(step)
        except BadFrame:
            return
