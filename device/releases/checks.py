"""Whether a release is any good: tried before the switch, judged by how the speaker is after it."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from device.errors import ReleaseError, ReleaseUnhealthy
from device.releases.layout import Layout
from device.releases.programs import Done, last_words, run

_SELFTEST_SECONDS: Final = 300.0
_SPARE_SECONDS: Final = 30.0
"""What `doctor` may take beside waiting."""


class Checks:
    """Runs `parlor` of a release; root's own state and cache are kept out of it."""

    def __init__(self, layout: Layout, wait_seconds: float = 60.0) -> None:
        """`wait_seconds`: how long a speaker that was started may take to be healthy."""
        self._layout = layout
        self._wait_seconds = wait_seconds

    def rehearse(self, name: str) -> None:
        """Have a release hear a recording. Raises ReleaseUnhealthy."""
        with tempfile.TemporaryDirectory() as folder:
            scratch = {"STATE_DIRECTORY": folder, "CACHE_DIRECTORY": f"{folder}/cache"}
            self._run(name, ["selftest", "--recorded", "--json"], scratch, _SELFTEST_SECONDS)

    def judge(self, name: str, wait_seconds: float | None = None) -> None:
        """Ask whether the running speaker is healthy. Raises ReleaseUnhealthy."""
        wait = self._wait_seconds if wait_seconds is None else wait_seconds
        told = {"RUNTIME_DIRECTORY": str(self._layout.runtime)}
        self._run(name, ["doctor", "--json", "--wait", f"{wait:g}"], told, wait + _SPARE_SECONDS)

    def _run(
        self, name: str, arguments: list[str], told: Mapping[str, str], seconds: float
    ) -> None:
        layout, what = self._layout, f"{name}: parlor {arguments[0]}"
        more = {"CREDENTIALS_DIRECTORY": str(layout.credentials), **told}
        if layout.models.is_dir():
            more["PARLOR_MODELS"] = str(layout.models)
        if layout.root != Path("/") and layout.config.is_file():
            arguments = [*arguments, "--config", str(layout.config)]
        try:
            done = run([str(layout.program(name)), *arguments], seconds, more)
        except ReleaseError as error:
            raise ReleaseUnhealthy(f"{what}: {error}") from error
        if done.returncode:
            raise ReleaseUnhealthy(f"{what} failed: {_reason(done)}")


def _reason(done: Done) -> str:
    """What a program says is ill, of its JSON lines; else its last words."""
    ill = []
    for line in done.stdout.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("healthy") is False:
            ill.append(f"{told.get('check', 'it')}: {told.get('message', 'ill')}")
    return "; ".join(ill) or last_words(done)
