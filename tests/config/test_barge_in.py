"""[barge_in]: every key changes what may interrupt the speaker."""

import asyncio

import pytest

from device import events as e
from device.audio.format import Samples
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.story import Scene, Story, Values, silence, tell, words

TALK = words("no wait, that is not at all what I wanted to know from you")
WAKE = words("hey jarvis")


def over_a_reply(*sounds: Samples, button: bool = False) -> Scene:
    """Somebody makes sounds, or presses the button, while the speaker explains what it can do."""

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await parlor.online(0.1)
        parlor.session.post(e.UtteranceGiven(text="help"))
        while parlor.session.turn.playing is None:
            await asyncio.sleep(0.05)
        if button:
            parlor.session.post(e.ButtonPressed())
        for sound in sounds:
            await microphone.play(sound)

    return scene


def rows(story: Story) -> set[str]:
    return {event.row for event in story.of(e.TurnStepped)}


@pytest.mark.parametrize(
    ("mode", "by_speech", "by_wake_word", "by_button"),
    [
        ("full", "speech-holds", "wake-cuts", "button-cuts"),
        ("wake_word", "", "wake-cuts", "button-cuts"),
        ("button", "", "", "button-cuts"),
        ("off", "", "", "half-duplex-button"),
    ],
)
def test_what_may_interrupt_a_reply(
    mode: str, by_speech: str, by_wake_word: str, by_button: str, clock_stt: Values
) -> None:
    cuts = {"speech-holds", "wake-cuts", "button-cuts", "half-duplex-button", "interrupt-cuts"}

    def cut(scene: Scene) -> set[str]:
        return rows(tell({"stt": clock_stt, "barge_in": {"mode": mode}}, scene)) & cuts

    assert cut(over_a_reply(silence(0.5), TALK)) == {by_speech} - {""}
    assert by_wake_word in cut(over_a_reply(silence(0.5), WAKE, silence(1.0))) | {""}
    if not by_wake_word:
        assert cut(over_a_reply(silence(0.5), WAKE, silence(1.0))) == set()
    assert cut(over_a_reply(button=True)) == {by_button}


def test_how_readily_speech_is_heard(clock_stt: Values) -> None:
    def held_at(sensitivity: float) -> float:
        config = {"stt": clock_stt, "barge_in": {"sensitivity": sensitivity}}
        return tell(config, over_a_reply(silence(0.5), TALK)).the(e.Interrupted).at

    assert held_at(0.8) < held_at(0.4)
