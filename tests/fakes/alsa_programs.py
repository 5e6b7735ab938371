"""`arecord` and `aplay` of a card that does not exist: it hears soft noise, and plays at its pace.

`install` puts both into a folder for PATH. While the file `stalled` is beside them the card hangs:
it can be opened, and gives and takes nothing. While the file `unplugged` is there it cannot be
opened either. Run by the Python of a Debian without anything installed.
"""

import os
import random
import sys
import time
from pathlib import Path
from typing import Final

_CHUNK_SECONDS: Final = 0.02
_LOUDEST: Final = 60


def install(folder: Path, python: str = sys.executable) -> Path:
    """Make the programs in a new folder, and give it."""
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    for name in ("arecord", "aplay"):
        program = folder / name
        program.write_text(f"#!{python}\n{Path(__file__).read_text()}")
        program.chmod(0o755)
    return folder


def main() -> None:
    """Be the program whose name this has."""
    program = Path(sys.argv[0])
    options = dict(zip(sys.argv[1:], sys.argv[2:], strict=False))
    frame_bytes = 2 * int(options["-c"])
    chunk_bytes = round(_CHUNK_SECONDS * int(options["-r"])) * frame_bytes
    began, chunks = time.monotonic(), 0
    while not (program.parent / "unplugged").exists():
        while (program.parent / "stalled").exists():
            time.sleep(_CHUNK_SECONDS)
            began += _CHUNK_SECONDS
        chunks += 1
        time.sleep(max(0.0, began + chunks * _CHUNK_SECONDS - time.monotonic()))
        if program.name == "arecord":
            os.write(sys.stdout.fileno(), _noise(chunk_bytes // 2))
        elif not os.read(sys.stdin.fileno(), chunk_bytes):
            return
    sys.exit("arecord: main:831: audio open error: No such file or directory")


def _noise(samples: int) -> bytes:
    draw = random.randint
    return b"".join(
        draw(-_LOUDEST, _LOUDEST).to_bytes(2, "little", signed=True) for _ in range(samples)
    )


if __name__ == "__main__":
    main()
