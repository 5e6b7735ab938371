"""The command recogniser hears what can be said, and tells when it was something else."""

import asyncio
import shutil
import subprocess
import threading
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.dialog.grammar import build_grammar
from device.dialog.templates import Templates
from device.errors import EngineError, ModelInvalid, ModelMissing
from device.executor import InlineExecutor, WorkerExecutor
from device.grammar import Arc, Grammar
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser, open_command
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


def test_what_was_kept_is_made_anew_when_it_is_damaged(tmp_path: Path, say: Say) -> None:
    for damage in ("", '{"graph": 3}', '{"graph": "", "dictionary": "", "courtesies": []}', "[]"):
        for file in tmp_path.glob("*-*.json"):
            file.write_text(damage, encoding="utf-8")
        engine = CommandRecogniser(
            InlineExecutor(), grammar(), acoustic_model("en"), cache=tmp_path
        )
    assert engine.hear(say("lock the side door")).text == "lock the side door"


def test_expected_phrases_are_heard_and_commands_are_not(say: Say) -> None:
    phrases = ("Stop!", "snooze", "be quiet", "zlibrak")
    heard = [recogniser().hear(say(text), phrases) for text in ("stop", "be quiet", "zlibrak")]
    assert [one.text for one in heard] == ["Stop!", "be quiet", "zlibrak"]
    command = say("turn on the reading lamp")
    assert recogniser().hear(command, phrases).confidence < 0.5
    assert recogniser().hear(command).text == "turn on the reading lamp"


def test_phrases_that_cannot_be_said_are_not_heard(say: Say) -> None:
    assert recogniser().hear(say("ten"), ("10", "?")).text == ""


def lamps() -> Grammar:
    words = ("turn", "on", "the", "green", "lamp")
    return Grammar("en", tuple(Arc(i, i + 1, word) for i, word in enumerate(words)), {5: 1.0})


def broken() -> Grammar:
    raise OSError("the disk is on fire")


async def test_a_changed_home_is_learned_while_the_loop_goes_on(tmp_path: Path, say: Say) -> None:
    engine = CommandRecogniser(
        WorkerExecutor("stt"), grammar(), acoustic_model("en"), cache=tmp_path
    )
    old, new = say("turn on the reading lamp"), say("turn on the green lamp")
    assert (await engine.transcribe(old)).text == "turn on the reading lamp"
    learning = asyncio.create_task(engine.adopt(lamps))
    during = await engine.transcribe(old)
    assert during.text == "turn on the reading lamp"
    await learning
    assert (await engine.transcribe(new)).text == "turn on the green lamp"
    with pytest.raises(EngineError, match="the disk is on fire"):
        await engine.adopt(broken)
    assert (await engine.transcribe(new)).text == "turn on the green lamp"
    engine.close()


async def test_a_sentence_that_goes_on_keeps_nobody_elses_waiting(say: Say) -> None:
    executor, gate = WorkerExecutor("stt"), threading.Event()
    engine = CommandRecogniser(executor, grammar(), acoustic_model("en"))
    said = say("turn on the reading lamp")
    mine = engine.open()
    assert "turn on" in await mine.follow(said)
    whole = asyncio.create_task(executor.run(gate.wait))
    await asyncio.sleep(0)
    going_on = np.concatenate((said, said))
    assert "turn on" in await asyncio.wait_for(mine.follow(going_on), 10)
    gate.set()
    await whole
    assert (await mine.finish(said)).text == "turn on the reading lamp"
    engine.close()


def test_in_virtual_time_a_changed_home_is_learned_at_once(say: Say) -> None:
    engine = CommandRecogniser(InlineExecutor(), grammar(), acoustic_model("en"))
    run_virtual(engine.adopt(lamps))
    assert engine.hear(say("turn on the green lamp")).text == "turn on the green lamp"
