"""What a guest wishes holds in his conversation."""

import asyncio

import numpy as np
import pytest

from benchmarks.broker import Broker
from benchmarks.espeak import speak
from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.brief import Brief
from device.events import BargeIn
from device.guests import Guest
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from tests.test_guests import config_with, letting_in

pytestmark = pytest.mark.broker

ENOUGH_SECONDS = 0.5


class Line:
    """A microphone and a loudspeaker, and what was sent to it."""

    def __init__(self) -> None:
        self.sent: list[AudioChunk] = []
        self.microphone = NetworkMicrophone(24_000)
        self.speaker = NetworkSpeaker(24_000, self.sent.append, lambda: None)

    async def answer(self, guest: Guest) -> Samples:
        """How an answer begins to sound, whose words are always the same."""
        self.sent.clear()
        guest.post(e.UtteranceGiven(text="colourless green ideas"))
        async with asyncio.timeout(20):
            while sum(chunk.seconds for chunk in self.sent) < ENOUGH_SECONDS:
                await asyncio.sleep(0.01)
        guest.post(e.StopRequested(by="api"))
        return np.concatenate([chunk.pcm() for chunk in self.sent])[:8_000]


async def test_wishes_change_the_voice_and_who_may_interrupt(broker: Broker) -> None:
    line = Line()
    async with (
        letting_in(config_with(broker)) as guests,
        guests.welcome(line.microphone, line.speaker) as guest,
    ):
        usual = await line.answer(guest)
        guest.brief(Brief(voice="nobody's", interruptible=False))
        assert np.array_equal(await line.answer(guest), usual)
        modes = [guest.session.turn.mode]
        guest.brief(Brief(voice="en-gb-scotland"))
        assert not np.array_equal(await line.answer(guest), usual)
        modes.append(guest.session.turn.mode)
    assert modes == [BargeIn.BUTTON, BargeIn.FULL]


async def test_a_recording_is_only_written_down_where_no_answer_is_wanted(broker: Broker) -> None:
    line = Line()
    recording = speak("turn on the kitchen light").samples
    async with (
        letting_in(config_with(broker)) as guests,
        guests.welcome(line.microphone, line.speaker) as guest,
    ):
        told = guest.subscribe()
        guest.post(e.UtteranceGiven(text="", samples=recording, answered=False))
        happened: list[e.Event] = []
        async with asyncio.timeout(20):
            async for event in told:
                happened.append(event)
                if isinstance(event, e.NothingToSay):
                    break
    words = [event.text for event in happened if isinstance(event, e.FinalTranscript)]
    assert words == ["turn on the kitchen light"]
    assert not [event for event in happened if isinstance(event, e.ActionRequested | e.ReplyText)]
    assert line.sent == []


def test_a_recording_is_not_told_to_others() -> None:
    given = e.UtteranceGiven(text="hello", samples=np.zeros(16_000, np.int16), turn_id=3)
    assert given.as_dict() == {
        "event": "utterance_given", "turn_id": 3, "at": 0.0, "text": "hello", "language": "",
        "spoken": True, "answered": True,
    }  # fmt: skip
