"""The processes of a simulated fleet, as the bench commands and hears them."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

_LONGEST_LINE: Final = 1 << 20
_FAREWELL_SECONDS: Final = 20.0
_PATIENCE_SECONDS: Final = 120.0

Note = dict[str, Any]


class Crews:
    """Speakers 0 to `count` - 1, dealt out over processes so that rooms span them."""

    def __init__(self, processes: list[Process], count: int) -> None:
        self._processes = processes
        self.count = count
        self.notes: defaultdict[str, list[Note]] = defaultdict(list)
        """What was noted so far, by `note`."""
        self._news = asyncio.Event()

    @property
    def pids(self) -> list[int]:
        """Of all processes."""
        return [one.pid for one in self._processes]

    def order(self, do: str, **fields: Any) -> None:
        """Tell all of them to do something."""
        line = json.dumps({"do": do, **fields}).encode() + b"\n"
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(line)

    async def until(self, what: str, number: int, seconds: float) -> list[Note]:
        """Everything of a kind, once there are so many, or at least after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.notes[what]) < number:
                    self._news.clear()
                    await self._news.wait()
        return self.notes[what]

    async def everybody(self, what: str, seconds: float) -> dict[int, float]:
        """When each speaker first noted this, once all have, or at least after `seconds`."""
        deadline, number = asyncio.get_running_loop().time() + seconds, self.count
        while True:
            notes = await self.until(what, number, deadline - asyncio.get_running_loop().time())
            first = {note["speaker"]: note["at"] for note in reversed(notes)}
            if len(first) == self.count or len(notes) < number:
                return first
            number = len(notes) + 1

    async def usage(self) -> list[Note]:
        """What each process has used until now."""
        self.notes["usage"].clear()
        self.order("usage")
        return list(await self.until("usage", len(self._processes), _PATIENCE_SECONDS))

    async def listen(self, process: Process) -> None:
        """Take the notes of one process until it ends."""
        assert process.stdout is not None
        while line := await process.stdout.readline():
            note = json.loads(line)
            self.notes[note.pop("note")].append(note)
            self._news.set()


@asynccontextmanager
async def crews(port: int, passwords: Path, count: int, processes: int) -> AsyncIterator[Crews]:
    """So many speakers of the broker at `port`, none connected yet.

    `passwords`: a folder with a file for each, by its name.
    """
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.fleet_speaker",
            *map(str, (passwords, port, first, count, processes)),
            stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE,
        )
        for first in range(processes)
    ]  # fmt: skip
    found = Crews(started, count)
    listening = asyncio.gather(*(found.listen(one) for one in started))
    try:
        if len(await found.until("made", processes, _PATIENCE_SECONDS)) < processes:
            raise RuntimeError("a process of the fleet did not start; its complaint is above")
        yield found
    finally:
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(listening, _FAREWELL_SECONDS)
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()
