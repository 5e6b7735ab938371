"""Takes a file from a disk or an archive as carefully as one from the network."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from device.errors import FetchMismatch
from device.fetching.part import Part, need_space

_PIECE_BYTES: Final = 1024 * 1024


def copy(
    stream: IO[bytes], origin: str, size: int, sha256: str | None, target: Path,
    tell: Callable[[int], None],
) -> str:  # fmt: skip
    """Put what `stream` holds at `target` if it is the file meant; gives its SHA-256.

    `tell` hears how many bytes are here. Raises OSError of the stream, FetchMismatch, StorageError.
    """
    part = Part(target)
    need_space(part.folder, size)
    have = 0
    with part.open(0, origin, "") as written:
        while piece := stream.read(_PIECE_BYTES):
            have += len(piece)
            if have > size:
                break
            written.write(piece)
            tell(have)
    if have != size:
        part.clear()
        raise FetchMismatch(f"{origin} has not the {size} bytes that it should have")
    return part.finish(origin, size, sha256)
