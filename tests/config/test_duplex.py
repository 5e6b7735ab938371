"""[duplex] and `[dialog] engine = "duplex"`: a model that hears and speaks at once."""

import asyncio
import logging
from importlib.util import find_spec
from pathlib import Path

import pytest

from device import events as e
from device.errors import EngineMissing, ModelMissing
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.story import Scene, Story, Values, says, silence, tell, words
from tests.fakes.moshi_server import FakeMoshi

pytest.importorskip("av")

QUESTION = words("how are you doing today")


def beside(server: FakeMoshi, scene: Scene) -> Scene:
    """The server lives in the same virtual time."""

    async def both(parlor: Parlor, microphone: WavMicrophone) -> None:
        async with server:
            await scene(parlor, microphone)
            await parlor.settled(0.5)

    return both


def talks(server: FakeMoshi, **dialog: object) -> Values:
    """A speaker whose conversation is on that server."""
    return {"dialog": {"engine": "duplex", **dialog}, "duplex": {"base_url": server.url}}


def answers(story: Story) -> list[str]:
    return [event.text for event in story.of(e.ReplyText) if event.is_final]


def test_the_model_on_the_server_answers_when_it_is_told_to(clock_stt: Values) -> None:
    server = FakeMoshi(["very well and you"])
    config = {**talks(server), "stt": clock_stt}
    story = tell(config, beside(server, says(QUESTION, silence(8.0))))
    assert answers(story) == ["very well and you"]
    assert server.refused == []
    assert [event.active for event in story.of(e.CloudChanged)] == [True, False]
    assert [event.text for event in story.of(e.FinalTranscript)] == ["what time is it"]


def test_unless_it_is_told_to_nothing_leaves(clock_stt: Values) -> None:
    server = FakeMoshi(["never said"])
    config = {**talks(server, engine="local"), "stt": clock_stt}
    story = tell(config, beside(server, says(QUESTION, silence(4.0))))
    assert len(answers(story)) == 1
    assert (server.heard, story.of(e.CloudChanged)) == ([], [])


@pytest.mark.slow
def test_a_conversation_ends_after_session_seconds(clock_stt: Values) -> None:
    def heard(session_seconds: int) -> float:
        """Seconds that the server was let hear at most at a time."""
        server = FakeMoshi(["one", "two", "three", "four", "five", "six"])
        config = {**talks(server), "stt": clock_stt}
        config["duplex"] = {**config["duplex"], "session_seconds": session_seconds}
        sounds = [sound for _ in range(4) for sound in (QUESTION, silence(3.0))]
        tell(config, beside(server, says(*sounds)))
        return max(len(sound) / 24_000 for sound in server.heard)

    assert heard(60) > 15
    assert heard(10) < 15


def test_the_variant_that_runs_here_must_be_there(tmp_path: Path, clock_stt: Values) -> None:
    config = {"dialog": {"engine": "duplex"}, "stt": clock_stt}
    with pytest.raises(ModelMissing, match=r"no speech model .*moshika"):
        tell({**config, "duplex": {"variant": str(tmp_path / "moshika")}}, says())


def test_what_runs_here_needs_the_package(tmp_path: Path, clock_stt: Values) -> None:
    if find_spec("moshi") is not None:
        pytest.skip("it is installed")
    config = {"dialog": {"engine": "duplex"}, "stt": clock_stt}
    with pytest.raises(EngineMissing, match=r"parlor-speaker\[duplex\]"):
        tell({**config, "duplex": {"variant": str(tmp_path)}}, says())


@pytest.mark.slow
def test_it_computes_on_the_device_that_is_named(
    tmp_path: Path, clock_stt: Values, caplog: pytest.LogCaptureFixture
) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("moshi")
    from benchmarks.toy_moshi import make_moshi

    folder = make_moshi(tmp_path)
    torch.manual_seed(7)

    async def waits(parlor: Parlor, microphone: WavMicrophone) -> None:
        await asyncio.sleep(1.0)
        await says(QUESTION, silence(1.0))(parlor, microphone)
        parlor.session.post(e.StopRequested())

    def played(device: str) -> Story:
        duplex = {"variant": str(folder), "device": device}
        return tell({"dialog": {"engine": "duplex"}, "duplex": duplex, "stt": clock_stt}, waits)

    # Random weights say random words, and never stop.
    assert any(event.text for event in played("cpu").of(e.ReplyText) if not event.is_final)
    if torch.cuda.is_available():
        return
    with caplog.at_level(logging.WARNING):
        assert answers(played("cuda"))
    assert "torch finds no GPU" in caplog.text
