"""`parlor bench release`: how long a speaker is deaf while its version changes.

The real daemon on a virtual sound card, in a root of its own, started anew as systemd does it.
Deaf is the time from when the old version is told to end until the new one says that it listens:
that is after its first audio arrived. Two good versions are switched to and fro; then one that
passes its recording and never starts is switched to, and goes back by itself. Beside them the same
version that is only started anew: that much of it no way of updating could save.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import release_restart
from benchmarks.aec_erle import median_interval
from benchmarks.plots import bars
from benchmarks.release_bundle import write_bundle
from benchmarks.report import Figure, Report
from benchmarks.soundcard import MICROPHONE, SPEAKER, missing, sound_card
from device.errors import UsageError
from device.releases.layout import Layout

_CONFIG = """
[audio]
input = "{microphone}"
output = "{speaker}"

[mqtt]
enabled = false
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A root with a speaker in it."""

    layout: Layout
    environment: dict[str, str]

    def release(self, *command: str, fails: bool = False) -> float:
        """Run `parlor release`; gives the seconds that it took."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "device", "release", *command, "--root", str(self.layout.root)],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if bool(done.returncode) is not fails:
            raise AssertionError(f"release {' '.join(command)}: {done.stdout}{done.stderr}")
        return time.monotonic() - began

    def switch(self, name: str, fails: bool = False) -> float:
        """Switch to a release; gives the seconds that nobody listened."""
        before = len(self._restarts())
        self.release("switch", name, "--restart", self.restart, fails=fails)
        return self._deaf(before)

    def restart_only(self) -> float:
        """Start the release that runs anew; gives the seconds that nobody listened."""
        before = len(self._restarts())
        subprocess.run(self.restart.split(), env=self.environment, check=True)
        return self._deaf(before)

    @property
    def restart(self) -> str:
        """The command that starts the speaker anew."""
        return f"{sys.executable} {release_restart.__file__} {self.layout.root}"

    def _deaf(self, before: int) -> float:
        fresh = self._restarts()[before:]
        return float(fresh[-1]["ready"] or float("nan")) - float(fresh[0]["stopped"] or 0.0)

    def _restarts(self) -> list[dict[str, float | None]]:
        file = self.layout.root / "restarts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, of each kind."""

    installed: list[float]
    switched: list[float]
    restarted: list[float]
    rolled_back: list[float]


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Switch 8 times and roll back 4 times (4 and 2 when quick, 20 and 10 with full)."""
    if missing():
        raise UsageError(f"the virtual sound card cannot start: {missing()}; run: make setup")
    switches = 4 if quick else 20 if full else 8
    with tempfile.TemporaryDirectory() as folder, sound_card() as card:
        site = _site(Path(folder), card.environment, config)
        try:
            measured = _measure(site, Path(folder), switches)
        finally:
            release_restart.stop(site.layout.root)
    if plot is not None:
        usual = {"restart": measured.restarted, "switch": measured.switched}
        both = usual | {"roll-back": measured.rolled_back}
        bars(plot, {name: median(values) for name, values in both.items()}, "seconds deaf")
    return Report("release", list(_figures(measured)))


def _site(folder: Path, environment: dict[str, str], config: Path | None) -> Site:
    layout = Layout(folder / "root")
    layout.config.parent.mkdir(parents=True)
    told = _CONFIG.format(microphone=MICROPHONE, speaker=SPEAKER)
    layout.config.write_text(config.read_text() if config else told)
    return Site(layout, environment)


def _measure(site: Site, folder: Path, switches: int) -> Measured:
    bundles = [write_bundle(folder, version) for version in ("1.0.0", "1.1.0")]
    bundles.append(write_bundle(folder, "1.2.0", broken=True))
    installed = [site.release("install", str(bundle)) for bundle in bundles]
    one, other, broken = site.layout.installed()
    site.switch(one)
    switched, restarted = [], []
    for number in range(switches):
        switched.append(site.switch(one if number % 2 else other))
        restarted.append(site.restart_only())
    rolled_back = [site.switch(broken, fails=True) for _ in range(switches // 2)]
    return Measured(installed, switched, restarted, rolled_back)


def _figures(measured: Measured) -> Iterator[Figure]:
    plain = "the same version started anew"
    restarted = round(median(measured.restarted), 3)
    yield _figure("switch_downtime", measured.switched, 3.0, restarted, plain)
    yield _figure("rollback_downtime", measured.rolled_back, None, restarted, plain)
    yield _figure("install", measured.installed, None, None, None)


def _figure(
    name: str, values: list[float], target: float | None, baseline: float | None, what: str | None
) -> Figure:
    low, high = median_interval(values)
    return Figure(
        name, round(median(values), 3), "s", "lower", len(values), target, baseline, what,
        (round(low, 3), round(high, 3)),
    )  # fmt: skip
