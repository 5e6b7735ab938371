"""Asks a server of releases what there is."""

from pathlib import Path
from tempfile import TemporaryDirectory

from device.errors import UpdateMissing
from device.fetching.fetcher import Fetcher
from device.fetching.patience import Patience
from device.fetching.remote import Remote
from device.releases.index import INDEX, LARGEST_BYTES, Index, read_index


def fetch_index(url: str, patience: Patience | None = None) -> Index:
    """What the index at an address says. Raises FetchError, UpdateMissing and StorageError."""

    def only_so_much(have: int) -> None:
        if have > LARGEST_BYTES:
            raise UpdateMissing(f"{url} is no index of releases: it is far too long")

    with TemporaryDirectory() as folder:
        file = Path(folder) / INDEX
        Fetcher(patience).fetch(Remote(url), file, only_so_much)
        return read_index(file.read_bytes())
