"""Engines that load in a moment."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.scripted_whisper import make_whisper
from tests.config.story import Values


@pytest.fixture(scope="session")
def clock_stt(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """[stt] with an engine that understands one question, whatever is said."""
    return whisper(tmp_path_factory.mktemp("whisper"), "what time is it <|endoftext|>")


def whisper(folder: Path, script: str, **options: Any) -> Values:
    """[stt] with a Whisper that writes down `script`."""
    make_whisper(folder, script, **options)
    return {"engines": ["whisper"], "whisper_model": str(folder), "threads": 1}
