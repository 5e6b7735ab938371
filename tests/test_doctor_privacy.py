"""`parlor doctor --privacy` as people and programs use it."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from device.ledger import Ledger
from device.outside import Unit
from tests.test_cli import config, offline, parlor

CLOUD = '[llm]\nbase_url = "https://api.example.com/v1"\nmodel = "m"\n'


def told(file: Path) -> dict[str, Any]:
    answer = parlor("doctor", "--privacy", "--json", "--config", file)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_a_speaker_that_sends_nothing_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))
    shown = parlor("doctor", "--privacy", "--config", offline(tmp_path)).stdout
    assert "nothing leaves this device" in shown
    assert told(offline(tmp_path)) == {"leaves": [], "used": {}, "kept": []}


def test_a_speaker_that_asks_a_model_says_whose_and_what_it_gets(tmp_path: Path) -> None:
    file = offline(tmp_path, CLOUD)
    (way,) = told(file)["leaves"]
    assert (way["host"], way["reach"], way["section"]) == ("api.example.com", "internet", "[llm]")
    assert {"text", "names"} <= set(way["what"])
    shown = parlor("doctor", "--privacy", "--config", file).stdout
    assert "nothing leaves" not in shown
    assert "api.example.com on the internet gets text" in shown


def test_what_was_used_and_what_is_kept_is_told(tmp_path: Path, state: Path) -> None:
    ledger = Ledger(state, date.today, time.monotonic)
    ledger.add("openai", Unit.INPUT_TOKENS, 1234)
    ledger.save()
    file = offline(tmp_path)
    assert parlor("ask", "add milk to the shopping list", "--config", file).returncode == 0
    found = told(file)
    assert found["used"] == {date.today().isoformat(): {"openai": {"input_tokens": 1234}}}
    assert {one["name"] for one in found["kept"]} >= {"usage", "lists"}
    shown = parlor("doctor", "--privacy", "--config", file).stdout
    assert "used of openai: today 1,234 input tokens" in shown
    assert "the shopping list" in shown


def test_it_asks_nobody(tmp_path: Path) -> None:
    elsewhere = config(tmp_path, '[mqtt]\nhost = "nowhere.invalid"\n')
    (first, *_) = told(elsewhere)["leaves"]
    assert (first["host"], first["reach"]) == ("nowhere.invalid", "internet")
