"""Reads the configuration.

`/etc/parlor/parlor.toml` is read first, the file given with `--config` over it, and
`PARLOR_SECTION__KEY` over both. All mistakes are told at once.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from device.config import Config
from device.errors import ConfigError

SYSTEM_CONFIG = Path("/etc/parlor/parlor.toml")


def load(path: Path | None = None) -> Config:
    """Read the configuration. Raises ConfigError that lists every mistake."""
    files = [SYSTEM_CONFIG] if SYSTEM_CONFIG.is_file() else []
    return _read([*files, *([path] if path else [])])


def load_alone(file: Path) -> Config:
    """Read a file that is to take the place of the system's. Raises ConfigError."""
    return _read([file])


def _read(files: list[Path]) -> Config:
    values: dict[str, Any] = {}
    for file in files:
        values = _merged(values, _parsed(file))
    try:
        return Config(**values)
    except ValidationError as error:
        where = " and ".join(map(str, files)) or "the environment"
        lines = [f"  {_explained(mistake)}" for mistake in error.errors()]
        raise ConfigError("\n".join([f"mistakes in {where}:", *lines])) from None


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}; check --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from error


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(base[key], over[key])
        for key in base.keys() & over.keys()
        if isinstance(base[key], dict) and isinstance(over[key], dict)
    }
    return {**base, **over, **both}


def _explained(mistake: Any) -> str:
    location = [part for part in mistake["loc"] if isinstance(part, str | int)]
    name = ".".join(map(str, location))
    if mistake["type"] != "extra_forbidden":
        return f"{name}: {mistake['msg']} (got {mistake.get('input')!r})"
    close = difflib.get_close_matches(str(location[-1]), _keys_at(location[:-1]), n=1)
    return f"{name}: unknown key" + (f"; did you mean {close[0]!r}?" if close else "")


def _keys_at(location: list[str | int]) -> list[str]:
    model: Any = Config
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            kind = model.model_fields[part].annotation
            model = next((a for a in get_args(kind) if hasattr(a, "model_fields")), kind)
    return list(model.model_fields) if hasattr(model, "model_fields") else []
