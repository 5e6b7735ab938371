import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.local_server import serving
from device import __version__, clock
from device import events as e
from device.bus import Bus
from device.executor import InlineExecutor
from device.releases.progress import Progress, ProgressFile
from device.tasks import end
from device.updates import Updates
from tests.fakes.file_server import FileServer, Manners

DAY_SECONDS = 86_400.0


@pytest.fixture
def server() -> FileServer:
    """A server that has a newer version."""
    index = {"version": "99.0", "summary": "All new.", "url": "http://nas.local/", "bundles": []}
    return FileServer({"index.json": json.dumps(index).encode()})


@asynccontextmanager
async def updates(folder: Path, url: str, told: list[e.Event]) -> AsyncIterator[Bus]:
    bus = Bus(lambda: 0.0)
    parts = (folder, folder / "progress.json", bus.subscribe(), told.append, InlineExecutor())
    task = asyncio.create_task(Updates(url, *parts).run())
    try:
        yield bus
    finally:
        bus.close()
        await end(task)


def asked(folder: Path, server: FileServer, seconds: float) -> list[e.Event]:
    """What is told in so many seconds."""
    told: list[e.Event] = []

    async def story() -> None:
        async with updates(folder, server.url("index.json"), told):
            await asyncio.sleep(seconds)

    with serving(server):
        clock.run_virtual(story())
    return told


def test_a_server_that_is_away_is_asked_again_the_next_day(
    tmp_path: Path, server: FileServer
) -> None:
    server.manners = [Manners(status=404)]
    told = asked(tmp_path, server, DAY_SECONDS + 60.0)
    assert told == [e.UpdateChanged(latest="99.0", summary="All new.", url="http://nas.local/")]
    assert len(server.asked) == 2


def test_an_older_version_is_no_news(tmp_path: Path, server: FileServer) -> None:
    server.files["index.json"] = b'{"version": "0.0.1", "bundles": []}'
    assert asked(tmp_path, server, 60.0) == [e.UpdateChanged(latest=__version__)]


def test_an_index_without_end_is_not_read_to_it(tmp_path: Path, server: FileServer) -> None:
    server.files["index.json"] = b" " * 200_000
    assert asked(tmp_path, server, 60.0) == []


def test_what_root_does_and_how_it_fails_is_told(tmp_path: Path) -> None:
    told: list[e.Event] = []

    async def story() -> None:
        async with updates(tmp_path, "http://127.0.0.1:9/index.json", told):
            for percent in (10, 60):
                ProgressFile(tmp_path / "progress.json").tell(Progress("fetching", percent, "99.0"))
                await asyncio.sleep(3.0)
            failed = Progress(message="no sound; rolled back", code="release-unhealthy")
            ProgressFile(tmp_path / "progress.json").tell(failed)
            await asyncio.sleep(3.0)

    clock.run_virtual(story())
    assert told == [
        e.UpdateChanged(latest="99.0", under_way=True, percent=10),
        e.UpdateChanged(latest="99.0", under_way=True, percent=60),
        e.UpdateChanged(latest=__version__),
        e.StageFailed(
            stage="update", code="release-unhealthy", message="no sound; rolled back", turn_id=-1
        ),
    ]


@pytest.mark.parametrize("written", ["", "{", "[]", '{"step": 1}', '{"percent": "x"}', "null"])
def test_what_cannot_be_read_is_nothing_under_way(tmp_path: Path, written: str) -> None:
    (tmp_path / "progress.json").write_text(written)
    told: list[e.Event] = []

    async def story() -> None:
        async with updates(tmp_path, "http://127.0.0.1:9/index.json", told):
            await asyncio.sleep(5.0)

    clock.run_virtual(story())
    assert told == []


def test_a_request_leaves_a_file_for_root(tmp_path: Path) -> None:
    async def story() -> None:
        async with updates(tmp_path, "http://127.0.0.1:9/index.json", []) as bus:
            bus.tell(e.UpdateRequested())
            await asyncio.sleep(1.0)

    clock.run_virtual(story())
    assert (tmp_path / "update-request").read_bytes() == b""


def test_a_request_that_cannot_be_left_is_told(tmp_path: Path) -> None:
    told: list[e.Event] = []

    async def story() -> None:
        async with updates(tmp_path / "nowhere", "http://127.0.0.1:9/index.json", told) as bus:
            bus.tell(e.UpdateRequested())
            await asyncio.sleep(1.0)

    clock.run_virtual(story())
    assert [event.code for event in told if isinstance(event, e.StageFailed)] == ["storage-failed"]
