"""A real Home Assistant on a free loopback port."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Final, Self

from benchmarks.broker import free_port
from tests.ha.api import Rest

_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 60.0
_SETTINGS: Final = """\
homeassistant:
  internal_url: http://127.0.0.1:{port}
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
websocket_api:
conversation:
zeroconf:
mqtt:
input_boolean:
  garden_fountain:
    name: Garden fountain
"""


class HomeAssistant:
    """The process, with an owner and an MQTT integration made by its own API."""

    def __init__(self, root: Path, broker_port: int) -> None:
        """`root`: the file system that scripts/test-ha made."""
        self._root = root
        self._broker_port = broker_port
        port = free_port()
        self._inside = Path(mkdtemp(prefix="home-assistant-", dir=root / "var/lib"))
        self._log = self._inside / "output.log"
        self.address = f"http://127.0.0.1:{port}"
        self._rest = Rest(self.address)
        self._process: subprocess.Popen[bytes] | None = None
        self._read_lines = 0
        (self._inside / "configuration.yaml").write_text(_SETTINGS.format(port=port))

    @property
    def rest(self) -> Rest:
        """Its REST API, as the owner."""
        return self._rest

    @property
    def token(self) -> str:
        """An access token of the owner."""
        return self._rest.token

    def start(self) -> None:
        """Start it and wait until it has loaded everything."""
        folder = f"/{self._inside.relative_to(self._root)}"
        hass = ["/opt/ha/bin/hass", "--config", folder, "--skip-pip", "--log-no-color"]
        clean = ["env", "-i", "HOME=/root", "LANG=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin"]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                ["chroot", str(self._root), *clean, *hass], stdout=output, stderr=output
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._rest.answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask it to stop, as systemd would; idempotent."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def complaints(self) -> list[str]:
        """Warnings and errors in its log since the last call, in lower case."""
        lines = self._log.read_text().splitlines()
        new, self._read_lines = lines[self._read_lines :], len(lines)
        return [line.lower() for line in new if " WARNING " in line or " ERROR " in line]

    def __enter__(self) -> Self:
        self.start()
        self._rest.make_owner()
        self._rest.add_broker(self._broker_port)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._inside)
