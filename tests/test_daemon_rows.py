"""Every row of the turn table in the whole daemon, over the virtual sound card, in real time."""

import time
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.soundcard import SoundCard
from device.turn import ROWS
from tests.daemon import Daemon, say

pytestmark = [
    pytest.mark.soundcard,
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]

LATER = {
    "switch-wins": "a switch",
    "muted-ignores-wake": "a wake word in the instant of muting: muted, the microphone is closed",
    "hearing-failed": "a voice activity detector that breaks",
    "answering-failed": "a voice that breaks: test_daemon.py",
    "speaking-failed": "a voice that breaks: test_daemon.py",
    "false-interruption": "a sound that seems to be speech for long: test_barge_in.py",
    "speech-goes-on": "somebody who goes on while he is answered: test_scenarios.py",
    "speech-too-late": "somebody who goes on while the answer is not to be taken back",
}
"""Rows that are not reached here, and what they wait for."""

BUTTON = ("-m", "benchmarks.scenario.pressed")
FOLLOW_UP = "\n[dialog]\nfollow_up_seconds = 3\n"


def test_every_row_that_sound_messages_and_a_button_can_reach_is_reached(
    card: SoundCard, broker: Broker, tmp_path: Path
) -> None:
    reached: set[str] = set()
    for program, more, stories in (
        ({}, "", (_idle, _listening, _replying, _announcing, _ringing, _bidding, _muted)),
        ({"program": BUTTON}, FOLLOW_UP, (_pressing, _talking_over, _half_duplex)),
    ):
        with Daemon(tmp_path, broker, card.environment, more=more, **program) as daemon:
            for story in stories:
                story(card, daemon)
                daemon.rest()
            reached |= daemon.rows
    assert {row.name for row in ROWS} - reached <= set(LATER)


def _idle(card: SoundCard, daemon: Daemon) -> None:
    daemon.send("volume", "0.5")
    daemon.wait_for("turn_stepped", row="volume")
    daemon.send("stop")
    daemon.wait_for("turn_stepped", row="stop-while-idle")
    daemon.send("ask", "never mind")
    daemon.wait_for("turn_stepped", row="nothing-to-say")


def _listening(card: SoundCard, daemon: Daemon) -> None:
    say(card, "hey jarvis")
    daemon.wait_for("turn_stepped", row="bid-won")
    time.sleep(2.2)  # The same word is not heard again within two seconds.
    say(card, "hey jarvis")
    daemon.wait_for("turn_stepped", row="wake-restarts-listening")
    daemon.wait_for("turn_stepped", row="nobody-spoke")
    for command, payload, row in (
        ("stop", "", "stop-while-listening"),
        ("interrupt", "", "interrupt-ends-listening"),
        ("mute", "ON", "mute-ends-listening"),
        ("ask", "never mind", "typed-ends-listening"),
        ("announce", {"message": "fire", "priority": "urgent"}, "urgent-ends-listening"),
    ):
        daemon.send("mute", "OFF")
        start = daemon.mark()
        daemon.send("listen")
        daemon.wait_for("turn_stepped", start, row="request-listens")
        daemon.send(command, payload)
        daemon.wait_for("turn_stepped", start, row=row)
        daemon.rest()
    say(card, "hey jarvis", "what time is it", pause_seconds=0.7)
    daemon.wait_for("turn_stepped", row="sentence-heard")
    daemon.wait_for("turn_stepped", row="playback-finished")


def _replying(card: SoundCard, daemon: Daemon) -> None:
    for command, payload, row in (
        ("stop", "", "stop-cuts"),
        ("interrupt", "", "interrupt-cuts"),
        ("listen", "", "request-cuts"),
        ("ask", "never mind", "typed-cuts"),
        ("announce", {"message": "smoke", "priority": "urgent"}, "urgent-cuts"),
    ):
        daemon.speak_on()
        start = daemon.mark()
        daemon.send(command, payload)
        daemon.wait_for("turn_stepped", start, row=row)
        daemon.rest()
    daemon.speak_on()
    say(card, "hey jarvis")
    daemon.wait_for("turn_stepped", row="wake-cuts")


def _announcing(card: SoundCard, daemon: Daemon) -> None:
    start = daemon.mark()
    daemon.send("ask", "what time is it")
    daemon.wait_for("turn_stepped", start, row="reply-audible")
    daemon.send("announce", "dinner is ready")
    daemon.wait_for("turn_stepped", start, row="announcement-waits")
    daemon.wait_for("reply_text", start, text="dinner is ready")
    daemon.rest()
    daemon.send("say", "hello")
    daemon.wait_for("turn_stepped", start, row="announcement")


def _ringing(card: SoundCard, daemon: Daemon) -> None:
    for command, row in (
        ("interrupt", "interrupt-stops-ringing"),
        ("snooze", "snooze"),
        ("", "wake-stops-ringing"),
    ):
        start = daemon.mark()
        daemon.send("timer", {"action": "start", "seconds": 1})
        daemon.wait_for("turn_stepped", start, row="timer-rings")
        daemon.send(command) if command else say(card, "hey jarvis")
        daemon.wait_for("turn_stepped", start, row=row)
        daemon.rest()
    start = daemon.mark()
    for name in ("pasta", "eggs"):
        daemon.send("timer", {"action": "start", "name": name, "seconds": 1})
    daemon.wait_for("turn_stepped", start, row="timer-waits")
    for name, row in (("eggs", "cancelled-while-waiting"), ("pasta", "cancelled-while-ringing")):
        daemon.send("timer", {"action": "cancel", "name": name})
        daemon.wait_for("turn_stepped", start, row=row)
    start = daemon.mark()
    daemon.send("timer", {"action": "start", "seconds": 1})
    daemon.speak_on()
    daemon.wait_for("turn_stepped", start, row="timer-waits")
    daemon.send("question", {"id": "q", "question": "shall I go on?"})
    daemon.wait_for("turn_stepped", start, row="conversation-waits")
    for _ in ("the reply", "the timer", "the question"):
        daemon.rest()
    daemon.send("question", {"id": "r", "question": "really?"})
    daemon.wait_for("turn_stepped", start, row="conversation-starts")


def _bidding(card: SoundCard, daemon: Daemon) -> None:
    """Another speaker of the group heard the wake word better."""
    start = daemon.mark()
    with daemon.rival():
        say(card, "hey jarvis")
        daemon.wait_for("turn_stepped", start, row="bid-lost")
    time.sleep(2.2)
    start = daemon.mark()
    with daemon.rival(late=True):
        say(card, "hey jarvis")
        daemon.wait_for("turn_stepped", start, row="bid-lost-late")


def _muted(card: SoundCard, daemon: Daemon) -> None:
    daemon.send("mute", "ON")
    daemon.wait_for("turn_stepped", row="mute")
    daemon.send("mute", "ON")
    daemon.wait_for("turn_stepped", row="mute-unchanged")
    daemon.send("listen")
    daemon.wait_for("turn_stepped", row="muted-ignores-request")
    daemon.speak_on()
    daemon.send("interrupt")
    daemon.wait_for("turn_stepped", row="muted-interrupt-cuts")
    start = daemon.mark()
    say(card, "hey jarvis")
    assert all(event["event"] != "wake_word_detected" for event in daemon.told[start:])
    daemon.send("mute", "OFF")


def _pressing(card: SoundCard, daemon: Daemon) -> None:
    daemon.press()
    daemon.wait_for("turn_stepped", row="button-listens")
    daemon.press()
    daemon.wait_for("turn_stepped", row="button-ends-listening")
    daemon.speak_on()
    daemon.press()
    daemon.wait_for("turn_stepped", row="button-cuts")
    daemon.rest()
    daemon.send("timer", {"action": "start", "seconds": 1})
    daemon.wait_for("turn_stepped", row="timer-rings")
    daemon.press()
    daemon.wait_for("turn_stepped", row="button-stops-ringing")
    daemon.send("announce", "dinner is ready and everybody is asked to come to the table")
    daemon.wait_for("turn_stepped", row="announcement")
    daemon.wait_for("playback_started", daemon.mark() - 3)
    daemon.press()
    daemon.wait_for("turn_stepped", row="button-ends-announcement")
    daemon.send("mute", "ON")
    daemon.wait_for("turn_stepped", row="mute")
    daemon.press()
    daemon.wait_for("turn_stepped", row="muted-ignores-button")
    daemon.speak_on()
    daemon.press()
    daemon.wait_for("turn_stepped", row="muted-button-cuts")
    daemon.send("mute", "OFF")


def _talking_over(card: SoundCard, daemon: Daemon) -> None:
    daemon.speak_on()
    time.sleep(1.0)
    say(card, "okay")
    daemon.wait_for("turn_stepped", row="speech-ducks")
    daemon.wait_for("turn_stepped", row="speech-rejected")
    time.sleep(1.0)
    say(card, "and then she told me that it was all over between them")
    daemon.wait_for("turn_stepped", row="speech-holds")
    daemon.wait_for("turn_stepped", row="said-to-others")
    start = daemon.mark()
    say(card, "turn on the kitchen light")
    daemon.wait_for("turn_stepped", start, row="speech-holds")
    daemon.wait_for("turn_stepped", start, row="understood")
    daemon.wait_for("turn_stepped", start, row="playback-finished")
    say(card, "and then she told me that it was all over between them")
    daemon.wait_for("turn_stepped", start, row="not-addressed")


def _half_duplex(card: SoundCard, daemon: Daemon) -> None:
    daemon.send("barge_in", "off")
    daemon.wait_for("turn_stepped", row="barge-in-mode")
    daemon.speak_on()
    daemon.send("listen")
    daemon.wait_for("turn_stepped", row="half-duplex-ignores")
    say(card, "hey jarvis")
    daemon.wait_for("turn_stepped", row="voice-may-not-cut")
    daemon.send("interrupt")
    daemon.wait_for("turn_stepped", row="half-duplex-cuts")
    daemon.speak_on()
    daemon.press()
    daemon.wait_for("turn_stepped", row="half-duplex-button")
