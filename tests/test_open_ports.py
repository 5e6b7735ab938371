"""Who could reach a running speaker: the sockets that the kernel lists of `parlor run`."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.broker import Broker, find_mosquitto, free_port
from benchmarks.notify_socket import notify_socket
from benchmarks.null_card import install
from tests.sockets import reachable

CONFIG = '[audio]\nbackend = "subprocess"\n[mqtt]\nhost = "127.0.0.1"\nport = {port}\n'


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Process id and state folder of a speaker that listens, with a broker and no more set."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed; run: make setup")
    folder = tmp_path_factory.mktemp("speaker")
    with Broker(folder) as broker, listening(folder, CONFIG.format(port=broker.port)) as pid:
        yield pid, folder / "state"


@contextmanager
def listening(folder: Path, config: str) -> Iterator[int]:
    """The process id of a speaker that has heard its first sound."""
    (folder / "parlor.toml").write_text(config)
    programs = install(folder / "bin")
    command = [sys.executable, "-m", "device", "run", "--config", str(folder / "parlor.toml")]
    with notify_socket(str(folder / "notify")) as manager:
        environment = {
            **os.environ, "NOTIFY_SOCKET": manager.address, "STATE_DIRECTORY": f"{folder}/state",
            "PATH": f"{programs}:{os.environ['PATH']}",
        }  # fmt: skip
        with subprocess.Popen(command, env=environment) as process:
            try:
                manager.wait_for("READY", "1", seconds=110)
                yield process.pid
            finally:
                process.terminate()
                process.wait(30)


@pytest.mark.broker
def test_out_of_the_box_nobody_can_reach_the_speaker(speaker: tuple[int, Path]) -> None:
    pid, _ = speaker
    assert reachable(pid) == set()


@pytest.mark.broker
def test_what_the_speaker_keeps_nobody_else_can_read(speaker: tuple[int, Path]) -> None:
    _, state = speaker
    kept = list(state.rglob("*"))
    assert kept
    assert not [file for file in kept if file.stat().st_mode & 0o077]


def test_whoever_wants_metrics_or_the_gateway_opens_them_to_this_machine_only(
    tmp_path: Path,
) -> None:
    config, ports = CONFIG.format(port=1), (free_port(), free_port(), free_port())
    config += f"[metrics]\nenabled = true\nport = {ports[0]}\n"
    config += "[gateway]\nenabled = true\nport = {}\nsimple_port = {}\n".format(*ports[1:])
    wanted = {("tcp", f"0100007F:{port:04X}") for port in ports}
    with listening(tmp_path, config) as pid:
        while reachable(pid) < wanted:
            time.sleep(0.05)
        assert reachable(pid) == wanted


def test_whatever_waits_for_strangers_is_seen(tmp_path: Path) -> None:
    others = reachable(os.getpid())
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as tcp6,
        socket.create_connection(tcp.getsockname()),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract,
    ):
        before = reachable(os.getpid()) - others
        udp.bind(("127.0.0.1", 0))
        named.bind(str(tmp_path / "socket"))
        named.listen()
        abstract.bind("\0parlor-abstract")
        found = reachable(os.getpid()) - others
        assert before == {
            ("tcp", f"0100007F:{tcp.getsockname()[1]:04X}"),
            ("tcp6", f"{'0' * 24}01000000:{tcp6.getsockname()[1]:04X}"),
        }
        assert found - before == {
            ("udp", f"0100007F:{udp.getsockname()[1]:04X}"),
            ("unix", str(tmp_path / "socket")),
            ("unix", "@parlor-abstract"),
        }
