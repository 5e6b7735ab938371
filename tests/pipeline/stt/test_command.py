"""The command recogniser hears what can be said, and tells when it was something else."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.dialog.grammar import build_grammar
from device.dialog.templates import Templates
from device.errors import ModelInvalid, ModelMissing
from device.executor import InlineExecutor
from device.grammar import Grammar
from device.pipeline.stt.command import CommandRecogniser, acoustic_model, open_command
from device.types import Domain, Entity

HOME = (
    Entity("light.reading", "reading lamp", Domain.LIGHT, "Study"),
    Entity("lock.side", "side door", Domain.LOCK, "Study"),
    Entity("switch.heater", "heater", Domain.SWITCH, "Attic"),
    Entity("light.zlibrak", "zlibrak lamp", Domain.LIGHT, "Attic"),
)

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed; run: make setup"
)


@cache
def grammar() -> Grammar:
    templates = Templates("en", HOME, "Study")
    return build_grammar(templates.intents, templates.slot_lists, "en")


@cache
def recogniser() -> CommandRecogniser:
    return CommandRecogniser(InlineExecutor(), grammar(), acoustic_model("en"))


@pytest.fixture
def say(tmp_path: Path) -> "Say":
    return Say(tmp_path / "said.wav")


class Say:
    """Speaks with espeak-ng, with some silence and a little noise around it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, text: str, voice: str = "en-us") -> Samples:
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(self._file), text], check=True)
        quiet = np.zeros(RATE // 3, np.int16)
        sound = np.concatenate([quiet, read_sound(self._file), quiet]).astype(np.float64)
        noise = np.random.default_rng(1).normal(0, 30, len(sound))
        return np.asarray(np.clip(sound * 0.7 + noise, -32_768, 32_767).astype(np.int16))


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("turn on the reading lamp", "en-us"),
        ("lock the side door", "en-us+f3"),
        ("what time is it", "en-us"),
    ],
)
def test_a_command_is_heard(say: Say, text: str, voice: str) -> None:
    assert recogniser().hear(say(text, voice)).text == text


def test_a_name_that_is_in_no_dictionary_is_heard(say: Say) -> None:
    assert recogniser().hear(say("turn off the zlibrak lamp")).text == "turn off the zlibrak lamp"


def test_a_command_is_surer_than_other_speech(say: Say) -> None:
    command = recogniser().hear(say("turn on the reading lamp"))
    other = recogniser().hear(say("yesterday we walked along the river for two hours"))
    assert command.confidence > other.confidence


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 1.0, 30.0])
def test_silence_is_no_command(seconds: float) -> None:
    heard = recogniser().hear(np.zeros(int(seconds * RATE), np.int16))
    assert (heard.text, heard.confidence) == ("", 0.0)


def test_noise_is_no_command() -> None:
    noise = np.random.default_rng(1).normal(0, 3_000, 2 * RATE).astype(np.int16)

    async def ask() -> None:
        heard = await recogniser().transcribe(noise)
        assert heard.text == ""
        assert heard.confidence < 0.5

    run_virtual(ask())


def test_what_is_rejected_keeps_its_confidence(say: Say) -> None:
    strict = CommandRecogniser(InlineExecutor(), grammar(), acoustic_model("en"), threshold=1.0)
    sound = say("turn on the reading lamp")

    async def ask() -> None:
        heard = await strict.transcribe(sound)
        assert heard.text == ""
        assert heard.confidence == strict.hear(sound).confidence > 0
        assert heard.engine == "command"

    run_virtual(ask())


def test_a_language_without_acoustic_model_is_refused() -> None:
    with pytest.raises(ModelMissing, match="English only"):
        open_command(InlineExecutor(), grammar, "de", 0.5)


def test_a_grammar_without_sentences_is_refused() -> None:
    with pytest.raises(ModelInvalid, match="no sentence"):
        CommandRecogniser(InlineExecutor(), Grammar("en", (), {}), acoustic_model("en"))


def test_damaged_pronunciations_are_made_anew(tmp_path: Path, say: Say) -> None:
    for damage in ("", '{"lamp": 3}', "[]"):
        for file in tmp_path.glob("words-*.json"):
            file.write_text(damage, encoding="utf-8")
        engine = CommandRecogniser(
            InlineExecutor(), grammar(), acoustic_model("en"), cache=tmp_path
        )
    assert engine.hear(say("lock the side door")).text == "lock the side door"
