"""`parlor run` as systemd runs it, with a socket to tell how it is and a card that can hang."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.notify_socket import NotifySocket, notify_socket
from benchmarks.null_card import install

CONFIG = '[audio]\nbackend = "subprocess"\n[mqtt]\nenabled = false\n'


def test_systemd_sees_the_speaker_listen_stall_recover_and_stop(tmp_path: Path) -> None:
    programs = install(tmp_path / "bin")
    (tmp_path / "parlor.toml").write_text(CONFIG)
    with notify_socket(str(tmp_path / "notify")) as manager:
        environment = {
            **os.environ, "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000000",
            "PATH": f"{programs}:{os.environ['PATH']}",
        }  # fmt: skip
        config = str(tmp_path / "parlor.toml")
        command = [sys.executable, "-m", "device", "run", "--config", config]
        (programs / "stalled").touch()
        with subprocess.Popen(command, env=environment) as process:
            manager.wait_for("STATUS", "waits for the first sound of the microphone")
            time.sleep(0.5)
            assert not any("READY" in told for told in manager.told()), "nothing was heard yet"
            (programs / "stalled").unlink()
            manager.wait_for("READY", "1")
            manager.wait_for("WATCHDOG", "1")
            manager.wait_for("STATUS", "listens for hey jarvis")

            (programs / "stalled").touch()
            assert _ends(manager), "a card that hangs must not look alive"

            (programs / "stalled").unlink()
            after = len(manager.told())
            manager.wait_for("WATCHDOG", "1", since=after)
            process.terminate()
            manager.wait_for("STOPPING", "1")
            assert process.wait(15) == 0


def _ends(manager: NotifySocket) -> bool:
    """Whether the pings end; what was captured before may still be listened to."""
    for _ in range(20):
        pings = manager.pings()
        time.sleep(1.2)
        if manager.pings() == pings:
            return True
    return False
