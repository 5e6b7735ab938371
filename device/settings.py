"""What people change while the speaker runs, kept so that it survives a restart."""

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from device.errors import StorageError
from device.event import BargeIn

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting; the configuration gives the values at the first start."""

    volume: float = 0.7
    """0 to 1."""
    muted: bool = False
    wake_sensitivity: float = 0.5
    """0 to 1."""
    barge_in_sensitivity: float = 0.5
    """How readily a wake word and free speech are heard while the speaker speaks."""
    barge_in: BargeIn = BargeIn.FULL
    """What may interrupt the speaker."""
    follow_up: bool = False
    """Listen on after an answer."""
    language: str = "en"
    voice: str = ""
    """Empty: by language."""
    light_on: bool = True
    light_brightness: float = 1.0
    """0 to 1."""
    light_color: tuple[int, int, int] = (24, 187, 242)
    """Red, green and blue, 0 to 255."""
    light_effect: str = ""
    """Empty: what the speaker does is shown."""


class SettingsFile:
    """settings.json in the state folder; only what differs from the configuration is in it."""

    def __init__(self, folder: Path, configured: Settings) -> None:
        """Read what was kept; what cannot be read counts as never changed."""
        self._file = folder / "settings.json"
        self._configured = configured
        self.current = replace(configured, **_known(self._file, configured))

    def change(self, **changes: Any) -> None:
        """Set and keep. Raises StorageError when it holds only until the next start."""
        self.current = replace(self.current, **changes)
        configured = asdict(self._configured)
        own = {name: value for name, value in asdict(self.current).items()
               if value != configured[name]}  # fmt: skip
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(own), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as error:
            raise StorageError(
                f"cannot keep the settings in {self._file} ({error.strerror}); free some space, "
                "or the next start forgets them"
            ) from error


def _known(file: Path, configured: Settings) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _LOGGER.warning("%s cannot be read (%s); the settings are those configured", file, error)
        return {}
    if not isinstance(kept, dict):
        return {}
    usual = {field.name: getattr(configured, field.name) for field in fields(configured)}
    return {name: _read(value, usual[name])
            for name, value in kept.items() if _fits(value, usual.get(name))}  # fmt: skip


def _read(value: Any, usual: Any) -> Any:
    if isinstance(usual, BargeIn):
        return BargeIn(value)
    return tuple(value) if isinstance(value, list) else value


def _fits(value: Any, usual: Any) -> bool:
    if isinstance(usual, tuple):
        numbers = isinstance(value, list) and all(isinstance(one, int) for one in value)
        return numbers and len(value) == len(usual) and all(0 <= one <= 255 for one in value)
    if isinstance(usual, BargeIn):
        return value in list(BargeIn)
    if isinstance(usual, float):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and 0.0 <= value <= 1.0
    return usual is not None and type(value) is type(usual)
