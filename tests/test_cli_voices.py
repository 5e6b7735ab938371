"""`parlor voices` and `parlor say` as people and programs use them."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.local_server import serving
from device.audio.files import read_sound
from device.audio.format import RATE
from device.audio.level import dbfs
from tests.config.conftest import secret
from tests.fakes.openai_speech import FakeOpenAiSpeech
from tests.fakes.speech_server import KEY
from tests.test_cli import fails, offline, parlor


def test_a_text_is_spoken_into_files_of_several_kinds(tmp_path: Path) -> None:
    for suffix in ("wav", "flac", "mp3", "opus"):
        file = tmp_path / f"said.{suffix}"
        assert parlor("say", "Good morning.", "--output", file).returncode == 0
        assert len(read_sound(file)) > RATE // 2
    with wave.open(str(tmp_path / "said.wav")) as said:
        assert said.getnchannels() == 1


def test_what_is_said_into_a_file_is_as_loud_as_every_reply(tmp_path: Path) -> None:
    file = tmp_path / "said.wav"
    assert parlor("say", "Good morning.", "--output", file).returncode == 0
    said = read_sound(file)
    assert dbfs(said) == pytest.approx(-20, abs=0.5)
    assert np.abs(said[: RATE // 4].astype(int)).max() > 300


@pytest.mark.parametrize("place", ["nowhere/said.wav", "said.txt", "."])
def test_a_place_that_takes_no_sound_is_told_at_once(tmp_path: Path, place: str) -> None:
    fails(parlor("listen", "x.wav", "--output", tmp_path / place), "audio-file-unreadable")


def test_voices_are_listed() -> None:
    voices = [
        json.loads(line)
        for line in parlor("voices", "--language", "de", "--json").stdout.splitlines()
    ]
    assert voices
    assert all(voice["language"].startswith("de") for voice in voices)
    assert {voice["engine"] for voice in voices} <= {"espeak", "piper"}


def test_a_language_without_a_voice_is_told_with_what_to_do() -> None:
    told = " ".join(parlor("voices", "--language", "tlh").stdout.split())
    assert told.startswith("no voice for tlh is installed; install espeak-ng")


def test_voices_of_a_service_are_listed_without_asking_it() -> None:
    def listed(engine: str, language: str) -> list[tuple[str, list[str]]]:
        out = parlor("voices", "--engine", engine, "--language", language, "--json").stdout
        voices = map(json.loads, out.splitlines())
        return [(voice["name"], voice["without"]) for voice in voices]

    assert listed("edge", "ja") == listed("azure", "ja")
    assert listed("edge", "ja") == [("ja-JP-KeitaNeural", []), ("ja-JP-NanamiNeural", [])]
    assert ("nova", ["volume", "pitch"]) in listed("openai", "ja")


def test_a_service_says_a_text_into_a_file(tmp_path: Path) -> None:
    pytest.importorskip("httpx2")
    file = tmp_path / "said.wav"
    with serving(FakeOpenAiSpeech()) as fake:
        key = secret(tmp_path / "key", KEY)
        account = f'[cloud.openai]\nbase_url = "{fake.url}"\nkey_file = "{key}"\n'
        settings = offline(tmp_path, f'[tts]\nengine = "openai"\n{account}')
        said = parlor("say", "Good morning to all of you.", "--output", file, "--config", settings)
    assert said.returncode == 0, said.stderr
    assert [one["input"] for one in fake.asked] == ["Good morning to all of you."]
    with wave.open(str(file)) as sound:
        assert sound.getframerate() == 24_000
