"""Settings that survive a restart."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import StorageError
from device.events import BargeIn
from device.settings import Settings, SettingsFile

USUAL = Settings(volume=0.6, language="de")


def test_a_change_survives_a_restart_and_the_rest_follows_the_configuration(tmp_path: Path) -> None:
    SettingsFile(tmp_path, USUAL).change(
        volume=0.2, light_color=(1, 2, 3), follow_up=True, barge_in=BargeIn.BUTTON
    )
    again = SettingsFile(tmp_path, Settings(volume=0.9, language="fr"))
    assert again.current == Settings(
        volume=0.2, language="fr", light_color=(1, 2, 3), follow_up=True, barge_in=BargeIn.BUTTON
    )


def test_what_is_set_back_follows_the_configuration_again(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path, USUAL)
    file.change(volume=0.2)
    file.change(volume=0.6)
    assert SettingsFile(tmp_path, Settings(volume=0.9)).current.volume == 0.9


@pytest.mark.parametrize(
    "damage", ["", "[]", "null", "{", "\xff", '{"volume": "loud"}', '{"x": 1}']
)
def test_a_damaged_file_counts_as_never_changed(tmp_path: Path, damage: str) -> None:
    (tmp_path / "settings.json").write_text(damage, encoding="latin-1")
    assert SettingsFile(tmp_path, USUAL).current == USUAL


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from([*Settings.__dataclass_fields__, "other"]), JSON))
def test_whatever_is_in_the_file_every_setting_stays_in_its_range(
    tmp_path_factory: pytest.TempPathFactory, kept: dict[str, object]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    (folder / "settings.json").write_text(json.dumps(kept), encoding="utf-8")
    now = SettingsFile(folder, USUAL).current
    assert 0.0 <= now.volume <= 1.0
    assert 0.0 <= now.wake_sensitivity <= 1.0
    assert isinstance(now.muted, bool)
    assert isinstance(now.barge_in, BargeIn)
    assert isinstance(now.language, str)
    assert len(now.light_color) == 3
    assert all(0 <= part <= 255 for part in now.light_color)


def test_a_change_that_cannot_be_kept_holds_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = SettingsFile(tmp_path / "file", USUAL)
    with pytest.raises(StorageError, match="free some space"):
        file.change(volume=0.1)
    assert file.current.volume == 0.1
