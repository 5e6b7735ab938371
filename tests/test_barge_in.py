"""Replies that somebody talks over, from sound to sound, with mock engines in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from device import events as e
from device.audio.format import RATE, Samples
from device.dialog.base import Answer
from device.dialog.history import Exchange
from device.errors import TookTooLong
from device.events import TurnState
from device.pipeline.mock import MockStt
from device.types import Transcript
from tests.flow import Rig, flow, silence, speech, wake_word

TIME = "what time is it"


class Hangs(MockStt):
    """A recogniser that never comes to an end."""

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        await asyncio.Event().wait()
        raise AssertionError


async def asked(rig: Rig) -> None:
    """A reply has begun to be heard."""
    rig.session.post(e.UtteranceGiven(text="help"))
    await rig.until(e.PlaybackStarted)
    await rig.hear(silence(1.0))


async def talk_over(rig: Rig, *sounds: Samples) -> None:
    """Somebody talks over the reply; the ear has found it 0.3 s later."""
    start = rig.timeline.end
    saying = asyncio.create_task(rig.hear(*sounds))
    await asyncio.sleep(0.3)
    rig.session.post(e.SpeechSuspected(start_sample=start))
    rig.session.post(e.Interrupted(by="speech", start_sample=start))
    await saying


def interrupted(*sounds: Samples) -> Callable[[Rig], Awaitable[None]]:
    async def story(rig: Rig) -> None:
        await asked(rig)
        await talk_over(rig, *sounds)
        await rig.settle()

    return story


def test_a_command_said_over_a_reply_is_done_and_the_reply_is_over() -> None:
    stt = MockStt(["turn on the kitchen light"])
    rig = flow(interrupted(speech(1.0), silence(1.5)), stt=stt)
    assert rig.home.published == [("zigbee2mqtt/kitchen light/set", '{"state": "ON"}')]
    first, second = rig.of(e.PlaybackFinished)
    assert (first.turn_id, first.completed) == (1, False)
    assert (second.turn_id, second.completed) == (2, True)
    whole = rig.of(e.ReplyText)[0].text
    assert 0 < len(first.heard_text) < len(whole)
    assert whole.startswith(first.heard_text)


def test_the_history_holds_what_was_heard_of_each_reply() -> None:
    command = "turn on the kitchen light"
    rig = flow(interrupted(speech(1.0), silence(3.0)), stt=MockStt([command]))
    cut, whole = rig.of(e.PlaybackFinished)
    kept = [(one.said, one.heard, one.completed) for one in rig.history.exchanges]
    assert kept == [("help", cut.heard_text, False), (command, whole.heard_text, True)]


def test_what_is_asked_over_a_reply_is_asked_with_what_was_heard_of_it() -> None:
    known: list[tuple[Exchange, ...]] = []

    class Model:
        async def answer(self, text: str, language: str) -> Answer | None:
            known.append(rigs[0].history.exchanges)
            return Answer("Because.", language)

    rigs: list[Rig] = []

    async def story(rig: Rig) -> None:
        rigs.append(rig)
        await interrupted(speech(1.0), silence(3.0))(rig)

    flow(story, stt=MockStt(["what makes the sky blue"]), fallback=Model())
    ((first,),) = known
    assert (first.said, first.completed) == ("help", False)


def test_it_is_silent_while_somebody_talks_over_it() -> None:
    rig = flow(interrupted(speech(1.0), silence(1.5)), stt=MockStt([TIME]))
    (held,) = rig.of(e.PlaybackHeld)
    assert held.turn_id == rig.of(e.PlaybackStarted)[0].turn_id
    began = rig.microphone.began + held.at
    assert not rig.speaker.heard_from(began + 0.05, RATE // 2).any()


@pytest.mark.parametrize("text", ["", "and then I told her that it was over"])
def test_what_is_not_for_the_speaker_lets_the_reply_go_on(text: str) -> None:
    rig = flow(interrupted(speech(1.0), silence(8.0)), stt=MockStt([text]))
    (finished,) = rig.of(e.PlaybackFinished)
    assert finished.turn_id == 1
    assert finished.completed
    assert finished.heard_text.split() == rig.of(e.ReplyText)[0].text.split()
    assert len(rig.of(e.PlaybackResumed)) == 1
    assert rig.rows()[-2:] == ["said-to-others", "playback-finished"]
    assert not rig.of(e.StageFailed)


def test_a_cough_lets_the_reply_go_on() -> None:
    rig = flow(interrupted(speech(0.1), silence(10.0)))
    assert rig.rows()[-2:] == ["false-interruption", "playback-finished"]
    (finished,) = rig.of(e.PlaybackFinished)
    assert finished.heard_seconds == pytest.approx(
        sum(len(text) for text in rig.tts.said) / 20, abs=0.1
    )


def test_both_turns_are_measured_and_a_false_interruption_is_none() -> None:
    async def story(rig: Rig) -> None:
        await rig.hear(silence(0.5), wake_word(), silence(0.6), speech(1.0), silence(1.5))
        await rig.until(e.PlaybackStarted)
        await talk_over(rig, speech(1.0), silence(1.5))

    rig = flow(story, stt=MockStt(["help", TIME]))
    assert [one.turn_id for one in rig.of(e.TurnMeasured)] == [1, 2]


def test_talk_between_people_after_an_answer_is_no_turn_of_ours() -> None:
    async def story(rig: Rig) -> None:
        rig.session.follow_up(6.0)
        await rig.hear(silence(0.5), wake_word(), silence(0.6), speech(1.0), silence(3.0))
        await rig.hear(speech(1.0), silence(2.0))

    stt = MockStt(["turn on the kitchen light", "and then I told her that it was over"])
    rig = flow(story, stt=stt)
    assert len(rig.of(e.NotAddressed)) == 1
    assert [one.text for one in rig.of(e.FinalTranscript)] == ["turn on the kitchen light"]
    assert [one.turn_id for one in rig.of(e.TurnMeasured)] == [1]


def test_fifty_interruptions_in_a_row_leave_nothing_behind() -> None:
    left: list[str] = []

    async def story(rig: Rig) -> None:
        before = asyncio.all_tasks()
        for number in range(50):
            rig.session.post(e.UtteranceGiven(text="help"))
            await asyncio.sleep(0.05 * (number % 20))
            rig.session.post(e.Interrupted(by=("speech", "mqtt")[number % 2], start_sample=1))
        await rig.hear(silence(12.0))
        await rig.settle()
        left.extend(task.get_name() for task in asyncio.all_tasks() - before)

    rig = flow(story)
    assert left == []
    assert rig.session.turn.state is TurnState.IDLE
    assert np.abs(rig.speaker.heard_from(rig.timeline.seconds, RATE)).max() == 0


def test_an_engine_that_hangs_is_given_up_and_the_speaker_says_so() -> None:
    async def story(rig: Rig) -> None:
        await rig.hear(silence(0.5), wake_word(), silence(0.6), speech(1.0), silence(2.5))
        await rig.until(e.StageFailed)
        await rig.settle()

    rig = flow(story, stt=Hangs())
    (failed,) = rig.of(e.StageFailed)
    assert failed.code == TookTooLong.code
    assert rig.of(e.PlaybackFinished)[0].completed
    assert rig.session.turn.state is TurnState.IDLE
