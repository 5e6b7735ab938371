"""Turns from sound to sound, with mock engines in virtual time."""

import asyncio

import numpy as np
import pytest

from device import events as e
from device.audio.format import RATE
from device.audio.level import dbfs
from device.dialog.base import Answer
from device.errors import EngineError
from device.events import TurnState
from device.home.mock import Fault
from device.pipeline.mock import MARK, MockStt, MockTts
from tests.flow import Rig, flow, silence, speech, wake_word


def subsequence(wanted: list[str], told: list[str]) -> bool:
    names = iter(told)
    return all(name in names for name in wanted)


async def one_command(rig: Rig) -> None:
    await rig.hear(silence(0.5), wake_word(), silence(0.6), speech(1.0), silence(1.5))
    await rig.settle()


def test_a_spoken_command_is_heard_done_and_answered() -> None:
    rig = flow(one_command, stt=MockStt(["turn on the kitchen light"]))
    assert rig.home.published == [("zigbee2mqtt/kitchen light/set", '{"state": "ON"}')]
    assert subsequence(
        [
            "wake_word_detected", "speech_started", "turn_ended", "final_transcript",
            "intent_recognized", "action_requested", "reply_text", "playback_started",
            "playback_finished", "turn_measured",
        ],
        rig.names(),
    )  # fmt: skip
    assert "action_confirmed" in rig.names()
    assert rig.of(e.StateChanged)[-1].new is TurnState.IDLE
    assert dbfs(rig.speaker.heard()) > -40


def test_neither_wake_word_nor_chime_reaches_speech_to_text() -> None:
    stt = MockStt(["turn on the kitchen light"])
    rig = flow(one_command, stt=stt)
    (heard,) = stt.heard
    assert MARK not in heard
    loud = np.abs(heard.astype(int)) > 3000
    assert abs(loud.sum() / RATE - 1.0 * np.mean(np.abs(speech(1.0)) > 3000)) < 0.05
    assert rig.tts.said


def test_a_command_in_one_breath_is_heard_whole() -> None:
    stt = MockStt(["turn on the kitchen light"])

    async def one_breath(rig: Rig) -> None:
        await rig.hear(wake_word(), speech(1.0), silence(1.5))

    flow(one_breath, stt=stt)
    (heard,) = stt.heard
    assert MARK not in heard
    assert len(np.flatnonzero(heard)) >= 0.99 * len(np.flatnonzero(speech(1.0)))


def test_what_was_said_is_understood_in_the_pause_and_only_once() -> None:
    stt = MockStt(["turn on the kitchen light"])
    rig = flow(one_command, stt=stt)
    assert len(stt.heard) == 1
    assert rig.of(e.TurnMeasured)[0].stages["vad"] < 500


def test_a_pause_inside_a_sentence_does_not_cut_it() -> None:
    stt = MockStt(["turn on the", "turn on the kitchen light"])

    async def pausing(rig: Rig) -> None:
        await rig.hear(wake_word(), silence(0.6), speech(0.5), silence(0.6), speech(0.5))
        await rig.hear(silence(1.5))

    rig = flow(pausing, stt=stt)
    assert [event.text for event in rig.of(e.FinalTranscript)] == ["turn on the kitchen light"]
    assert len(rig.home.published) == 1


def test_a_failure_in_the_pause_is_told_when_the_sentence_is_over() -> None:
    rig = flow(one_command, stt=MockStt(error=EngineError("broken; mend it")))
    assert [event.stage for event in rig.of(e.StageFailed)] == ["stt"]


def test_nobody_spoke() -> None:
    async def only_the_wake_word(rig: Rig) -> None:
        await rig.hear(wake_word(), silence(7.0))

    rig = flow(only_the_wake_word)
    assert "nobody-spoke" in rig.rows()
    assert rig.stt.heard == []


def test_a_wake_word_cuts_the_reply_within_a_chunk_and_listens() -> None:
    stt = MockStt(["what can you do", "turn on the kitchen light"])

    async def interrupt(rig: Rig) -> None:
        await rig.hear(wake_word(), speech(1.0))
        await rig.until(e.PlaybackStarted)
        await rig.hear(wake_word(), speech(1.0), silence(1.5))

    rig = flow(interrupt, stt=stt)
    assert "wake-cuts" in rig.rows()
    cut = next(event for event in rig.events if isinstance(event, e.PlaybackFinished))
    assert cut.heard_seconds < len(rig.tts.said[0]) / 20
    assert rig.home.published == [("zigbee2mqtt/kitchen light/set", '{"state": "ON"}')]


def test_mqtt_can_interrupt_stop_and_ask() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text="what can you do"))
        await rig.until(e.PlaybackStarted)
        rig.session.post(e.StopRequested(by="mqtt"))
        await rig.settle()
        assert rig.session.turn.state is TurnState.IDLE

    rig = flow(story)
    assert "stop-cuts" in rig.rows()


def test_an_unknown_request_is_answered_honestly_and_switches_nothing() -> None:
    rig = flow(one_command, stt=MockStt(["colourless green ideas sleep"]))
    assert rig.home.published == []
    assert rig.of(e.ReplyText)[0].text
    assert rig.of(e.IntentRecognized) == []


def test_a_silent_device_is_complained_about_aloud() -> None:
    async def silent(rig: Rig) -> None:
        rig.home.faults["light.kitchen_light"] = Fault.SILENT
        await one_command(rig)

    rig = flow(silent, stt=MockStt(["turn on the kitchen light"]))
    assert "announcement" in rig.rows()
    assert "kitchen light" in rig.tts.said[-1]
    assert rig.of(e.ActionConfirmed) == []


def test_a_broker_that_is_away_is_said() -> None:
    async def away(rig: Rig) -> None:
        rig.home.connected = False
        await one_command(rig)

    rig = flow(away, stt=MockStt(["turn on the kitchen light"]))
    assert rig.home.published == []
    assert rig.of(e.ReplyText)[0].text in " ".join(rig.tts.said)
    assert rig.session.turn.state is TurnState.IDLE


def test_a_failed_recogniser_is_explained_and_the_next_turn_works() -> None:
    stt = MockStt(["turn on the kitchen light"], error=EngineError("broken; mend it"))

    async def twice(rig: Rig) -> None:
        await one_command(rig)
        stt.error = None
        await one_command(rig)

    rig = flow(twice, stt=stt)
    assert rig.of(e.StageFailed)[0].code == "engine-failed"
    assert "answering-failed" in rig.rows()
    assert len(rig.home.published) == 1


def test_a_failed_voice_ends_in_a_chime_and_not_in_a_loop() -> None:
    rig = flow(one_command, tts=MockTts(error=EngineError("no voice")), stt=MockStt(["help"]))
    assert rig.rows()[-1] == "speaking-failed"
    assert rig.session.turn.state is TurnState.IDLE


def test_mute_ends_listening_and_closes_the_microphone() -> None:
    async def mute(rig: Rig) -> None:
        await rig.hear(wake_word(), silence(0.5))
        rig.session.post(e.MuteChanged(muted=True))
        await rig.hear(silence(0.3))
        rig.session.post(e.ListenRequested())
        await rig.settle()
        rig.session.post(e.MuteChanged(muted=False))

    rig = flow(mute)
    assert rig.muted == [True, False]
    assert {"mute-ends-listening", "muted-ignores-request", "mute"} <= set(rig.rows())


def test_volume_is_set_by_voice() -> None:
    rig = flow(one_command, stt=MockStt(["set the volume to 30 percent"]))
    assert rig.speaking.volume == 0.3
    assert rig.of(e.VolumeChanged)[0].volume == 0.3


def test_stop_while_a_reply_plays_says_nothing_more() -> None:
    async def story(rig: Rig) -> None:
        await rig.hear(wake_word(), speech(1.0))
        await rig.until(e.PlaybackStarted)
        await rig.hear(wake_word(), speech(0.6), silence(1.5))

    rig = flow(story, stt=MockStt(["what can you do", "stop"]))
    assert len(rig.of(e.ReplyAudible)) == 1
    assert rig.session.turn.state is TurnState.IDLE


def test_a_ringing_timer_is_stopped_by_the_wake_word() -> None:
    async def ring(rig: Rig) -> None:
        rig.session.post(e.TimerDue(label="pasta"))
        await rig.until(e.PlaybackStarted)
        await rig.hear(silence(2.0), wake_word(), silence(0.5))

    rig = flow(ring)
    assert rig.rows()[-1] == "wake-stops-ringing"


def test_announcements_wait_and_urgent_ones_cut() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text="what can you do"))
        await rig.until(e.PlaybackStarted)
        rig.session.post(e.AnnouncementDue(text="dinner is ready"))
        await rig.hear(silence(0.3))
        rig.session.post(e.AnnouncementDue(text="fire", priority=e.Priority.URGENT))

    rig = flow(story)
    assert rig.tts.said[-2:] == ["fire", "dinner is ready"]


def test_an_announcement_that_has_no_sound_holds_up_nothing() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.AnnouncementDue(text="\N{PARTY POPPER}"))
        rig.session.post(e.AnnouncementDue(text="dinner is ready"))

    rig = flow(story)
    assert rig.tts.said[-1] == "dinner is ready"


def test_a_flood_is_told_without_loss() -> None:
    async def story(rig: Rig) -> None:
        for number in range(3_000):
            rig.session.post(e.VolumeChanged(volume=number / 3_000))

    assert len(flow(story).of(e.VolumeChanged)) == 3_000


def test_a_switch_that_is_played_with_is_heard_once() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.TimerDue())
        await rig.until(e.PlaybackStarted)
        for number in range(50):
            rig.session.post(e.MuteChanged(muted=number % 2 == 0))
        rig.session.post(e.StopRequested())
        began = rig.timeline.seconds
        await rig.settle()
        assert rig.timeline.seconds - began < 1.5

    flow(story)


def test_a_lost_bid_stays_silent() -> None:
    class Elsewhere:
        async def answers(self, woken: e.WakeWordDetected) -> bool:
            return False

    rig = flow(one_command, arbiter=Elsewhere())
    assert rig.rows() == ["wake-bids", "bid-lost"]
    assert rig.stt.heard == []


def test_software_cannot_open_a_microphone_that_the_switch_closed() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.MuteChanged(muted=True, by_switch=True))
        rig.session.post(e.MuteChanged(muted=False))
        await rig.settle()
        await rig.hear(wake_word(), silence(1.0))

    rig = flow(story)
    assert rig.muted == [True]
    assert "wake_word_detected" not in rig.names()
    assert [event.muted for event in rig.of(e.MuteChanged)] == [True, True]


def test_what_else_plays_is_softer_from_the_wake_word_to_the_end_of_the_reply() -> None:
    rig = flow(one_command, stt=MockStt(["turn on the kitchen light"]))
    names = [name for name in rig.names() if name in ("duck_changed", "playback_finished")]
    assert names == ["duck_changed", "playback_finished", "duck_changed"]
    assert [event.ducked for event in rig.of(e.DuckChanged)] == [True, False]


def test_a_wake_word_tells_how_loud_and_how_clear_it_was() -> None:
    async def story(rig: Rig) -> None:
        noise = (20 * np.random.default_rng(1).standard_normal(3 * RATE)).astype(np.int16)
        await rig.hear(noise, wake_word(), silence(1.0))

    (woken,) = flow(story).of(e.WakeWordDetected)
    assert -25 < woken.level_dbfs < -10
    assert woken.snr_db > 30


class Slow:
    """Somebody else who takes two seconds to answer."""

    async def answer(self, text: str, language: str) -> Answer | None:
        await asyncio.sleep(2.0)
        return Answer("it is sunny", language)


def first_sound(rig: Rig) -> float:
    """Seconds from the end of the turn to the first sound of any kind."""
    (ended,) = rig.of(e.TurnEnded)
    heard = rig.speaker.heard_from(rig.microphone.began + ended.at, 4 * RATE)
    return float(np.flatnonzero(np.abs(heard) > 50)[0]) / RATE


def test_an_answer_that_comes_at_once_has_no_chime_before_it() -> None:
    rig = flow(one_command, stt=MockStt(["what time is it"]))
    (audible,) = rig.of(e.ReplyAudible)
    assert first_sound(rig) == pytest.approx(audible.at - rig.of(e.TurnEnded)[0].at, abs=0.1)


def test_who_waits_for_an_answer_hears_that_the_sentence_was_heard() -> None:
    rig = flow(one_command, stt=MockStt(["how is the weather on the moon"]), fallback=Slow())
    assert 0.2 < first_sound(rig) < 0.4
    assert rig.of(e.ReplyAudible)[0].at - rig.of(e.TurnEnded)[0].at > 1.9
