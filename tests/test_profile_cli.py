"""`parlor profile`: what people asked to be remembered."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device.cli.app import app
from device.dialog.profile import PROFILE_FILE, Profile


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    profile = Profile(tmp_path / PROFILE_FILE)
    profile.remember("I like tea")
    profile.remember("Anna lives next door")
    return profile


def parlor(*arguments: str, answer: str = "") -> str:
    done = CliRunner().invoke(app, ["profile", *arguments], input=answer)
    assert done.exit_code == 0, done.output
    return done.output


def test_it_shows_every_sentence_with_its_number(profile: Profile) -> None:
    assert parlor("show").splitlines() == ["  1  I like tea", "  2  Anna lives next door"]
    assert json.loads(parlor("show", "--json")) == list(profile.facts)


def test_one_is_deleted_by_its_number_while_the_speaker_runs(profile: Profile) -> None:
    parlor("delete", "1")
    assert profile.facts == ("Anna lives next door",)


def test_a_number_that_there_is_not_deletes_nothing(profile: Profile) -> None:
    assert CliRunner().invoke(app, ["profile", "delete", "3"]).exit_code != 0
    assert len(profile.facts) == 2


def test_everything_is_deleted_only_after_a_yes(profile: Profile) -> None:
    assert CliRunner().invoke(app, ["profile", "delete"], input="n\n").exit_code != 0
    assert len(profile.facts) == 2
    parlor("delete", answer="y\n")
    assert not profile.facts
    assert "nothing is remembered" in parlor("show")


def test_a_sentence_is_added(profile: Profile) -> None:
    parlor("add", "I like cake")
    assert profile.facts[-1] == "I like cake"


def test_it_is_changed_in_an_editor(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/tea/coffee/; /Anna/d; /^$/d" "$1"\necho "" >> "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    parlor("edit")
    assert profile.facts == ("I like coffee",)
