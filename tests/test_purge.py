"""`parlor purge` as people use it, and the files it knows."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from device.care.kept import KEPT, found, remove
from device.care.purging import claimed, purge
from device.dialog.listbook import ListBook
from tests.test_cli import config, fails, offline, parlor


@pytest.fixture(autouse=True)
def cache(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own: it is purged too."""
    monkeypatch.setenv("CACHE_DIRECTORY", str(state / "cache"))
    return state / "cache"


def test_everything_is_shown_and_removed(state: Path, tmp_path: Path) -> None:
    file = offline(tmp_path)
    assert parlor("ask", "add milk to the shopping list", "--config", file).returncode == 0
    removed = parlor("purge", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert "the shopping list and other lists: 1 file(s)" in removed.stdout
    assert found(state, state / "cache") == ()
    assert parlor("purge").stdout == "there is nothing to remove\n"
    assert ListBook(state / "lists.sqlite").items() == ()


def test_nothing_is_removed_unless_somebody_says_yes(state: Path) -> None:
    ListBook(state / "lists.sqlite").add("milk")
    asked = [sys.executable, "-m", "device", "purge"]
    refused = subprocess.run(asked, input="n\n", capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "shopping list" in refused.stdout
    assert ListBook(state / "lists.sqlite").items() == ("milk",)


def test_a_speaker_that_does_not_answer_is_told_of(state: Path) -> None:
    ListBook(state / "lists.sqlite").add("milk")
    with claimed(state) as ours:
        assert ours
        message = fails(parlor("purge", "--yes"), "storage-failed")
    assert "stop it" in message
    assert ListBook(state / "lists.sqlite").items() == ("milk",)
    assert not (state / "purge.json").exists()


def test_settings_stay(state: Path, cache: Path) -> None:
    state.mkdir()
    (state / "settings.json").write_text(json.dumps({"volume": 0.3}))
    (state / "home.json").write_text("{}")
    purge(state, cache, None)
    assert [file.name for file in state.iterdir()] == ["settings.json"]


def test_a_damaged_file_that_was_put_aside_goes_when_it_is_old(state: Path, cache: Path) -> None:
    state.mkdir()
    for name in ("lists.sqlite", "lists.sqlite.damaged", "timers.sqlite.damaged"):
        (state / name).touch()
    long_ago = time.time() - 1_000_000
    for name in ("lists.sqlite", "lists.sqlite.damaged"):
        os.utime(state / name, (long_ago, long_ago))
    purge(state, cache, time.time() - 500_000)
    assert sorted(file.name for file in state.iterdir()) == [
        "lists.sqlite",
        "timers.sqlite.damaged",
    ]


def test_what_cannot_be_removed_is_told_and_the_rest_goes(tmp_path: Path) -> None:
    stuck, file = tmp_path / "stuck", tmp_path / "file"
    stuck.mkdir()
    file.touch()
    assert remove([stuck, file, tmp_path / "gone already"]) == [stuck]
    assert not file.exists()


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({kept.name for kept in KEPT}) == len(KEPT)


def test_a_configuration_says_how_long_things_are_kept(tmp_path: Path) -> None:
    wrong = config(tmp_path, "[privacy]\nkeep_days = -1\n")
    assert "privacy.keep_days" in fails(parlor("config", "check", wrong), "config-invalid", 2)
