"""[wyoming]: who may connect, and what it takes that Home Assistant answers."""

from pathlib import Path

import pytest

from device import config_file
from device.config import Config, DialogConfig, MqttConfig
from device.daemon import open_parlor
from device.errors import ConfigError
from device.hal.wav import WavMicrophone, WavSpeaker


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ('host = "0.0.0.0"', "allow Home Assistant's address"),
        ('allow = ["kitchen"]', "allow"),
        ("enabled = true\nservices = true\nservices_port = 10700", "must differ"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, options: str, complaint: str) -> None:
    (tmp_path / "parlor.toml").write_text(f"[wyoming]\n{options}\n")
    with pytest.raises(ConfigError, match=complaint):
        config_file.load(tmp_path / "parlor.toml")


def test_an_address_that_is_allowed_may_be_reached_from(tmp_path: Path) -> None:
    (tmp_path / "parlor.toml").write_text('[wyoming]\nhost = "::"\nallow = ["192.168.1.0/24"]\n')
    assert str(config_file.load(tmp_path / "parlor.toml").wyoming.host) == "::"


async def test_home_assistant_answers_only_where_it_can_connect() -> None:
    dialog, mqtt = DialogConfig(engine="home-assistant"), MqttConfig(enabled=False)
    with pytest.raises(ConfigError, match=r"\[wyoming\] enabled"):
        async with open_parlor(Config(dialog=dialog, mqtt=mqtt), WavMicrophone(), WavSpeaker()):
            pass
