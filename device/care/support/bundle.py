"""The support bundle: what somebody who helps needs to know, and nothing that is private.

Every file is told with what is in it before anything is written. No transcripts, no secrets, no
names of people, rooms, things or hosts: `device.care.support.scrubbing` and `.redaction` see to it.
"""

import io
import json
import os
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from device.care.health import find_health
from device.care.kept import found
from device.care.monitoring import page
from device.care.support.hardware import hardware, versions
from device.care.support.redaction import private_words, redacted
from device.care.support.scrubbing import Scrubber
from device.config import Config
from device.errors import StorageError
from device.folders import cache_folder, secret_file, state_folder
from device.health import Finding
from device.home.kept import KeptHome
from device.home.learned import Learned
from device.turn_log import TurnLog

LOG_LINES: Final = 2_000
_UNIT: Final = "parlor"
_JOURNAL_SECONDS: Final = 30.0
_LONGEST_LOG_BYTES: Final = 4_000_000
_LONGEST_SECRET_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the bundle."""

    name: str
    about: str
    text: str


def gather(config: Config, findings: Sequence[Finding], log_file: Path | None = None) -> list[Item]:
    """Everything, ready to be shown and written.

    `findings` are those of `parlor doctor`; `log_file` is read in place of the journal.
    """
    scrubber = Scrubber((*private_words(config), *_secrets(config), *_names(config), *_here()))
    state, health = state_folder(), find_health()
    told = {} if health is None else health.as_dict()
    kept = {one.kept.name: {"files": len(one.files), "bytes": one.size_bytes}
            for one in found(state, cache_folder())}  # fmt: skip

    def facts(name: str, about: str, value: Any) -> Item:
        return Item(name, about, json.dumps(_scrubbed(value, scrubber), indent=1) + "\n")

    return [
        Item("README.txt", "what this is", _README),
        Item("versions.json", "of the speaker and its packages", json.dumps(versions(), indent=1)),
        facts("hardware.json", "the computer: model, memory, disk, warmth, cards", hardware(state)),
        Item("config.json", "the configuration; of texts only that they are set",
             json.dumps(redacted(config), indent=1)),
        facts("doctor.json", "what parlor doctor finds", [asdict(one) for one in findings]),
        facts("health.json", "how its parts are", told),
        Item("metrics.txt", "how long turns took, and how many there were",
             page(TurnLog(state), {}, [])),
        facts("kept.json", "how much is kept of what, not what", kept),
        Item("log.txt", "the last of its log, names and words left out",
             "".join(f"{line}\n" for line in scrubber.log(_log(log_file)))),
    ]  # fmt: skip


def write(items: Sequence[Item], file: Path) -> None:
    """Write the bundle; only its owner may read it. Raises StorageError."""
    folder = file.name.removesuffix(".tar.gz")
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as bundle:
            for item in items:
                data = item.text.encode("utf-8", "replace")
                entry = tarfile.TarInfo(f"{folder}/{item.name}")
                entry.size, entry.mode, entry.mtime = len(data), 0o600, int(time.time())
                bundle.addfile(entry, io.BytesIO(data))
    except OSError as error:
        raise StorageError(
            f"cannot write {file}: {error.strerror}; name another: --output"
        ) from error


def _scrubbed(value: Any, scrubber: Scrubber) -> Any:
    match value:
        case str():
            return scrubber.scrub(value)
        case dict():
            return {key: _scrubbed(one, scrubber) for key, one in value.items()}
        case list() | tuple():
            return [_scrubbed(one, scrubber) for one in value]
    return value


def _log(file: Path | None) -> list[str]:
    """The last lines of the file or the journal; what cannot be read is said."""
    try:
        text = _journal() if file is None else _tail(file)
    except OSError as error:
        return [f"device.support: no log: {error.strerror}"]
    return text.splitlines()[-LOG_LINES:]


def _tail(file: Path) -> str:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _LONGEST_LOG_BYTES))
        return stream.read(_LONGEST_LOG_BYTES).decode("utf-8", "replace")


def _journal() -> str:
    command = ["journalctl", "--unit", _UNIT, "--lines", str(LOG_LINES),
               "--output", "short-iso", "--no-pager", "--quiet"]  # fmt: skip
    try:
        told = subprocess.run(command, capture_output=True, timeout=_JOURNAL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "device.support: the journal did not answer in time"
    return told.stdout[-_LONGEST_LOG_BYTES:].decode("utf-8", "replace")


def _secrets(config: Config) -> Iterator[str]:
    """Whatever stands in files of secrets that we may read: in case the log holds it."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    folders = [Path("/etc/parlor/credentials"), *([Path(credentials)] if credentials else [])]
    files = [file for folder in folders for file in _files(folder)]
    files += [secret_file(Path(word)) for word in private_words(config)]
    for file in files:
        try:
            if file.is_file() and file.stat().st_size <= _LONGEST_SECRET_BYTES:
                yield from file.read_text(encoding="utf-8", errors="replace").splitlines()
        except (OSError, ValueError):
            continue


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _names(config: Config) -> Iterator[str]:
    """What things and rooms are called here."""
    learned = Learned(config.home, config.mqtt.discovery_prefix, config.device.area)
    learned.take(KeptHome(state_folder()).messages)
    for device in learned.devices():
        yield from (device.entity.name, device.entity.area, *device.entity.aliases)


def _here() -> tuple[str, ...]:
    return socket.gethostname(), Path.home().name


_README: Final = """\
A support bundle of a Parlor speaker, written because somebody asked for it.

It tells which versions run on which computer, how they are set up, how they are, and the last of
their log. It holds no transcripts, no recordings, no secrets, and no names of people, rooms,
things, networks or hosts. (set) stands for a text that the owner wrote, <name> for a word that is
known to be private, (left out) for what somebody else wrote into the log.
"""
