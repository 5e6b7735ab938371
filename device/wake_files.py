"""What is kept of wake words: counts, recordings, and a line about each; atomic, and private."""

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from device.audio.files import write_sound
from device.audio.format import Samples
from device.errors import AudioFileError
from device.pipeline.wake import tally
from device.pipeline.wake.tally import Tally

_LOGGER = logging.getLogger(__name__)

LINES: Final = "clips.jsonl"
_TALLY: Final = "tally.json"
_FILE_MODE: Final = 0o600


def read_tally(folder: Path) -> Tally:
    """The counts; none where they cannot be read."""
    try:
        return tally.tally_from(json.loads((folder / _TALLY).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Tally()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        _LOGGER.warning("the count of wake words cannot be read and begins anew: %s", error)
        return Tally()


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """What is known of each recording, the oldest first."""
    try:
        lines = (folder / LINES).read_text(encoding="utf-8").splitlines()
        read = [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return []
    return [line for line in read if isinstance(line, dict) and _is_name(line.get("clip"))]


def _is_name(clip: object) -> bool:
    """Whether it names a file of this folder and no other."""
    return isinstance(clip, str) and Path(clip).name == clip


def write(
    folder: Path, counts: dict[str, Any], lines: list[dict[str, Any]], gone: list[str]
) -> None:
    """Keep everything; a full disk costs what was learned, not the speaker."""
    try:
        _put(folder / _TALLY, json.dumps(counts))
        if lines:
            _put(folder / LINES, "".join(f"{json.dumps(line)}\n" for line in lines))
        else:
            remove([folder / LINES])
    except OSError as error:
        _LOGGER.warning("cannot keep what wake words led to: %s", error)
    remove(folder / clip for clip in gone)


def write_clip(file: Path, samples: Samples) -> None:
    """Keep a recording where that is possible."""
    try:
        _private(file.parent)
        file.touch(mode=_FILE_MODE)
        write_sound(file, samples)
    except (OSError, AudioFileError) as error:
        _LOGGER.warning("cannot keep the recording of a wake word: %s", error)


def _put(file: Path, text: str) -> None:
    _private(file.parent)
    draft = file.with_suffix(".draft")
    draft.touch(mode=_FILE_MODE)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def _private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def remove(files: Iterable[Path]) -> None:
    """Remove those that are there."""
    for file in files:
        with suppress(OSError):
            file.unlink()
