"""What a speaker needs of its computer: time, space, coolness, sound models, secrets kept.

Each check gives what it found, and nothing where nobody can tell or nothing can be wrong.
"""

import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from device.care.service import read_service, service
from device.config import Config
from device.errors import ConfigError, ModelInvalid, StorageError
from device.folders import models_home, secret_file, state_folder
from device.hal.mixer import Muted, read_muted
from device.hal.thermal import read_celsius, read_throttled
from device.health import Code, Finding
from device.models.catalogue import read_catalogue
from device.models.store import State, Store

BUILT: Final = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""An earlier time was never set: most boards have no battery."""
LEAST_BYTES: Final = 100_000_000
"""Settings, logs and the next release need so much."""
_SECRETS: Final = frozenset(
    {"key_file", "secret_file", "access_key_file", "assistant_token_file", "password_file"}
)
CREDENTIALS: Final = Path("/etc/parlor/credentials")
"""Where systemd takes credentials from, for who is not started by it."""


def look_around(config: Config) -> Iterator[Finding]:
    """Everything that does not depend on whether the speaker runs."""
    yield clock(time.time())
    yield space(state_folder())
    yield from warmth(read_celsius(), throttled=read_throttled(), hot=config.care.hot_celsius)
    yield from models(models_home())
    yield from secrets(config)
    yield from mixer(read_muted())
    yield from service(read_service())


def clock(now: float) -> Finding:
    """Whether the time, in seconds since 1970, can be."""
    told = datetime.fromtimestamp(now).astimezone().isoformat(" ", "minutes")
    if now < BUILT:
        message = f"{told} is long over; let the computer ask for the time: timedatectl set-ntp on"
        return Finding("clock", False, message, Code.CLOCK_WRONG)
    return Finding("clock", True, told)


def space(folder: Path) -> Finding:
    """Whether there is room where the speaker keeps things."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    figures = {"free_mb": float(free // 1_000_000)}
    told = f"{free / 1e9:.1f} GB are free in {there}"
    if free < LEAST_BYTES:
        message = f"{told}, too little; make room: journalctl --vacuum-size=50M"
        return Finding("disk", False, message, StorageError.code, figures)
    return Finding("disk", True, told, "", figures)


def warmth(celsius: float | None, *, throttled: bool, hot: float) -> Iterator[Finding]:
    """Whether the computer is cool enough to be quick; what is too hot is slow, but works."""
    advice = "give it a cooler, or air, and a supply of enough power"
    figures = {} if celsius is None else {"celsius": round(celsius, 1)}
    if throttled:
        message = f"the computer slows itself down; {advice}"
        yield Finding("temperature", True, message, Code.THROTTLED, figures)
    elif celsius is not None and celsius >= hot:
        yield Finding("temperature", True, f"{celsius:.0f} °C; {advice}", Code.TOO_HOT, figures)
    elif celsius is not None:
        yield Finding("temperature", True, f"{celsius:.0f} °C", "", figures)


def models(folder: Path) -> Iterator[Finding]:
    """Whether models that were fetched are still what they were, by size and time."""
    store, installed = Store(folder), 0
    for model in read_catalogue([folder]):
        state = store.state(model)
        installed += state is State.INSTALLED
        if state is State.DAMAGED:
            message = f"{model.name} is damaged; get it again: parlor models fetch {model.name}"
            yield Finding("models", False, message, ModelInvalid.code)
    if installed:
        yield Finding("models", True, f"{installed} fetched and unchanged in {folder}")


def mixer(muted: Sequence[Muted] | None) -> Iterator[Finding]:
    """Whether a switch keeps sound back; that may be another card's, and so is a warning."""
    for one in muted or ():
        what = "nothing is heard" if one.captures else "nothing is said"
        switch = "cap" if one.captures else "unmute"
        message = f"{one.control} is off: {what}; run: amixer sset '{one.control}' {switch}"
        yield Finding("mixer", True, message, Code.MIXER_MUTED)


def secrets(config: Config) -> Iterator[Finding]:
    """Whether secrets are there, and only who needs them can read them."""
    files = sorted(set(_secret_files(config)))
    for file in files:
        if fault := _fault(file):
            yield Finding("secrets", False, fault, ConfigError.code)
    if files:
        yield Finding("secrets", True, f"{len(files)} named")


def _fault(file: Path) -> str:
    try:
        found = secret_file(file)
        found = found if found.is_absolute() else CREDENTIALS / file
        mode = found.stat().st_mode
    except ConfigError as error:
        return str(error)
    except PermissionError:
        # Who may not even look cannot judge; and that is as it should be.
        return ""
    except OSError as error:
        return f"cannot read the secret {file}: {error.strerror}; correct the path, or make it"
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"others can read the secret {found}; run: chmod 600 {found}"
    return ""


def _secret_files(section: BaseModel) -> Iterator[Path]:
    for name, value in section:
        if name in _SECRETS and isinstance(value, Path):
            yield value
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, BaseModel):
                yield from _secret_files(one)
