"""What systemd does for parlor.service, for a speaker in a root of its own.

    python benchmarks/release_restart.py ROOT

Stops the speaker that runs there, starts the one that `current` names, and ends when that one says
READY=1 (sd_notify(3)), or with exit code 1 when it ends first. What became of it, in seconds of the
monotonic clock, is added to ROOT/restarts.jsonl: `stopped`, when the old one was told to end, and
`ready`, null when the new one never was. It needs the standard library only.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 15.0


def main(root: Path) -> int:
    """Restart the speaker; gives the exit code."""
    stopped = time.monotonic()
    stop(root)
    ready = _start(root)
    with (root / "restarts.jsonl").open("a") as stream:
        stream.write(json.dumps({"stopped": stopped, "ready": ready}) + "\n")
    return int(ready is None)


def stop(root: Path) -> None:
    """End the speaker as systemd does; it may be gone already."""
    file = root / "run/parlor.pid"
    if not file.exists():
        return
    pid = int(file.read_text())
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + STOP_SECONDS
        if _lives(pid):
            os.kill(pid, number)
        while _lives(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
    file.unlink()


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _start(root: Path) -> float | None:
    runtime = root / "run/parlor"
    runtime.mkdir(parents=True, exist_ok=True)
    address = root / "run/notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(address))
        heard.settimeout(0.05)
        process = _spawn(root, {"RUNTIME_DIRECTORY": str(runtime), "NOTIFY_SOCKET": str(address)})
        (root / "run/parlor.pid").write_text(str(process.pid))
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if b"READY=1" in heard.recv(4096).splitlines():
                    return time.monotonic()
            except TimeoutError:
                continue
    return None


def _spawn(root: Path, told: dict[str, str]) -> "subprocess.Popen[bytes]":
    program = root / "opt/parlor/current/venv/bin/parlor"
    environment = {**os.environ, **told, "STATE_DIRECTORY": str(root / "var/lib/parlor")}
    with (root / "parlor.log").open("ab") as log:
        return subprocess.Popen(
            [str(program), "run", "--config", str(root / "etc/parlor/parlor.toml")],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment,
            start_new_session=True,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
