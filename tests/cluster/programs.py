"""`parlor cluster` and `parlor gateway` as processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from benchmarks.broker import free_port

TOKEN: Final = "key-of-the-cluster"

_START_SECONDS: Final = 300.0
_STOP_SECONDS: Final = 60.0
_HOME: Final = """
[[home.entity]]
name = "kitchen light"
domain = "light"
preset = "zigbee2mqtt"
"""
_CLUSTER: Final = """
[mqtt]
enabled = false
[gateway]
port = {port}
token_file = "{token}"
knocks_per_minute = 100000
[cluster]
least_replicas = 2
most_replicas = 2
cpus = 0.2
"""
_GATEWAY: Final = """
[mqtt]
host = "127.0.0.1"
port = {broker}
[gateway]
port = {port}
simple_port = 0
knocks_per_minute = 100000
[stt]
engines = ["openai", "command"]
[stt.openai]
timeout_seconds = 20
[tts]
engine = "openai"
cache_mb = 0
wait_seconds = 10
[budgets]
give_up_seconds = 60
[cloud.openai]
base_url = "http://127.0.0.1:{cluster}/v1"
key_file = "{token}"
"""


class Program:
    """`parlor` with a command and a configuration, once it answers."""

    def __init__(self, folder: Path, command: str, config: str, path: str) -> None:
        """`path` of its HTTP server answers when it is ready; {port} and {token} are filled in."""
        folder.mkdir(exist_ok=True)
        self.token = folder / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(TOKEN)
        self.port = free_port()
        self._file = folder / "parlor.toml"
        self._file.write_text(config.format(port=self.port, token=self.token) + _HOME)
        self._log = folder / "log"
        self._command = command
        self._path = path
        self._environment = {**os.environ, "STATE_DIRECTORY": str(folder / "state")}

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "device", self._command, "--config", str(self._file)],
                stdout=log, stderr=subprocess.STDOUT, env=self._environment,
                start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.__exit__(None, None, None)
                raise RuntimeError(f"parlor {self._command} does not start:\n{self.log}")
            time.sleep(0.5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        finally:
            self.kill()

    @property
    def pid(self) -> int:
        """Of the process, and of its session."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """End it and what it started, at once; idempotent."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def _answers(self) -> bool:
        url = f"http://127.0.0.1:{self.port}{self._path}"
        request = Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
        try:
            with urlopen(request, timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


class Cluster(Program):
    """Engines, two replicas of each."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "cluster", _CLUSTER, "/v1/models")

    def replicas(self, name: str) -> list[int]:
        """Processes of a deployment."""
        wanted = f"ray::ServeReplica:parlor:{name}".encode()
        return [pid for pid in _processes() if _title(pid).startswith(wanted) and self._owns(pid)]

    def _owns(self, pid: int) -> bool:
        while pid > 1:
            if pid == self.pid:
                return True
            pid = _parent(pid)
        return False


class Gateway(Program):
    """One of several that share a cluster."""

    def __init__(self, folder: Path, cluster: Cluster, broker: int) -> None:
        config = _GATEWAY.replace("{cluster}", str(cluster.port)).replace("{broker}", str(broker))
        super().__init__(folder, "gateway", config, "/health")

    @property
    def alone(self) -> tuple[int, int]:
        """Sentences that it understood, and that it spoke to their end, without the cluster."""
        log = self.log
        return log.count("openai cannot understand"), log.count("espeak goes on")


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
