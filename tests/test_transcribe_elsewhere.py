"""`parlor transcribe` with an engine that sends the recording to somebody."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.espeak import speak
from benchmarks.local_server import serving
from device.audio.files import write_sound
from device.audio.format import RATE
from tests.fakes.openai_transcription import OpenAiTranscription
from tests.fakes.posted_speech import KEY, Fault
from tests.pipeline.stt.cloud.accounts import secret
from tests.test_cli import config, events, fails, parlor

pytest.importorskip("httpx2")

QUIET = np.zeros(RATE, dtype=np.int16)


def test_a_recording_is_written_down_elsewhere_and_paid_for(tmp_path: Path, state: Path) -> None:
    sound, key_file = tmp_path / "asked.wav", secret(tmp_path / "key", KEY)
    write_sound(sound, np.concatenate((QUIET, speak("what time is it").samples, QUIET)))
    with serving(OpenAiTranscription("what time is it")) as fake:
        account = f'[cloud.groq]\nbase_url = "{fake.url}"\nkey_file = "{key_file}"\n'
        file = config(tmp_path, f'{account}[stt.languages]\nen = ["command"]\n')
        asked = ("transcribe", sound, "--engine", "groq", "--config", file)
        _, segment = events(parlor(*asked, "--json"))
        fake.fault = Fault.PORTAL
        message = fails(parlor(*asked), "engine-failed")
    assert (segment["text"], segment["engine"]) == ("what time is it", "groq")
    assert "login" in message
    (used,) = json.loads((state / "usage.json").read_text()).values()
    assert used["groq"]["requests"] == 1
