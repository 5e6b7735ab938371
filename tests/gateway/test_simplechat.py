"""What comes in and what goes out in the simple dialect."""

import io
import json
import wave
from typing import Any

import numpy as np
import pytest

from device import events as e
from device.errors import CommandInvalid
from device.gateway.voice.simplechat import SPOKEN_RATE, WAV_SECONDS, SimpleChat
from device.gateway.voice.voicechat import Command, Message, Sound


def shown(messages: list[Message]) -> list[Any]:
    """Text messages as they are, files as the seconds that they last."""
    return [_seconds(one) if isinstance(one, bytes) else json.loads(one) for one in messages]


def _seconds(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as opened:
        form = (opened.getnchannels(), opened.getsampwidth(), opened.getframerate())
        assert form == (1, 2, SPOKEN_RATE)
        return float(opened.getnframes() / SPOKEN_RATE)


def said(chat: SimpleChat, *events: e.Event) -> list[Message]:
    return [message for event in events for message in chat.take(event)]


def sound(seconds: float) -> Any:
    return np.full(round(seconds * SPOKEN_RATE), 1_000, np.int16)


def test_a_turn() -> None:
    chat = SimpleChat()
    told = said(
        chat,
        e.FinalTranscript(text="what time is it", language="en", engine="x", confidence=0.9),
        e.ReplyText(text="It is one."),
        e.SentenceBegan(text="It is one.", offset_seconds=0.0, turn_id=1),
    )
    for _ in range(50):
        told += chat.send(sound(0.02))
    told += chat.rest()
    told += said(chat, e.PlaybackFinished(heard_seconds=1.0, turn_id=1))
    assert shown(told) == [
        {"type": "transcription", "text": "what time is it"},
        {"type": "response_start", "text": "It is one."},
        WAV_SECONDS, WAV_SECONDS, pytest.approx(1.0 - 2 * WAV_SECONDS),
        {"type": "response_end"},
    ]  # fmt: skip


def test_an_answer_that_still_arrives_begins_with_what_is_there() -> None:
    chat = SimpleChat()
    said(
        chat,
        e.ReplyText(text="The sky", is_final=False, turn_id=1),
        e.ReplyText(text=" is blue.", is_final=False, turn_id=1),
        e.SentenceBegan(text="The sky", offset_seconds=0.0, turn_id=1),
    )
    assert shown(chat.send(sound(0.02))) == [{"type": "response_start", "text": "The sky is blue."}]


def test_two_sentences_are_one_response() -> None:
    chat = SimpleChat()
    said(
        chat,
        e.SentenceBegan(text="One.", offset_seconds=0.0, turn_id=1),
        e.SentenceBegan(text="Two.", offset_seconds=0.1, turn_id=1),
    )
    assert shown(chat.send(sound(0.2))) == [{"type": "response_start", "text": "One."}]


def test_a_cut_ends_the_response_and_drops_what_was_gathered() -> None:
    chat = SimpleChat()
    chat.send(sound(0.1))
    assert shown(chat.cut(0.1)) == [{"type": "response_end"}]
    assert chat.rest() == []
    assert chat.cut(0.0) == []


def test_a_failure_is_told() -> None:
    failed = e.StageFailed(stage="stt", code="engine-busy", message="too many speak at once")
    assert shown(SimpleChat().take(failed)) == [
        {"type": "error", "message": "too many speak at once", "code": "engine-busy"}
    ]


def test_what_a_client_may_send() -> None:
    chat = SimpleChat()
    assert chat.read(b"\x05\x00") == Sound(b"\x05\x00")
    assert list(chat.hear(Sound(b"\x05\x00"))) == [5]
    assert chat.read('{"type":"end_of_speech"}') == Command.END_OF_SPEECH
    assert chat.read('{"type":"config","config":{"sample_rate":16000,"voice":"x"}}') is None


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "sound"),
        (bytes(32_002), "one second"),
        ("hello", "JSON"),
        ('{"type":"start"}', "config or end_of_speech"),
        ('{"type":"config"}', "config or end_of_speech"),
        ('{"type":"config","config":[]}', "config or end_of_speech"),
        ('{"type":"config","config":{"sample_rate":44100}}', "16000"),
    ],
)
def test_what_nobody_can_ask_for(sent: Message, why: str) -> None:
    with pytest.raises(CommandInvalid, match=why):
        SimpleChat().read(sent)
