"""[stt]: every key changes what is understood, or how."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.toy_whisper import random_spec, vocabulary, write_whisper
from device import events as e
from device.audio.format import RATE, Samples
from device.config import Config, VadConfig
from device.daemon import open_recogniser
from device.types import Transcript
from tests.config.conftest import whisper
from tests.config.story import Values, says, tell, words

QUESTION = words("what time is it")


def understood(stt: Values, samples: Samples = QUESTION) -> Transcript:
    async def hear() -> Transcript:
        recogniser = await open_recogniser(Config(stt=stt))  # type: ignore[arg-type]
        try:
            return await recogniser.transcribe(samples, "en")
        finally:
            recogniser.close()

    return asyncio.run(hear())


def weights(stt: Values) -> Any:
    async def load() -> Any:
        recogniser = await open_recogniser(Config(stt=stt))  # type: ignore[arg-type]
        return recogniser.engines[0].model  # type: ignore[attr-defined]

    return asyncio.run(load())


def test_engines_are_asked_in_their_order(clock_stt: Values) -> None:
    talk = words("the quick brown fox jumps over the lazy dog")
    both = {**clock_stt, "engines": ["command", "whisper"]}
    assert understood(both, talk).engine == "whisper"
    assert understood({**both, "engines": ["whisper", "command"]}).engine == "whisper"


def test_a_command_under_the_threshold_is_rejected(clock_stt: Values) -> None:
    both = {**clock_stt, "engines": ["command", "whisper"]}
    talk = words("the quick brown fox jumps over the lazy dog")
    assert understood({**both, "command_threshold": 0.0}, talk).engine == "command"


def test_a_whisper_model_is_a_path_or_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stt = whisper(tmp_path / "mine", "hello <|endoftext|>")
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    assert understood(stt).text == "hello"
    assert understood({**stt, "whisper_model": "mine"}).text == "hello"


@pytest.mark.parametrize("kind", ["int8", "int8_float32", "float32"])
def test_whisper_computes_as_told(clock_stt: Values, kind: str) -> None:
    computes = weights({**clock_stt, "compute_type": kind}).compute_type
    assert computes == {"int8": "int8_float32"}.get(kind, kind)


def test_only_what_was_said_is_encoded(tmp_path: Path) -> None:
    stt = whisper(tmp_path, "short <|endoftext|>", full_script="long <|endoftext|>")
    assert understood({**stt, "short_context": True}).text == "short"
    assert understood({**stt, "short_context": False}).text == "long"


def test_a_wider_beam_finds_another_text(tmp_path: Path) -> None:
    tokens = vocabulary(multilingual=True)
    spec = random_spec(64, 1, 2, tokens, seed=2)
    spec.decoder.projection.weight *= 3  # so that single words stand out
    spec.decoder.projection.bias = np.zeros(len(tokens), np.float32)
    spec.decoder.projection.bias[tokens.index("<|endoftext|>")] = 8
    write_whisper(tmp_path, spec, tokens, quantization="float32")
    stt = {"engines": ["whisper"], "whisper_model": str(tmp_path), "threads": 1}
    narrow, wide = (weighed(stt, beam) for beam in (1, 3))
    assert narrow != wide


def weighed(stt: Values, beam: int) -> tuple[str, float]:
    heard = understood({**stt, "beam": beam})
    return heard.text, heard.confidence


@pytest.mark.parametrize(
    ("engine", "partials", "told"),
    [
        ("whisper", "auto", False),
        ("whisper", "on", True),
        ("whisper", "off", False),
        ("command", "auto", (os.cpu_count() or 1) >= 4),
        ("command", "on", True),
        ("command", "off", False),
    ],
)
def test_what_was_understood_so_far_is_told_as_wanted(
    clock_stt: Values, engine: str, partials: str, told: bool
) -> None:
    stt = {**clock_stt, "engines": [engine], "partials": partials}
    assert bool(so_far(stt)) is told


@pytest.mark.parametrize("early", [True, False])
def test_a_command_that_is_understood_at_the_pause_ends_the_turn_sooner(
    clock_stt: Values, early: bool
) -> None:
    story = tell({"stt": {**clock_stt, "early": early}}, says(QUESTION))
    ended = story.the(e.TurnEnded)
    waited = (ended.decided_sample - ended.speech_stop_sample) / RATE
    assert (waited < VadConfig().silence_ms / 1000) is early
    assert story.the(e.FinalTranscript).text == "what time is it"


def so_far(stt: Values) -> str:
    async def hear() -> str:
        recogniser = await open_recogniser(Config(stt=stt))  # type: ignore[arg-type]
        try:
            return (await recogniser.open("en").follow(QUESTION)).text
        finally:
            recogniser.close()

    return asyncio.run(hear())


_COUNT = """
import asyncio, os, sys
import numpy as np
from device.config import Config
from device.daemon import open_recogniser

async def count():
    stt = {"engines": ["whisper"], "whisper_model": sys.argv[1], "threads": int(sys.argv[2])}
    recogniser = await open_recogniser(Config(stt=stt))
    await recogniser.transcribe(np.zeros(16_000, np.int16), "en")
    print(len(os.listdir("/proc/self/task")))

asyncio.run(count())
"""


def test_more_threads_are_more_threads(clock_stt: Values) -> None:
    few, many = (threads_with(clock_stt["whisper_model"], threads) for threads in (1, 4))
    assert many > few


def threads_with(model: str, threads: int) -> int:
    command = [sys.executable, "-c", _COUNT, model, str(threads)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
