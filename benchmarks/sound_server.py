"""The server behind a virtual sound card: PulseAudio, or PipeWire with its PulseAudio protocol.

Either runs for itself: its files lie in one folder, and no session of a desktop is touched.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.errors import UsageError

CHOICE: Final = "PARLOR_SOUND_SERVER"
"""Environment variable that names one of `SERVERS`; otherwise the first that is installed is."""
SINK: Final = "rate={rate} channels=1 norewinds=1"
"""Without rewinds a sink renders 50 ms at a time at most; with them, up to two seconds."""

_PULSEAUDIO_SCRIPT: Final = """\
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
"""
_PULSEAUDIO_SETTINGS: Final = """\
# A card that is unplugged is gone: nothing goes on sounding elsewhere.
rescue-streams = no
"""
_PULSEAUDIO: Final = """\
exec pulseaudio -n -F card.pa --daemonize=no --exit-idle-time=-1 --use-pid-file=no \
    --log-target=stderr
"""
# PipeWire links nothing without a session manager, which wants a session bus.
_PIPEWIRE: Final = """\
exec dbus-run-session -- sh -c 'pipewire & sleep 0.5; wireplumber & exec pipewire-pulse'
"""


@dataclass(frozen=True, slots=True)
class SoundServer:
    """One of the two."""

    name: str
    programs: tuple[str, ...]
    script: str
    """What starts it, for sh, in its folder."""
    files: tuple[tuple[str, str], ...]
    """Names and texts of what it reads."""
    socket: str
    """Where it answers, in its folder."""

    def command(self, folder: Path) -> list[str]:
        """What starts it, once its files are written."""
        for name, text in self.files:
            (folder / name).write_text(text.format(socket=folder / self.socket))
        return ["sh", "-c", self.script]

    def environment(self, folder: Path) -> dict[str, str]:
        """A session of its own."""
        own = str(folder)
        private = {"HOME": own, "XDG_RUNTIME_DIR": own, "PULSE_CONFIG": f"{own}/daemon.conf"}
        foreign = ("DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER")
        return {key: value for key, value in os.environ.items() if key not in foreign} | private


SERVERS: Final = {
    "pulseaudio": SoundServer(
        "pulseaudio", ("pulseaudio",), _PULSEAUDIO,
        (("card.pa", _PULSEAUDIO_SCRIPT), ("daemon.conf", _PULSEAUDIO_SETTINGS)), "pulse.sock",
    ),
    "pipewire": SoundServer(
        "pipewire", ("pipewire", "wireplumber", "pipewire-pulse", "dbus-run-session"), _PIPEWIRE,
        (), "pulse/native",
    ),
}  # fmt: skip


def sound_server() -> SoundServer:
    """The one that is asked for, or the first that is installed; PulseAudio where none is.

    Raises UsageError for one that there is not.
    """
    if named := os.environ.get(CHOICE):
        if named not in SERVERS:
            raise UsageError(f"{CHOICE} is {named}; give one of {', '.join(SERVERS)}")
        return SERVERS[named]
    installed = (one for one in SERVERS.values() if not list(lacking(one)))
    return next(installed, SERVERS["pulseaudio"])


def lacking(server: SoundServer) -> Iterator[str]:
    """Programs of it that are not installed."""
    return (name for name in server.programs if shutil.which(name) is None)
