"""[dialog]: whether the speaker listens on."""

import asyncio

import pytest

from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.story import Story, Values, says, tell, words

QUESTION = words("what time is it")


async def ask_twice(parlor: Parlor, microphone: WavMicrophone) -> None:
    parlor.session.post(e.ListenRequested())
    for _ in range(2):
        await asyncio.sleep(0.5)
        await microphone.play(QUESTION)
        await asyncio.sleep(4.0)


def questions(stt: Values, seconds: float) -> Story:
    return tell({"stt": stt, "dialog": {"follow_up_seconds": seconds}}, ask_twice)


def test_the_speaker_listens_on_for_follow_up_seconds(clock_stt: Values) -> None:
    assert len(questions(clock_stt, 0).of(e.FinalTranscript)) == 1
    story = questions(clock_stt, 6)
    assert len(story.of(e.FinalTranscript)) == 2
    silent, last = story.the(e.NoSpeech), story.of(e.PlaybackFinished)[-1]
    assert silent.at - last.at == pytest.approx(6, abs=0.3)


def test_it_listens_on_when_all_was_heard_and_not_when_all_was_made(clock_stt: Values) -> None:
    story = questions(clock_stt, 6)
    made, begun = story.of(e.ReplyMade)[0], story.of(e.PlaybackStarted)[0]
    heard_seconds = story.of(e.PlaybackFinished)[0].heard_seconds
    listens = next(
        event for event in story.of(e.StateChanged) if event.old is e.TurnState.RESPONDING
    )
    assert listens.new is e.TurnState.LISTENING
    assert made.at < begun.at + heard_seconds / 2
    assert listens.at == pytest.approx(begun.at + heard_seconds, abs=0.1)


def test_what_was_not_understood_is_not_followed_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stt = whisper(tmp_path_factory.mktemp("babble"), "blue elephants sing <|endoftext|>")
    story = tell({"stt": stt, "dialog": {"follow_up_seconds": 6}}, says(QUESTION))
    assert len(story.of(e.FinalTranscript)) == 1
    assert story.of(e.NoSpeech) == []
