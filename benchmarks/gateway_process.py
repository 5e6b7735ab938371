"""`parlor gateway` as a process of its own, on one core, with a real broker and lamps."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.broker import Broker, free_port
from benchmarks.lamp import Lamps
from benchmarks.process import cpu_seconds, resident_kib

ROOMS: Final = ("kitchen", "bedroom", "office", "hallway")
MOST_SESSIONS: Final = 64
_START_SECONDS: Final = 60.0
_SETTINGS: Final = """\
[mqtt]
host = "127.0.0.1"
port = {broker}
[gateway]
port = {port}
simple_port = 0
sessions = {sessions}
knocks_per_minute = 60000
"""
_LIGHT: Final = """\
[[home.entity]]
name = "{room} light"
domain = "light"
preset = "zigbee2mqtt"
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that runs."""

    pid: int
    port: int
    lamps: Lamps

    @property
    def voice(self) -> str:
        """URL of the full voice chat."""
        return f"ws://127.0.0.1:{self.port}/voice"

    @property
    def memory_kib(self) -> int:
        """Resident."""
        return resident_kib(self.pid)

    @property
    def cpu_seconds(self) -> float:
        """So far; programs that it started are not in it."""
        return cpu_seconds(self.pid)

    @property
    def handles(self) -> int:
        """Files and sockets."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    @property
    def sessions(self) -> int:
        """Conversations now, by its own account."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as page:
            told = re.findall(r"^parlor_gateway_sessions{.*} (\d+)$", page.read().decode(), re.M)
        return sum(map(int, told))


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A gateway that has begun to serve; it may use the first core only, its programs too."""
    with Broker(folder) as broker, Lamps("127.0.0.1", broker.port) as lamps:
        port, file = free_port(), folder / "parlor.toml"
        lights = "".join(_LIGHT.format(room=room) for room in ROOMS)
        settings = _SETTINGS.format(broker=broker.port, port=port, sessions=MOST_SESSIONS)
        file.write_text(settings + lights)
        command = [sys.executable, "-m", "device", "gateway", "--config", str(file)]
        environment = {**os.environ, "STATE_DIRECTORY": str(folder / "state")}
        core = {min(os.sched_getaffinity(0))}
        stay = partial(os.sched_setaffinity, 0, core)
        with subprocess.Popen(command, env=environment, preexec_fn=stay) as process:
            try:
                _wait(process, port)
                yield Served(process.pid, port, lamps)
            finally:
                process.terminate()
                process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the gateway did not start; see what it says above")
