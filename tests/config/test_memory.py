"""What keeps its place between starts: settings, wake clips; how long a snooze is."""

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.observer import Observer, commanded
from tests.config.story import Values, hears, silence, tell, types, words


@pytest.mark.broker
def test_what_was_set_over_mqtt_is_there_after_a_restart(broker: Broker, clock_stt: Values) -> None:
    config = {"stt": clock_stt, "mqtt": broker.config.model_dump()}
    with Observer(broker) as observer:
        tell(
            config,
            commanded(
                observer, ("mute", "ON"), ("wake_sensitivity", "0.8"), ("barge_in", "wake_word")
            ),
        )
    with Observer(broker) as observer:
        muted = tell(config, types("what time is it")).of(e.MuteChanged)
        assert [event.muted for event in muted] == [True]
        assert observer.wait_for("parlor/parlor/mute") == "ON"
        assert float(observer.wait_for("parlor/parlor/wake_sensitivity")) == 0.8
        assert observer.wait_for("parlor/parlor/barge_in") == "wake_word"


def test_sounds_that_woke_it_are_kept_only_when_that_is_wished(
    state: Path, clock_stt: Values
) -> None:
    scene = hears(words("hey jarvis"), silence(3))
    tell({"stt": clock_stt}, scene)
    assert not list(state.rglob("*.wav"))
    tell({"stt": clock_stt, "wake": {"keep_clips": 2}}, scene)
    (clip,) = state.rglob("*.wav")
    assert clip.stat().st_mode & 0o077 == 0


def test_a_snooze_lasts_as_long_as_configured(clock_stt: Values) -> None:
    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        loop = asyncio.get_running_loop()
        parlor.session.post(e.TimerRequested(action="start", fields={"seconds": 1.0}))
        for event in (e.SnoozeRequested(by="mqtt"), e.StopRequested()):
            while parlor.session.turn.ringing is None:
                await asyncio.sleep(0.1)
            rang.append(loop.time())
            parlor.session.post(event)
            await asyncio.sleep(1)

    rang: list[float] = []
    tell({"stt": clock_stt, "dialog": {"snooze_minutes": 2}}, scene)
    assert 115 < rang[1] - rang[0] < 125


def test_while_it_speaks_it_may_hear_otherwise(clock_stt: Values) -> None:
    """A sensitivity of nothing: the wake word cannot interrupt."""

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await parlor.online(0.1)
        parlor.session.post(e.UtteranceGiven(text="help"))
        while parlor.session.turn.playing is None:
            await asyncio.sleep(0.1)
        await microphone.play(words("hey jarvis"))
        await asyncio.sleep(1)

    def woken(**barge_in: float) -> int:
        story = tell({"stt": clock_stt, "barge_in": barge_in}, scene)
        return len(story.of(e.WakeWordDetected))

    assert woken() == 1
    assert woken(sensitivity=0.0) == 0


@pytest.mark.broker
def test_home_assistant_and_hermes_hear_of_it_as_configured(
    broker: Broker, clock_stt: Values
) -> None:
    def published(**mqtt: object) -> dict[str, str]:
        with Observer(broker) as observer:
            config = {"stt": clock_stt, "mqtt": {**broker.config.model_dump(), **mqtt}}
            tell(config, types("what time is it"))
            observer.publish("done", "")
            observer.wait_for("done")
            return dict(observer.seen)

    hermes = "hermes/intent/HassGetCurrentTime"
    usual = published()
    assert hermes not in usual
    announced = json.loads(usual["homeassistant/device/parlor/parlor/config"])
    assert announced["device"]["name"] == "Parlor"
    assert hermes in published(hermes=True)
    assert "ha/device/parlor/parlor/config" in published(discovery_prefix="ha")
    assert published(discovery=False)["homeassistant/device/parlor/parlor/config"] == ""
