"""Fetches the newest release from a server of one's own, installs it and switches to it.

The speaker, which may change nothing, leaves a request; root does this. What the request says does
not count, only that it is there: everything else is in root's own configuration. Only a newer
version is taken, and what is installed has to be the version that the index promises.
"""

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device.errors import BundleInvalid, DeviceError
from device.fetching.fetcher import Fetcher
from device.fetching.remote import Remote
from device.releases.bundle import open_bundle
from device.releases.collecting import KEEP, collect
from device.releases.guard import alone
from device.releases.index import Index, Offered
from device.releases.installing import install
from device.releases.layout import Layout
from device.releases.manifest import newer
from device.releases.offers import fetch_index
from device.releases.programs import Say
from device.releases.progress import Progress, ProgressFile
from device.releases.switching import Switching


@dataclass(frozen=True, slots=True)
class Updating:
    """One update, from the index to the speaker that runs it."""

    url: str
    """Of the index."""
    allowed_signers: Path | None
    """None: the digests in the index alone count."""
    layout: Layout
    switching: Switching
    running: str
    """The version to be newer than."""
    say: Say

    def run(self) -> str | None:
        """Update; gives the release that runs now, None: there is nothing newer.

        Raises DeviceError and OSError; then the release before runs.
        """
        self.layout.request.unlink(missing_ok=True)
        with self._telling(ProgressFile(self.layout.update)) as tell:
            index = fetch_index(self.url)
            if not newer(index.version, self.running):
                return None
            self.say(f"{index.version} is newer than {self.running}")
            return self._update(index, tell)

    @contextmanager
    def _telling(self, file: ProgressFile) -> Iterator[Callable[[Progress], None]]:
        try:
            yield file.tell
        except DeviceError as error:
            file.tell(Progress(message=str(error), code=error.code))
            raise
        file.tell(Progress())

    def _update(self, index: Index, tell: Callable[[Progress], None]) -> str:
        layout, step = self.layout, partial(Progress, version=index.version)
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        offer = index.offer(python, platform.machine(), self.url)
        bundle = self._fetch(offer, lambda percent: tell(step("fetching", percent)))
        tell(step("installing"))
        try:
            _is(index.version, bundle)
            with alone(layout) as held:
                manifest, _ = install(layout, bundle, self.allowed_signers, held, self.say)
        finally:
            shutil.rmtree(layout.download)
        tell(step("switching"))
        with alone(layout):
            try:
                self.switching.switch(manifest.name)
            finally:
                collect(layout, KEEP)
        return manifest.name

    def _fetch(self, offer: Offered, tell: Callable[[int], None]) -> Path:
        folder = self.layout.download
        folder.mkdir(parents=True, exist_ok=True)
        bundle = folder / f"{offer.sha256[:16]}.tar"
        for other in folder.iterdir():
            if not other.name.startswith(bundle.name):
                other.unlink()
        remote = Remote(offer.url, offer.size, offer.sha256)
        Fetcher().fetch(remote, bundle, lambda have: tell(have * 100 // max(1, offer.size)))
        return bundle


def _is(version: str, bundle: Path) -> None:
    with open_bundle(bundle) as opened:
        if opened.manifest.version != version:
            raise BundleInvalid(
                f"the index promises {version}, and its bundle is {opened.manifest.version}; "
                "nothing was installed"
            )
