"""[metrics]: the pages that monitoring reads of a speaker."""

import asyncio
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from benchmarks.broker import free_port
from device import clock
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.story import Values, tell
from tests.metrics.test_exposition import samples


def read(url: str) -> tuple[int, str]:
    """Status and page; 0: nothing listens there."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except URLError:
        return 0, ""


def pages(values: Values, *urls: str) -> list[tuple[int, str]]:
    """What a speaker serves that was asked something."""
    found: list[tuple[int, str]] = []

    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        parlor.session.post(e.UtteranceGiven(text="what time is it", spoken=True))
        await parlor.settled(0.5)
        with clock.hold(20):
            found.extend([await asyncio.to_thread(read, url) for url in urls])

    tell(values, scene)
    return found


def test_nothing_listens_unless_it_is_enabled(clock_stt: Values) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    assert pages({"stt": clock_stt, "metrics": {"port": port}}, url) == [(0, "")]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_speaker_tells_its_turns_its_health_and_its_machine(
    clock_stt: Values, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    port = free_port()
    place = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    metrics = {"enabled": True, "host": host, "port": port}
    (status, page), (well, told) = pages(
        {"stt": clock_stt, "metrics": metrics}, f"{place}/metrics", f"{place}/health"
    )
    assert (status, well, told) == (200, 200, "ok\n")
    found = samples(page)
    assert found['parlor_turns_total{language="en"}'] == 1
    assert found["parlor_ready"] == 1
    assert found["parlor_chunks_total"] > 0
    assert found["process_resident_memory_bytes"] > 1e6
    assert "what time" not in page
