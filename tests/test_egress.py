"""Whom a whole speaker connects to, as Python and as the kernel see it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from benchmarks.broker import Broker
from benchmarks.lamp import Lamps
from benchmarks.llm_server import MODEL, FakeLlm, serving

KITCHEN = {"entity": [{"name": "kitchen light", "domain": "light", "preset": "zigbee2mqtt"}]}
ALONE = {"mqtt": {"enabled": False}, "home": KITCHEN}
TRACE = ("strace", "-f", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o")
ADDRESS = re.compile(r'htons\((\d+)\).*?(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"')


def speaker(config: dict[str, Any], *before: str) -> list[list[str]]:
    """What a speaker with this configuration told of itself; `before` is put before its program."""
    program = [*before, sys.executable, "-m", "tests.egress", json.dumps(config)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def connections(told: list[list[str]]) -> set[tuple[str, str]]:
    assert told[-1][:2] == ["heard", "turn on the kitchen light"], told[-1]
    return {(host, port) for _, host, port in told[:-1]}


@pytest.mark.broker
def test_the_default_speaker_connects_to_its_broker_and_to_nobody_else(broker: Broker) -> None:
    config = {"home": KITCHEN, "mqtt": {"host": "127.0.0.1", "port": broker.port}}
    with Lamps("127.0.0.1", broker.port) as lamps:
        told = speaker(config)
    assert connections(told) == {("127.0.0.1", str(broker.port))}
    assert lamps.commands == [("kitchen light", {"state": "ON"})]


def test_a_speaker_without_a_broker_connects_to_nobody() -> None:
    assert connections(speaker(ALONE)) == set()


def test_who_is_configured_is_connected_to() -> None:
    pytest.importorskip("openai")
    with serving(FakeLlm(lambda _text: "yes")) as fake:
        told = speaker({**ALONE, "llm": {"base_url": fake.url, "model": MODEL}})
    (host, port) = fake.url.split("/")[2].split(":")
    assert (host, port) in connections(told)


def test_the_kernel_sees_no_connection_of_any_part_or_child(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    one = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    if which("strace") is None or traced(log, sys.executable, "-c", one).returncode:
        pytest.skip("strace is not here, or may not trace")
    assert reached(log) == {("9", "127.0.0.1")}
    assert connections(speaker(ALONE, *TRACE, str(log))) == set()
    assert reached(log) == set()


def traced(log: Path, *program: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*TRACE, str(log), *program], capture_output=True, timeout=60)


def reached(log: Path) -> set[tuple[str, str]]:
    """Port and address of whom something was sent to."""
    found = map(ADDRESS.search, log.read_text().splitlines())
    return {(match[1], match[2]) for match in found if match}
