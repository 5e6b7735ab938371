"""[[wake.word]] agent: several conversations, each with a wake word of its own."""

import asyncio
from pathlib import Path

import pytest

from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.conftest import secret
from tests.config.story import Story, Values, hears, silence, tell, words
from tests.fakes.realtime_server import KEY, MODEL, FakeRealtime

SKY = "Air scatters blue light most."


async def calls_both(parlor: Parlor, microphone: WavMicrophone) -> None:
    """Two words, one after the other, each with a question."""
    for agent in ("realtime", ""):
        parlor.session.post(e.WakeWordDetected(
            word=agent or "computer", score=1.0, agent=agent,
            end_sample=round(parlor.session.seconds * 16_000),
        ))  # fmt: skip
        await asyncio.sleep(0.3)
        await microphone.play(words("what time is it"))
        await microphone.play(silence(3.0))
        await parlor.settled(0.5)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return secret(tmp_path / "realtime", KEY)


def live(stt: Values, key: Path, server: FakeRealtime, usual: str) -> Story:
    config = {
        "stt": stt, "dialog": {"engine": usual}, "realtime": {"model": MODEL},
        "wake": {"word": [
            {"name": "hey_jarvis", "agent": "realtime"}, {"name": "alexa"},
        ]},
        "cloud": {"openai": {"base_url": server.url, "key_file": key}},
        "audio": {"earcons": False},
    }  # fmt: skip
    return tell(config, calls_both, beside=server)


@pytest.mark.parametrize(("usual", "elsewhere"), [("local", 1), ("realtime", 2)])
def test_each_word_calls_its_own_and_one_without_the_usual_one(
    clock_stt: Values, key: Path, usual: str, elsewhere: int
) -> None:
    server = FakeRealtime(lambda _item: SKY, ["what time is it"] * 2)
    story = live(clock_stt, key, server, usual)
    said = [one.text for one in story.of(e.ReplyText) if one.is_final]
    assert len(server.asked) == elsewhere
    assert said.count(SKY) == elsewhere
    assert len(said) == 2


@pytest.mark.parametrize(("agent", "elsewhere"), [("realtime", 1), ("", 0)])
def test_the_agent_of_a_wake_word_answers_to_it(
    clock_stt: Values, key: Path, agent: str, elsewhere: int
) -> None:
    server = FakeRealtime(lambda _item: SKY, ["why is the sky blue"])
    config = {
        "stt": clock_stt, "realtime": {"model": MODEL},
        "wake": {"word": [{"name": "hey_jarvis", "agent": agent}]},
        "cloud": {"openai": {"base_url": server.url, "key_file": key}},
        "audio": {"earcons": False},
    }  # fmt: skip
    scene = hears(words("hey jarvis"), silence(0.3), words("why is the sky blue"), silence(2.0))
    story = tell(config, scene, beside=server)
    assert story.the(e.WakeWordDetected).agent == agent
    assert len(server.asked) == elsewhere


def test_who_calls_somebody_here_is_heard_by_nobody_elsewhere_from_then_on(
    clock_stt: Values, key: Path
) -> None:
    async def changes_his_mind(parlor: Parlor, microphone: WavMicrophone) -> None:
        for agent, text in (("realtime", "why"), ("local", "what time is it")):
            parlor.session.post(e.WakeWordDetected(
                word="any", score=1.0, agent=agent,
                end_sample=round(parlor.session.seconds * 16_000),
            ))  # fmt: skip
            await asyncio.sleep(0.3)
            await microphone.play(words(text)[:8_000])
            heard.append(len(server.received))
        await microphone.play(silence(3.0))
        await parlor.settled(0.5)

    server, heard = FakeRealtime(lambda _item: SKY), list[int]()
    config = {
        "stt": clock_stt, "dialog": {"engine": "local"}, "realtime": {"model": MODEL},
        "wake": {"word": [
            {"name": "hey_jarvis", "agent": "realtime"}, {"name": "alexa", "agent": "local"},
        ]},
        "cloud": {"openai": {"base_url": server.url, "key_file": key}},
        "audio": {"earcons": False},
    }  # fmt: skip
    story = tell(config, changes_his_mind, beside=server)
    assert heard[0] > 5
    assert heard[1] - heard[0] <= 10  # what was on its way
    assert story.the(e.IntentRecognized).name == "HassGetCurrentTime"
    assert server.open == 0
