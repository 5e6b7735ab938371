"""A recording goes through the speaker: what of it is tried, and what is made of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from device import events as e
from device.care.leaving import Reach, leaving
from device.care.recorded import judged, rehearsal
from device.care.recordings import WORDS, recording
from device.cli.app import app
from device.config import Config, WakeConfig, WakeWordConfig
from device.pipeline.wake import open_wake
from tests.config.story import silence

WELL = (
    e.WakeWordDetected(word="hey_jarvis", score=0.9),
    e.FinalTranscript(text="x", language="en", engine="command", confidence=0.9),
    e.IntentRecognized(name="HassTurnOn"),
    e.PlaybackFinished(heard_seconds=1.5),
)


def codes(config: Config, *told: e.Event) -> dict[str, tuple[bool, str]]:
    return {one.check: (one.healthy, one.code) for one in judged(rehearsal(config), told)}


def run(folder: Path, config: str = "") -> tuple[int, list[dict[str, Any]]]:
    file = folder / "parlor.toml"
    file.write_text(config)
    result = CliRunner().invoke(app, ["selftest", "--recorded", "--json", "--config", str(file)])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_a_release_that_works_hears_understands_and_answers(tmp_path: Path, state: Path) -> None:
    code, findings = run(tmp_path)
    assert (code, [one["check"] for one in findings]) == (0, ["wake", "command", "reply"])
    assert all(one["healthy"] and not one["code"] for one in findings)
    assert not state.exists(), "who tries a release leaves nothing behind"
    assert os.environ["STATE_DIRECTORY"] == str(state)


def test_a_release_without_its_voice_fails_with_the_reason(tmp_path: Path) -> None:
    code, (finding,) = run(tmp_path, '[tts]\nengine = "piper"\nvoice = "/nowhere.onnx"')
    assert code == 1
    assert finding["code"] in {"model-missing", "engine-not-installed"}
    assert not finding["healthy"]


@pytest.mark.parametrize("word", WORDS)
def test_every_recording_wakes(word: str) -> None:
    engine = open_wake(WakeConfig(word=(WakeWordConfig(name=word),)))
    with_pauses = [silence(1.0), recording(word), silence(0.5)]
    stream = engine.open()
    heard = [
        found
        for sound in with_pauses
        for at in range(0, len(sound), 1_280)
        if (found := stream.feed(sound[at : at + 1_280]))
    ]
    stream.close()
    assert [one.word for one in heard] == [word]


def test_all_that_should_come_came() -> None:
    assert codes(Config(), *WELL) == {
        "wake": (True, ""), "command": (True, ""), "reply": (True, ""),
    }  # fmt: skip


def test_nothing_came() -> None:
    assert codes(Config()) == {
        "wake": (False, "wake-missed"), "command": (False, "not-understood"),
        "reply": (False, "engine-failed"),
    }  # fmt: skip


def test_something_else_was_understood() -> None:
    others = (WELL[0], WELL[1], e.IntentRecognized(name="HassTurnOff"), WELL[3])
    assert codes(Config(), *others)["command"] == (False, "not-understood")


def test_a_stage_that_failed_gives_its_own_reason() -> None:
    failed = e.StageFailed(stage="stt", code="took-too-long", message="too slow")
    assert codes(Config(), WELL[0], failed)["command"] == (False, "took-too-long")


def test_where_there_is_no_recording_it_says_so_and_fails_nobody() -> None:
    german = Config(device={"language": "de"})  # type: ignore[arg-type]
    assert codes(german, *WELL)["command"] == (True, "no-recording")
    custom = Config(wake={"word": [{"name": "computer", "path": "computer.tflite"}]})  # type: ignore[arg-type]
    assert codes(custom, *WELL[1:])["wake"] == (True, "no-recording")


def test_nothing_leaves_whatever_is_configured() -> None:
    everything: dict[str, Any] = {
        "device": {"languages": ["de"]},
        "audio": {"channels": 4, "channel": "beam", "loopback": 3},
        "wake": {"word": [{"name": "alexa", "agent": "realtime", "language": "de"}]},
        "stt": {"engines": ["groq", "command"], "languages": {"de": ["openai"]}},
        "tts": {"engine": "openai"},
        "dialog": {"engine": "gemini"},
        "llm": {"base_url": "http://nas:8080/v1", "model": "m"},
        "home": {"assistant": "http://home:8123"},
        "mqtt": {"host": "broker", "hermes": True},
        "hooks": {"command": {"detection": ["/bin/true"]}},
    }
    configured = Config(**everything)
    assert {way.reach for way in leaving(configured)} - {Reach.DEVICE}
    tried = rehearsal(configured)
    assert leaving(tried.config) == ()
    assert tried.word == "alexa"
    assert tried.config.stt.engines == ("command",)
