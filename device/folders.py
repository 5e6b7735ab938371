"""Where the speaker keeps things on disk, and how it reads what is secret."""

import os
import stat
from pathlib import Path

from device.errors import ConfigError


def secret_file(path: Path) -> Path:
    """The file, or the systemd credential of that name, loaded alone or with a whole folder.

    Raises ConfigError when all can read the file.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and not path.is_absolute():
        # LoadCredential=parlor:/etc/parlor/credentials names what is in that folder so.
        of_folder = Path(folder, f"parlor_{path}")
        return of_folder if of_folder.exists() else Path(folder, path)
    if _everybody_reads(path):
        raise ConfigError(f"everybody can read the secret {path}; run: chmod 600 {path}")
    return path


def _everybody_reads(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:  # whoever reads it says why it cannot be read
        return False


def read_secret(path: Path) -> str:
    """Read a secret file, or the systemd credential of that name. Raises ConfigError."""
    file = secret_file(path)
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the secret {file}: {error}") from error


def read_key(file: Path | None) -> str:
    """The same; empty where no file is named: the service asks for no key. Raises ConfigError."""
    return "" if file is None else read_secret(file)


def state_folder() -> Path:
    """Where the speaker keeps what it must remember."""
    named = os.environ.get("STATE_DIRECTORY")
    return Path(named) if named else Path.home() / ".local/state/parlor"


def cache_folder() -> Path:
    """Where the speaker keeps what it can make again."""
    named = os.environ.get("CACHE_DIRECTORY")
    return Path(named) if named else state_folder() / "cache"


def runtime_folder() -> Path | None:
    """Where the running speaker tells how it is; None where nothing gave it such a place."""
    named = os.environ.get("RUNTIME_DIRECTORY")
    # systemd separates several by colons; the first one is the speaker's.
    return Path(named.partition(":")[0]) if named else None


def models_folders() -> list[Path]:
    """Where models are looked for, first hit wins."""
    named = os.environ.get("PARLOR_MODELS")
    usual = [Path("/var/lib/parlor/models"), Path.home() / ".local/share/parlor/models"]
    return [Path(named)] if named else usual


def models_home() -> Path:
    """Where models are put: the first of the folders that this user may write to."""
    folders = models_folders()
    return next((folder for folder in folders if _writable(folder)), folders[0])


def _writable(folder: Path) -> bool:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return os.access(there, os.W_OK)
