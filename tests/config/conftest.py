"""Engines that load in a moment."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.llm_server import KEY
from benchmarks.scripted_whisper import make_whisper
from tests.config.story import Values


@pytest.fixture(scope="session")
def clock_stt(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """[stt] with an engine that understands one question, whatever is said."""
    return whisper(tmp_path_factory.mktemp("whisper"), "what time is it <|endoftext|>")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with the key that the fake language model accepts."""
    return secret(tmp_path / "key", KEY)


def secret(file: Path, text: str) -> Path:
    """A file that only its owner can read."""
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def whisper(folder: Path, script: str, **options: Any) -> Values:
    """[stt] with a Whisper that writes down `script`."""
    make_whisper(folder, script, **options)
    return {"engines": ["whisper"], "whisper_model": str(folder), "threads": 1}
