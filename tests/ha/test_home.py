"""A lamp that Home Assistant and the speaker both know from its own announcement."""

import numpy as np

from benchmarks.broker import Broker
from benchmarks.espeak import speak
from benchmarks.zigbee2mqtt import Zigbee2mqtt
from device import events as e
from device.audio.format import RATE
from tests.ha.api import Api
from tests.ha.speaker import a_speaker

PAUSE = np.zeros(int(0.7 * RATE), dtype=np.int16)


async def test_a_spoken_command_is_seen_in_home_assistant(api: Api, house_broker: Broker) -> None:
    lamp = "light.reading_lamp"
    with Zigbee2mqtt("127.0.0.1", house_broker.port, "reading lamp") as lamps:
        async with a_speaker(house_broker.port) as speaker:
            await speaker.until(e.HomeChanged)
            await api.until("sensor.kitchen_state", "idle")
            lamps.switch("reading lamp", "ON")
            await api.until(lamp, "on")
            said = (speak("hey jarvis").samples, PAUSE, speak("turn off the reading lamp").samples)
            await speaker.microphone.play(np.concatenate((*said, PAUSE)))
            await api.until(lamp, "off")
            told = await api.until(
                "event.kitchen_event",
                lambda state: state["attributes"].get("event_type") == "intent",
            )
            await speaker.until(e.PlaybackFinished)
        lamps.leave("reading lamp")
    assert lamps.commands == [("reading lamp", {"state": "OFF"})]
    assert told["attributes"]["name"] == "HassTurnOff"
    assert told["attributes"]["slots"]["name"] == "reading lamp"
