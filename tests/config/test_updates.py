"""[updates]: a speaker that is told where new versions come from, and one that is not."""

import asyncio
import json
from pathlib import Path

from benchmarks.local_server import serving
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.story import Values, tell
from tests.fakes.file_server import FileServer


async def wish(parlor: Parlor, _microphone: WavMicrophone) -> None:
    """After some seconds somebody wants the newest version."""
    await asyncio.sleep(12.0)
    parlor.session.post(e.UpdateRequested())


def test_the_server_is_asked_and_root_is_asked_to_install(state: Path, clock_stt: Values) -> None:
    index = {"version": "99.0", "bundles": []}
    server = FileServer({"index.json": json.dumps(index).encode()})
    with serving(server):
        story = tell({"stt": clock_stt, "updates": {"url": server.url("index.json")}}, wish)
    assert len(server.asked) == 1
    assert story.the(e.UpdateChanged).latest == "99.0"
    assert (state / "update-request").exists()


def test_without_a_server_nobody_asks_for_anything(state: Path, clock_stt: Values) -> None:
    story = tell({"stt": clock_stt}, wish)
    assert story.of(e.UpdateChanged) == []
    assert not (state / "update-request").exists()
