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
_PROGRAM: Final = """#!/bin/sh
here=$(dirname "$0")
if [ -e "$here/unplugged" ]; then
    echo "{name}: main:831: audio open error: No such file or directory" >&2
    exit 1
fi
exec {python} "$here/card.py" {name} "$@"
"""


def install(folder: Path, python: str = sys.executable) -> Path:
    """Make the programs in a new folder, and give it."""
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "card.py").write_text(Path(__file__).read_text())
    for name in ("arecord", "aplay"):
        program = folder / name
        program.write_text(_PROGRAM.format(name=name, python=python))
        program.chmod(0o755)
    return folder


def main() -> None:
    """Be the program that is named first, beside the files that say how the card is."""
    folder, name = Path(sys.argv[0]).parent, sys.argv[1]
    options = dict(zip(sys.argv[2:], sys.argv[3:], strict=False))
    chunk_bytes = round(_CHUNK_SECONDS * int(options["-r"])) * 2 * int(options["-c"])
    began, chunks = time.monotonic(), 0
    while not (folder / "unplugged").exists():
        while (folder / "stalled").exists():
            time.sleep(_CHUNK_SECONDS)
            began += _CHUNK_SECONDS
        chunks += 1
        time.sleep(max(0.0, began + chunks * _CHUNK_SECONDS - time.monotonic()))
        if name == "arecord":
            os.write(sys.stdout.fileno(), _noise(chunk_bytes // 2))
        elif not os.read(sys.stdin.fileno(), chunk_bytes):
            return
    sys.exit(f"{name}: pcm_read:2240: read error: No such device")


def _noise(samples: int) -> bytes:
    draw = random.randint
    return b"".join(
        draw(-_LOUDEST, _LOUDEST).to_bytes(2, "little", signed=True) for _ in range(samples)
    )


if __name__ == "__main__":
    main()
