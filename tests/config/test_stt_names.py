"""[stt] correct and keywords: names that an open vocabulary has misheard."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from device import clock
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.observer import Observer
from tests.config.story import Scene, Values, says, tell, words

LAMP = {"entity": [{"name": "chandelier", "domain": "light", "preset": "zigbee2mqtt"}]}
LAMP_PROMPT = 1 + len(" chandelier") + 4
"""Tokens that the toy Whisper is told before: that names follow, letter by letter, and the task."""
HEARD, MEANT = "who is shiv on", "who is Siobhan"
SOUND = words("turn on the chandelier")


def understood(stt: Values, scene: Scene | None = None, **config: object) -> str:
    """The transcript of what was said."""
    story = tell({"stt": stt, **config}, scene or says(SOUND))
    return story.the(e.FinalTranscript).text


def test_a_misheard_name_is_read_as_the_name_unless_that_is_switched_off(tmp_path: Path) -> None:
    heard = "turn on the shandelier"
    stt = whisper(tmp_path, f"{heard} <|endoftext|>", prompt_tokens=LAMP_PROMPT)
    assert understood(stt, home=LAMP) == "turn on the chandelier"
    assert understood({**stt, "correct": False}, home=LAMP) == heard


def test_keywords_are_expected_as_their_boost_says(tmp_path: Path) -> None:
    stt = whisper(tmp_path, f"{HEARD} <|endoftext|>")
    assert understood(stt) == HEARD
    assert understood({**stt, "keywords": {"Siobhan": 2.0}}) == MEANT
    assert understood({**stt, "keywords": {"Siobhan": 0.0}}) == HEARD


def test_keywords_can_be_given_while_the_speaker_runs(tmp_path: Path) -> None:
    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        parlor.session.post(e.KeywordsGiven(boosts={"Siobhan": 2.0}))
        await says(SOUND)(parlor, microphone)

    assert understood(whisper(tmp_path, f"{HEARD} <|endoftext|>"), scene) == MEANT


@pytest.mark.broker
def test_keywords_come_over_mqtt(broker: Broker, tmp_path: Path) -> None:
    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await parlor.online(5.0)
        events = parlor.bus.subscribe()
        with clock.hold(10), Observer(broker) as observer:
            observer.publish("parlor/parlor/keywords/set", '["Siobhan"]')
            async for event in events:
                if isinstance(event, e.KeywordsGiven):
                    break
        await asyncio.sleep(0.5)
        await says(SOUND)(parlor, microphone)

    stt = whisper(tmp_path / "whisper", f"{HEARD} <|endoftext|>")
    assert understood(stt, scene, mqtt=broker.config.model_dump()) == MEANT
