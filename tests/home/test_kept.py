from pathlib import Path

import pytest

from device.home.kept import KeptHome

MESSAGES = {"homeassistant/a/config": "{}", "homeassistant/b/config": '{"name": "ü"}'}


def test_what_is_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    KeptHome(tmp_path / "state").keep(MESSAGES, {"homeassistant/b/config"})

    again = KeptHome(tmp_path / "state")

    assert again.messages == MESSAGES
    assert again.retained == {"homeassistant/b/config"}


def test_nothing_is_known_at_the_first_start(tmp_path: Path) -> None:
    assert KeptHome(tmp_path).messages == {}


def test_the_same_is_not_written_again(tmp_path: Path) -> None:
    kept = KeptHome(tmp_path)
    kept.keep(MESSAGES, set())
    (tmp_path / "home.json").unlink()

    kept.keep(dict(MESSAGES), set())

    assert not (tmp_path / "home.json").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"told": []}', '{"told": {"a": 5}}', "[" * 100_000, "\udcff"]
)
def test_a_damaged_file_costs_only_what_is_in_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "home.json").write_bytes(text.encode("utf-8", "surrogateescape"))

    kept = KeptHome(tmp_path)
    kept.keep(MESSAGES, set())

    assert KeptHome(tmp_path).messages == MESSAGES


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptHome(tmp_path / "file")

    kept.keep(MESSAGES, set())

    assert "cannot be kept" in caplog.text
    assert kept.messages == {}
