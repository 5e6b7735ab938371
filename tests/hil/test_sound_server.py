"""Which server a virtual card has."""

from pathlib import Path

import pytest

from benchmarks.sound_server import SERVERS, SoundServer, sound_server
from device.errors import UsageError


def install(folder: Path, name: str) -> None:
    for program in SERVERS[name].programs:
        (folder / program).touch(mode=0o755)


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        (("pulseaudio", "pipewire"), "pulseaudio"),
        (("pipewire",), "pipewire"),
        ((), "pulseaudio"),
    ],
)
def test_the_first_that_is_installed_is_taken(
    installed: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in installed:
        install(tmp_path, name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PARLOR_SOUND_SERVER", raising=False)
    assert sound_server().name == expected


def test_the_one_that_is_asked_for_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLOR_SOUND_SERVER", "pipewire")
    assert sound_server().name == "pipewire"
    monkeypatch.setenv("PARLOR_SOUND_SERVER", "jack")
    with pytest.raises(UsageError, match="pulseaudio, pipewire"):
        sound_server()


@pytest.mark.parametrize("server", SERVERS.values(), ids=list(SERVERS))
def test_no_session_of_a_desktop_is_touched(
    server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/run/user/1000/pulse/native")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus")
    environment = server.environment(tmp_path)
    assert environment["XDG_RUNTIME_DIR"] == environment["HOME"] == str(tmp_path)
    assert not {"PULSE_SERVER", "DBUS_SESSION_BUS_ADDRESS"} & environment.keys()
