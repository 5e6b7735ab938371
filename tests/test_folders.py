from pathlib import Path

import pytest

from device.errors import ConfigError
from device.folders import read_secret


@pytest.mark.parametrize("loaded_as", ["mqtt.password", "parlor_mqtt.password"])
def test_a_credential_is_found_loaded_alone_and_with_its_folder(
    loaded_as: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / loaded_as).write_text("swordfish\n")
    assert read_secret(Path("mqtt.password")) == "swordfish"


def test_a_credential_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(ConfigError, match=r"cannot read the secret .*/mqtt\.password"):
        read_secret(Path("mqtt.password"))
