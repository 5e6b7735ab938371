"""The whole daemon over the virtual sound card, in real time, with a real broker."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.broker import Broker
from benchmarks.lamp import Lamps
from benchmarks.soundcard import RATE as CARD_RATE
from benchmarks.soundcard import SoundCard
from device.audio.format import Samples
from tests.daemon import LONG_QUESTION, Daemon, say

pytestmark = [
    pytest.mark.soundcard,
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]


def test_a_spoken_command_switches_the_lamp_and_is_answered_aloud(
    card: SoundCard, broker: Broker, daemon: Daemon
) -> None:
    with Lamps("127.0.0.1", broker.port) as lamps, card.recording() as recording:
        say(card, "hey jarvis", "turn on the kitchen light", pause_seconds=0.7)
        daemon.wait_for("turn_measured")
        daemon.wait_for("action_confirmed")
    assert lamps.commands == [("kitchen light", {"state": "ON"})]
    order = [
        "wake_word_detected", "final_transcript", "intent_recognized", "action_requested",
        "reply_text", "playback_finished", "turn_measured",
    ]  # fmt: skip
    told = [event["event"] for event in daemon.told]
    assert [name for name in told if name in order] == order
    assert np.abs(recording.samples.astype(int)).max() > 1000
    assert daemon.stop() == 0
    assert daemon.metrics()["stages"]["end_to_end"]["count"] == 1


def test_an_interrupted_reply_is_silent_on_the_loudspeaker_and_the_speaker_listens(
    card: SoundCard, daemon: Daemon
) -> None:
    with card.recording() as recording:
        daemon.speak_on()
        time.sleep(1.0)
        daemon.send("interrupt")
        daemon.wait_for("state_changed", old="responding", new="listening")
        time.sleep(0.2)
        cut = len(recording.samples)
        time.sleep(2.5)
        before, after = recording.samples[:cut], recording.samples[cut:]
    assert _sounding_seconds(before) > 0.8
    # The reply would go on for eight seconds; what may come is the chime for listening.
    assert _sounding_seconds(after) < 0.3


def _sounding_seconds(samples: Samples) -> float:
    """How much of a recording of the loudspeaker is not silent, in steps of 10 ms."""
    step = CARD_RATE // 100
    steps = samples[: len(samples) // step * step].reshape(-1, step)
    return float((np.abs(steps.astype(int)).max(axis=1) > 100).mean() * len(steps) / 100)


def test_a_voice_that_breaks_is_told_by_a_chime_and_the_speaker_lives_on(
    card: SoundCard, broker: Broker, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    voice = programs / "espeak-ng"
    voice.symlink_to(shutil.which("espeak-ng") or "")
    environment = {**card.environment, "PATH": str(programs)}
    with Daemon(tmp_path, broker, environment) as daemon:
        voice.unlink()
        daemon.send("say", "hello")  # by a program that was started before
        daemon.rest()
        daemon.send("ask", LONG_QUESTION)
        daemon.wait_for("turn_stepped", row="answering-failed")
        daemon.wait_for("turn_stepped", row="speaking-failed")
        voice.symlink_to(shutil.which("espeak-ng") or "")
        start = daemon.mark()
        daemon.send("ask", LONG_QUESTION)
        daemon.wait_for("playback_finished", start, seconds=30)


def test_a_sound_card_that_is_unplugged_ends_the_reply_and_not_the_speaker(
    card: SoundCard, daemon: Daemon
) -> None:
    daemon.speak_on()
    time.sleep(0.5)
    card.stop()
    daemon.wait_for("stage_failed", stage="playback")
    daemon.wait_for("turn_stepped", row="speaking-failed")
    card.start()
    start = daemon.mark()
    daemon.send("ask", "never mind")
    daemon.wait_for("turn_stepped", start, row="nothing-to-say")
    assert daemon.alive


def test_a_timer_set_by_voice_rings_with_no_broker_and_all_is_told_when_it_is_back(
    card: SoundCard, broker: Broker, daemon: Daemon
) -> None:
    broker.stop()
    daemon.wait_for("health_changed", part="broker", healthy=False)
    say(card, "hey jarvis", "set a timer for five seconds", pause_seconds=0.7)
    daemon.wait_for("timer_started")
    daemon.wait_for("turn_stepped", row="timer-rings")
    with card.recording() as recording:
        time.sleep(1.5)
        rung = len(recording.samples)
        say(card, "stop")
        daemon.wait_for("ringing_ended", snoozed=False)
        time.sleep(0.5)
        silenced = len(recording.samples)
        time.sleep(2.5)
        before, after = recording.samples[:rung], recording.samples[silenced:]
    assert _sounding_seconds(before) > 0.2
    assert _sounding_seconds(after) == 0.0
    broker.start()
    daemon.wait_for("health_changed", daemon.mark(), seconds=60, part="broker", healthy=True)
    retained = daemon.retained("#", "homeassistant/device/parlor/parlor/config")
    assert retained["parlor/parlor/availability"] == "online"
    assert retained["parlor/parlor/state"] == "idle"
    assert json.loads(retained["parlor/parlor/timers"]) == []
    config = json.loads(retained["homeassistant/device/parlor/parlor/config"])
    assert len(config["components"]) > 20
    told = [event["event"] for event in daemon.told]
    assert "wake_word_detected" in told
    assert told.count("wake_word_detected") == 1


def test_a_broker_killed_in_the_middle_of_a_turn_is_said_and_switches_nothing_later(
    card: SoundCard, broker: Broker, daemon: Daemon
) -> None:
    say(card, "hey jarvis")
    daemon.wait_for("turn_stepped", row="bid-won")
    broker.kill()
    say(card, "turn on the kitchen light")
    told = daemon.wait_for("reply_text")
    assert "cannot reach" in told["text"]
    start = daemon.mark()
    broker.start()
    with Lamps("127.0.0.1", broker.port) as lamps:
        daemon.wait_for("health_changed", start, seconds=60, part="broker", healthy=True)
        daemon.send("ask", "turn off the kitchen light")
        daemon.wait_for("action_confirmed", start)
    assert lamps.commands == [("kitchen light", {"state": "OFF"})]


def test_the_broker_dies_and_comes_back_and_the_speaker_answers_all_the_while(
    card: SoundCard, broker: Broker, daemon: Daemon
) -> None:
    broker.stop()
    daemon.wait_for("health_changed", part="broker", healthy=False)
    start = daemon.mark()
    say(card, "hey jarvis", "what time is it", pause_seconds=0.7)
    daemon.wait_for("playback_finished", start)
    broker.start()
    daemon.wait_for("health_changed", start, seconds=60, part="broker", healthy=True)
    start = daemon.mark()
    daemon.send("ask", "never mind")
    daemon.wait_for("turn_stepped", start, row="nothing-to-say", seconds=30)
