"""A command is heard while it is said, and what comes out is what the whole of it gives."""

import weakref

import numpy as np
import pytest

from benchmarks.commands import Bench
from benchmarks.recordings import recordings
from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.executor import InlineExecutor
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser
from device.types import Transcript
from tests.pipeline.stt.test_command import Say, grammar, recogniser, say

__all__ = ["say"]
_STEP = RATE // 5


def followed(engine: CommandRecogniser, samples: Samples) -> Transcript:
    """What comes of a sentence that is followed until a fifth of a second before its end."""
    stream = engine.stream()
    for stop in range(_STEP, len(samples) - _STEP, _STEP):
        stream.follow(samples[:stop])
    return engine.conclude(stream, samples)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_search_step_by_step_finds_what_the_whole_search_finds(say: Say, step: int) -> None:
    engine = recogniser()
    vectors = engine._hear(say("turn on the reading lamp")).vectors
    for search in (engine._search, engine._speech):
        whole = search.hear(vectors)
        assert whole is not None
        utterance = search.begin()
        for start in range(0, len(vectors), step):
            utterance.feed(vectors[start : start + step])
        assert utterance.finish() == whole


def test_a_search_that_nobody_needs_any_more_is_gone_at_once(say: Say) -> None:
    engine = recogniser.__wrapped__()
    followed(engine, say("turn on the reading lamp"))
    search, speech = weakref.ref(engine._search), weakref.ref(engine._speech)
    del engine
    assert (search(), speech()) == (None, None)


@pytest.mark.parametrize("text", ["turn on the reading lamp", "lock the side door"])
def test_a_command_that_is_followed_is_understood(say: Say, text: str) -> None:
    heard = followed(recogniser(), say(text))
    assert heard.text == text
    assert heard.confidence > 0.5


def test_the_beginning_is_known_while_the_person_speaks(say: Say) -> None:
    stream, samples = recogniser().stream(), say("turn on the reading lamp please")
    told = [stream.follow(samples[:stop]) for stop in range(_STEP, len(samples), _STEP)]
    assert any(text.startswith("turn on") for text in told)


def test_a_sentence_that_goes_on_after_a_pause_is_understood_as_one(say: Say) -> None:
    engine = recogniser()
    stream, samples = engine.stream(), say("turn off the zlibrak lamp")
    for stop in (RATE, RATE * 6 // 5):
        stream.follow(samples[:stop])
        engine.conclude(stream, samples[:stop])
    assert engine.conclude(stream, samples).text == "turn off the zlibrak lamp"


def test_another_sentence_than_the_one_that_was_followed_is_heard_as_itself(say: Say) -> None:
    engine, stream = recogniser(), recogniser().stream()
    stream.follow(say("turn on the reading lamp"))
    assert engine.conclude(stream, say("lock the side door")).text == "lock the side door"


def test_sentences_that_are_followed_at_once_are_not_mixed_up(say: Say) -> None:
    engine = recogniser()
    one, other = say("turn on the reading lamp"), say("lock the side door", "en-us+f3")
    streams = engine.stream(), engine.stream()
    for stop in range(_STEP, len(one), _STEP):
        streams[0].follow(one[:stop])
        streams[1].follow(other[:stop])
    heard = [engine.conclude(*pair).text for pair in zip(streams, (one, other), strict=True)]
    assert heard == ["turn on the reading lamp", "lock the side door"]


def test_a_home_that_changes_meanwhile_is_understood_too(say: Say) -> None:
    engine = CommandRecogniser(InlineExecutor(), grammar(), acoustic_model("en"))
    stream, samples = engine.stream(), say("lock the side door")
    stream.follow(samples[:RATE])
    run_virtual(engine.adopt(grammar))
    stream.follow(samples)
    assert engine.conclude(stream, samples).text == "lock the side door"


@pytest.mark.parametrize("samples", [np.zeros(2 * RATE, np.int16), np.zeros(25 * RATE, np.int16)])
def test_silence_that_is_followed_is_no_command(samples: Samples) -> None:
    assert followed(recogniser(), samples[: 2 * RATE]).text == ""
    assert recogniser().conclude(recogniser().stream(), samples).text == ""


def test_a_followed_command_is_heard_in_the_engines_own_thread(say: Say) -> None:
    samples = say("lock the side door")

    async def hear() -> Transcript:
        listening = recogniser().open()
        await listening.follow(samples[:RATE])
        return await listening.finish(samples)

    assert run_virtual(hear()).text == "lock the side door"


def test_recorded_commands_are_understood_as_in_the_plain_way() -> None:
    spoken = [read_sound(one.path) for one in list(recordings("cmd_home_en"))[::4]]
    if not spoken:
        pytest.skip("there are no recordings")
    engine = Bench().recogniser
    plain = [engine.hear(samples).text for samples in spoken]
    assert [followed(engine, samples).text for samples in spoken] == plain
