"""What the doctor finds of the computer around the speaker."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from device.care.service import service
from device.care.surroundings import clock, mixer, models, secrets, space, warmth
from device.config import Config
from device.hal.mixer import Muted, muted_controls, read_muted
from device.health import Finding
from device.models.catalogue import read_catalogue
from device.models.lock import Checked, Lock, write_lock

AMIXER = """\
Simple mixer control 'Headphone',0
  Capabilities: pvolume pswitch
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 127
  Front Left: Playback 109 [86%] [-12.00dB] [on]
  Front Right: Playback 109 [86%] [-12.00dB] [off]
Simple mixer control 'Speaker',0
  Capabilities: pvolume pvolume-joined pswitch pswitch-joined
  Mono: Playback 0 [0%] [-64.00dB] [off]
Simple mixer control 'Mic',0
  Capabilities: pvolume pswitch cvolume cswitch
  Front Left: Playback 0 [0%] [off] Capture 20 [50%] [on]
  Front Right: Playback 0 [0%] [off] Capture 20 [50%] [on]
Simple mixer control 'Capture',0
  Capabilities: cvolume cswitch
  Front Left: Capture 39 [61%] [11.25dB] [off]
  Front Right: Capture 39 [61%] [11.25dB] [off]
"""


def codes(findings: Any) -> list[tuple[bool, str]]:
    return [(one.healthy, one.code) for one in findings]


def test_a_clock_that_was_never_set_is_wrong() -> None:
    assert not clock(0.0).healthy
    assert clock(datetime(2020, 1, 1, tzinfo=UTC).timestamp()).code == "clock-wrong"
    assert clock(datetime(2027, 1, 1, tzinfo=UTC).timestamp()).healthy


def test_space_is_looked_for_where_the_speaker_will_keep_things(tmp_path: Path) -> None:
    found = space(tmp_path / "not" / "there" / "yet")
    assert str(tmp_path) in found.message
    assert found.figures["free_mb"] > 0


@pytest.mark.parametrize(
    ("celsius", "throttled", "code"),
    [(None, False, None), (45.0, False, ""), (90.0, False, "too-hot"), (None, True, "throttled")],
)
def test_what_is_hot_or_slowed_down_is_a_warning(
    celsius: float | None, throttled: bool, code: str | None
) -> None:
    found = codes(warmth(celsius, throttled=throttled, hot=80.0))
    assert found == ([] if code is None else [(True, code)])


def test_a_model_that_was_changed_is_named(tmp_path: Path) -> None:
    assert list(models(tmp_path)) == []
    model = next(model for model in read_catalogue() if not model.package)
    files = {file.path: Checked(5, 1, "0" * 64) for file in model.files}
    write_lock(tmp_path, Lock().with_model(model.name, files, {}))
    (tmp_path / model.name).mkdir()
    (found,) = models(tmp_path)
    assert (found.healthy, found.code) == (False, "model-invalid")
    assert found.message.endswith(f"parlor models fetch {model.name}")


def test_secrets_that_others_can_read_or_nobody_finds_are_named(tmp_path: Path) -> None:
    kept, open_, gone = (tmp_path / name for name in ("kept", "open", "gone"))
    for file, mode in ((kept, 0o600), (open_, 0o644)):
        file.touch(mode)
        file.chmod(mode)
    sections: dict[str, Any] = {
        "mqtt": {"password_file": kept, "ca_file": open_},
        "llm": {"base_url": "http://nas", "model": "m", "key_file": open_},
        "cloud": {"openai": {"key_file": gone}},
    }
    found = [one.message for one in secrets(Config(**sections)) if not one.healthy]
    assert [message.partition(";")[0].split()[-1] for message in found] == ["directory", str(open_)]
    assert str(gone) in found[0]
    assert not any(str(kept) in message for message in found)


def test_a_configuration_without_secrets_says_nothing_of_them() -> None:
    assert list(secrets(Config())) == []


def test_switches_that_keep_all_sound_back_are_found() -> None:
    assert muted_controls(AMIXER) == (Muted("Speaker", False), Muted("Capture", True))
    assert muted_controls("") == muted_controls("nonsense\n'x',0") == ()


def test_what_is_switched_off_in_the_mixer_is_a_warning_that_says_how_to_switch_it_on() -> None:
    capture, speaker = mixer((Muted("Capture", True), Muted("Speaker", False)))
    assert (capture.healthy, capture.code) == (True, "mixer-muted")
    assert capture.message.endswith("amixer sset 'Capture' cap")
    assert speaker.message.endswith("amixer sset 'Speaker' unmute")


def test_a_computer_without_a_mixer_says_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_muted() is None
    assert list(mixer(None)) == []


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, []),
        ({"LoadState": "not-found", "WatchdogUSec": "0"}, []),
        ({"LoadState": "loaded", "WatchdogUSec": "20s", "NRestarts": "0"}, []),
        ({"LoadState": "loaded", "WatchdogUSec": "0", "NRestarts": ""}, ["unwatched"]),
        ({"LoadState": "loaded", "WatchdogUSec": "20s", "NRestarts": "3",
          "UnitFileState": "disabled"}, ["disabled", "restarted"]),
    ],
)  # fmt: skip
def test_what_systemd_does_for_the_speaker_is_told(told: dict[str, str], code: list[str]) -> None:
    found: list[Finding] = list(service(told))
    assert [one.code for one in found] == code
    assert all(one.healthy for one in found)
