"""What rings: how it sounds, and that it is silenced by word, button and message."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.clock import run_virtual
from device.errors import EngineError, StorageError
from device.events import TurnState
from device.pipeline.mock import MockStt, MockTts
from device.ringing import LONGEST_SECONDS, Ringing
from device.types import Transcript
from tests.flow import Rig, flow, silence, speech, wake_word

DUE = e.TimerDue(label="pizza timer", timer_id="7")


async def _ring(rig: Rig, label: str = "") -> None:
    rig.session.post(e.TimerDue(label=label, timer_id="7"))
    await rig.until(e.PlaybackStarted)


def ended(rig: Rig) -> list[tuple[str, bool]]:
    return [(event.timer_id, event.snoozed) for event in rig.of(e.RingingEnded)]


def test_stop_without_a_wake_word_silences_it() -> None:
    stt = MockStt(["what a noise", "stop"])

    async def story(rig: Rig) -> None:
        await _ring(rig)
        await rig.hear(silence(1.0), speech(1.0), silence(1.0))
        assert rig.session.turn.state is TurnState.RESPONDING
        await rig.hear(speech(0.5), silence(0.5))
        await rig.settle()

    rig = flow(story, stt=stt)
    assert "stop-cuts" in rig.rows()
    assert ended(rig) == [("7", False)]
    assert rig.home.published == []
    assert "wake_word_detected" not in rig.names()


def test_what_is_listened_for_while_it_rings_is_only_what_silences_it() -> None:
    stt = MockStt(["stop"])

    async def story(rig: Rig) -> None:
        await _ring(rig)
        await rig.hear(silence(1.0), speech(0.5), silence(0.5))

    flow(story, stt=stt)
    assert {"stop", "snooze"} <= set(stt.phrases[0])


def test_one_utterance_that_cannot_be_judged_costs_only_itself() -> None:
    class Moody(MockStt):
        async def transcribe(
            self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
        ) -> Transcript:
            heard = await super().transcribe(samples, language, phrases)
            if not heard.text:
                raise StorageError("no space for this")
            return heard

    async def story(rig: Rig) -> None:
        await _ring(rig)
        await rig.hear(silence(1.0), speech(0.5), silence(1.0), speech(0.5), silence(0.5))

    assert "stop-cuts" in flow(story, stt=Moody(["", "stop"])).rows()


def test_a_command_that_is_overheard_is_not_carried_out() -> None:
    async def story(rig: Rig) -> None:
        await _ring(rig)
        await rig.hear(silence(1.0), speech(1.0), silence(1.0))
        rig.session.post(e.StopRequested())

    rig = flow(story, stt=MockStt(["turn on the kitchen light"]))
    assert rig.home.published == []


def test_snooze_is_heard_too() -> None:
    async def story(rig: Rig) -> None:
        await _ring(rig)
        await rig.hear(silence(1.0), speech(0.5), silence(0.5))

    rig = flow(story, stt=MockStt(["snooze"]))
    assert ended(rig) == [("7", True)]


def test_what_the_speaker_says_itself_does_not_silence_it() -> None:
    """The label is in the captured audio while it is said: it could be "stop the oven"."""
    stt = MockStt(["stop", "stop"])

    async def story(rig: Rig) -> None:
        await _ring(rig, "stop the oven")
        await rig.hear(silence(3.1), speech(0.5), silence(0.4))
        assert rig.session.turn.ringing is not None
        await rig.hear(silence(1.5), speech(0.5), silence(0.5))
        await rig.settle()

    rig = flow(story, stt=stt)
    assert ended(rig) == [("7", False)]
    assert len(stt.heard) == 1


def test_a_wake_word_stops_the_ringing_and_is_no_command() -> None:
    async def story(rig: Rig) -> None:
        await _ring(rig)
        await rig.hear(wake_word(), silence(1.0))

    rig = flow(story)
    assert rig.rows() == ["timer-rings", "wake-stops-ringing"]
    assert ended(rig) == [("7", False)]


def test_typed_text_silences_it_only_for_a_while() -> None:
    """It may be the automation of a home, and nobody has heard the alarm."""

    async def story(rig: Rig) -> None:
        await _ring(rig)
        rig.session.post(e.UtteranceGiven(text="what time is it", spoken=False))
        await rig.settle()

    assert ended(flow(story)) == [("7", True)]


def test_nobody_is_heard_when_the_microphone_is_muted() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.MuteChanged(muted=True))
        await _ring(rig)
        await rig.hear(wake_word(), silence(1.0))
        assert rig.session.turn.ringing is not None
        rig.session.post(e.SnoozeRequested(by="mqtt"))

    assert ended(flow(story)) == [("7", True)]


def test_it_falls_silent_after_a_quarter_of_an_hour() -> None:
    async def story(rig: Rig) -> None:
        await _ring(rig, "pasta")
        await rig.settle()

    rig = flow(story)
    (finished,) = rig.of(e.PlaybackFinished)
    assert LONGEST_SECONDS <= finished.heard_seconds < LONGEST_SECONDS + 10
    assert ended(rig) == [("7", False)]


def test_an_alarm_is_heard_though_the_volume_is_nothing_and_the_knob_stays_where_it_was() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.VolumeChanged(volume=0.0))
        await _ring(rig)
        await asyncio.sleep(2)
        rig.session.post(e.StopRequested())
        await rig.settle()
        assert rig.speaking.volume == 0.0

    rig = flow(story)
    assert dbfs(rig.speaker.heard()) > -60


def test_the_knob_can_be_turned_while_it_rings() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.VolumeChanged(volume=0.1))
        await _ring(rig)
        rig.session.post(e.VolumeChanged(volume=0.2))
        rig.session.post(e.StopRequested())
        await rig.settle()
        assert rig.speaking.volume == 0.2

    flow(story)


def test_a_voice_that_fails_does_not_stop_the_ringing() -> None:
    async def story(rig: Rig) -> None:
        await _ring(rig, "pasta")
        await asyncio.sleep(20)
        assert rig.session.turn.ringing is not None
        rig.session.post(e.StopRequested())

    rig = flow(story, tts=MockTts(error=EngineError("no voice")))
    assert rig.of(e.PlaybackFinished)[0].heard_seconds > 15


def test_two_that_are_due_ring_one_after_the_other() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.TimerDue(timer_id="1"))
        rig.session.post(e.TimerDue(timer_id="2"))
        await rig.until(e.PlaybackStarted)
        rig.session.post(e.StopRequested())
        await asyncio.sleep(1)
        rig.session.post(e.StopRequested())

    assert ended(flow(story)) == [("1", False), ("2", False)]


def test_cancelling_what_waits_to_ring_leaves_what_rings_alone() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.TimerDue(timer_id="1"))
        rig.session.post(e.TimerDue(timer_id="2"))
        await rig.until(e.PlaybackStarted)
        rig.session.post(e.TimerCancelled(id="2"))
        await asyncio.sleep(1)
        assert ended(rig) == []
        rig.session.post(e.TimerCancelled(id="1"))

    assert ended(flow(story)) == [("1", False)]


def test_rings_grow_louder_and_pause_for_the_person() -> None:
    async def main() -> list[AudioChunk]:
        return [chunk async for chunk in Ringing(RATE).chunks()]

    chunks = run_virtual(main())
    peaks = [int(np.abs(chunk.pcm()).max()) for chunk in chunks]
    loud = [peak for peak in peaks if peak]
    assert loud == sorted(loud)
    assert loud[-1] > 3 * loud[0]
    assert peaks.count(0) >= len(loud) / 4


def test_what_it_says_is_known_to_the_second() -> None:
    async def say() -> AsyncIterator[AudioChunk]:
        yield AudioChunk.from_samples(speech(2.0))

    async def main() -> None:
        ringing, seconds, spoken = Ringing(RATE, say), 0.0, 0.0
        async for chunk in ringing.chunks():
            if chunk.seconds == 2.0:
                spoken = seconds
            seconds += chunk.seconds
            if spoken and seconds > spoken + 3:
                break
        assert ringing.speaks(spoken + 0.5, spoken + 0.6)
        assert not ringing.speaks(spoken - 1.0, spoken - 0.1)
        assert not ringing.speaks(spoken + 2.1, spoken + 3.0)

    run_virtual(main())
