"""What goes between a Moshi server and the speaker, and what is made of it; all pure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.chunk import AudioChunk
from device.audio.format import RATE
from device.conversation.base import ReplyAudio, ReplyPart
from device.conversation.duplex.base import FRAME_SAMPLES, MODEL_RATE, Framer, ModelAudio, ModelText
from device.conversation.duplex.pieces import Pieces
from device.conversation.duplex.talk import Begun, Over, Step, Talk
from device.conversation.duplex.wire import (
    Audio,
    Failure,
    Ready,
    Text,
    audio_message,
    chat_address,
    read_message,
)
from device.errors import ConfigError
from tests.fakes.speech_model import SILENCE, TONE


@pytest.mark.parametrize(
    ("message", "means"),
    [
        (b"\x00", Ready()),
        (bytes(9), Ready()),
        (b"\x01OggS", Audio(b"OggS")),
        (b"\x02 caf\xc3\xa9", Text(" café")),
        (b"\x02\xc3", Text("\N{REPLACEMENT CHARACTER}")),
        (b"\x03\x01", None),
        (b"\x04{}", None),
        (b"\x05out of memory", Failure("out of memory")),
        (b"\x06", None),
        (b"\xff", None),
        (b"", None),
        ("text", None),
    ],
)
def test_messages(message: bytes | str, means: object) -> None:
    assert read_message(message) == means


@given(st.binary(max_size=100))
def test_any_message_may_come(message: bytes) -> None:
    read_message(message)


def test_we_say_audio() -> None:
    assert audio_message(b"OggS") == b"\x01OggS"


@pytest.mark.parametrize(
    ("address", "chat"),
    [
        ("http://nas.local:8998", "ws://nas.local:8998/api/chat"),
        ("https://nas.local/moshi/", "wss://nas.local/moshi/api/chat"),
        ("ws://[::1]:8998/api/chat", "ws://[::1]:8998/api/chat"),
        ("wss://nas.local?worker_auth_id=7", "wss://nas.local/api/chat?worker_auth_id=7"),
    ],
)
def test_where_it_is_talked_to(address: str, chat: str) -> None:
    assert chat_address(address) == chat


@pytest.mark.parametrize("address", ["nas.local", "ftp://nas.local", "http://"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConfigError, match="no address"):
        chat_address(address)


@given(st.lists(st.integers(0, 3_000), max_size=20))
def test_frames_have_one_size_and_nothing_is_lost(sizes: list[int]) -> None:
    framer = Framer()
    frames = [frame for size in sizes for frame in framer.feed(np.zeros(size, dtype=np.int16))]
    assert all(frame.shape == (FRAME_SAMPLES,) for frame in frames)
    # What is not there yet is less than a frame and what the resampler holds.
    missing = sum(sizes) * MODEL_RATE / RATE - len(frames) * FRAME_SAMPLES
    assert -1 <= missing < FRAME_SAMPLES + 1_000


def words(*pieces: str) -> tuple[list[str], str]:
    put = Pieces()
    told = [word for word in (*map(put.feed, pieces), put.flush()) if word]
    return told, put.said


def test_pieces_become_words() -> None:
    assert words(" Hel", "lo", ",", " how", " are", " you", "?") == (
        ["Hello,", "how", "are", "you?"], "Hello, how are you?",
    )  # fmt: skip


def test_bytes_become_characters() -> None:
    assert words(" ", "<0xE2>", "<0x82>", "<0xAC>", "5")[1] == "€5"
    assert words("<0xE2>", " 5")[1] == "\N{REPLACEMENT CHARACTER} 5"


def test_nothing_controls_a_terminal() -> None:
    assert words(" a\x1b[31m", "\nb\x00", "\u202e") == (["a[31m", "b"], "a[31m b")


@given(st.lists(st.text(max_size=8), max_size=50))
def test_what_is_told_is_what_was_said(pieces: list[str]) -> None:
    told, said = words(*pieces)
    assert " ".join(told) == said


def test_who_never_stops_is_not_listened_to_for_ever() -> None:
    put = Pieces()
    for _ in range(5_000):
        put.feed(" word")
    assert len(put.said) <= 8_000


def through(*outputs: str | bool, talk: Talk | None = None) -> list[Step]:
    """Texts, and frames with sound (True) or silence (False)."""
    talk = talk or Talk()
    steps: list[Step] = []
    for output in outputs:
        if isinstance(output, str):
            steps += talk.take(ModelText(output))
        else:
            chunk = AudioChunk.from_samples(TONE if output else SILENCE, MODEL_RATE)
            steps += talk.take(ModelAudio(chunk))
    return steps


PAUSE = [False] * 11
"""A little more than 0.8 s."""


def test_a_reply_begins_with_its_sound_and_ends_after_silence() -> None:
    steps = through(False, " Good", False, " day", True, True, *PAUSE, False)
    assert steps[:2] == [Begun(), ReplyPart("Good", is_final=False)]
    assert steps[-2:] == [ReplyPart("Good day"), Over()]
    sound = [step for step in steps if isinstance(step, ReplyAudio)]
    assert len(sound) == 2 + len(PAUSE)
    assert [step.text for step in sound if step.text] == ["Good", "day"]


def test_a_pause_is_part_of_the_reply() -> None:
    steps = through(True, *PAUSE[2:], True, *PAUSE)
    assert steps.count(Begun()) == steps.count(Over()) == 1


def test_words_that_are_never_heard_belong_to_no_reply() -> None:
    steps = through(" never", " heard", *PAUSE, " now", " and", True, *PAUSE)
    assert [step.text for step in steps if isinstance(step, ReplyPart) and step.is_final] == [
        "now and"
    ]


def test_what_is_not_wanted_any_more_is_not_heard_until_it_falls_silent() -> None:
    talk = Talk()
    through(" one", True, talk=talk)
    talk.drop()
    assert through(" two", True, True, *PAUSE, talk=talk) == []
    assert through(" three", True, talk=talk)[0] == Begun()
