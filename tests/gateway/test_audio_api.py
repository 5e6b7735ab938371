"""What programs may ask of the engines of a house, and what they are told."""

import json
import math

import pytest

from device.errors import RequestInvalid
from device.gateway.lending import audio_api as api
from device.types import Transcript


def body(**fields: object) -> bytes:
    return json.dumps({"model": "tts-1", "input": "hello", "voice": "alloy", **fields}).encode()


def test_a_sentence_is_asked_for_with_what_openai_takes_for_granted() -> None:
    asked = api.read_speech(body(instructions="cheerful"))
    assert (asked.input, asked.voice, asked.response_format, asked.speed) == (
        "hello", "alloy", "mp3", 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": ""}, {"input": "x" * 4_097}, {"input": None}, {"speed": 5}, {"speed": 0.1},
        {"speed": "nan"}, {"response_format": "aac"}, {"model": ""}, {"voice": "x" * 201},
    ],
)  # fmt: skip
def test_what_cannot_be_spoken_is_refused_with_the_field_that_is_wrong(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(RequestInvalid, match=next(iter(wrong))):
        api.read_speech(body(**wrong))


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"[" * 100_000, b"\xff", b"nan"])
def test_what_is_no_object_is_refused(sent: bytes) -> None:
    for read in (api.read_speech, api.read_chat):
        with pytest.raises(RequestInvalid):
            read(sent)


def test_a_refusal_does_not_repeat_what_somebody_said() -> None:
    with pytest.raises(RequestInvalid) as refused:
        api.read_speech(body(input="my secret " * 500))
    assert "secret" not in str(refused.value)


def form(**fields: bytes) -> bytes:
    parts = [
        f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'.encode() + value
        for name, value in fields.items()
    ]
    return b"\r\n".join([*parts, b"--b--"])


def test_a_recording_comes_with_its_language_and_form() -> None:
    sent = form(
        model=b"whisper-1", language=b"de", response_format=b"text", file=b"RIFF", prompt=b"\xff"
    )
    asked, file = api.read_transcription("multipart/form-data; boundary=b", sent)
    assert (asked.language, asked.response_format, file) == ("de", "text", b"RIFF")


@pytest.mark.parametrize(
    "fields",
    [
        {"model": b"m"}, {"model": b"m", "file": b""}, {"file": b"RIFF"},
        {"model": b"m", "file": b"RIFF", "response_format": b"srt"},
        {"model": b"m", "file": b"RIFF", "language": b"../etc"},
    ],
)  # fmt: skip
def test_a_recording_without_what_is_needed_is_refused(fields: dict[str, bytes]) -> None:
    with pytest.raises(RequestInvalid):
        api.read_transcription("multipart/form-data; boundary=b", form(**fields))


@pytest.mark.parametrize("confidence", [0.0, 0.4, 1.0])
def test_how_sure_the_engine_was_is_told_as_a_mean_logarithm(confidence: float) -> None:
    told = api.transcription(Transcript("stop", confidence=confidence), 1.5, "en")
    (segment,) = told["segments"]
    assert (told["duration"], segment["end"], segment["text"]) == (1.5, 1.5, "stop")
    assert math.exp(segment["avg_logprob"]) == pytest.approx(confidence, abs=1e-4)


def test_of_silence_no_segment_is_told() -> None:
    told = api.transcription(Transcript("", language=""), 1.5, "de")
    assert (told["text"], told["language"], told["segments"]) == ("", "de", [])
