"""What the speaker has learned of the home, kept so that it knows the names at once when it starts.

home.json in the state folder holds the announcements themselves, by topic.
"""

import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path

from device.stored import replace_synced

_LOGGER = logging.getLogger(__name__)


class KeptHome:
    """home.json, read once and written whole."""

    def __init__(self, folder: Path) -> None:
        """What cannot be read counts as never learned."""
        self._file = folder / "home.json"
        kept = _read(self._file)
        self.retained = frozenset(kept.get("retained", {}))
        """Topics whose message the broker keeps too: when it does not any more, it is over."""
        self.messages: dict[str, str] = {**kept.get("told", {}), **kept.get("retained", {})}
        """Payload by topic, for `Learned.take`."""

    def keep(self, messages: Mapping[str, str], retained: Collection[str]) -> None:
        """Write it unless it is the same; what cannot be written is learned anew after a start."""
        if messages == self.messages and retained == self.retained:
            return
        kept = {
            "retained": {topic: text for topic, text in messages.items() if topic in retained},
            "told": {topic: text for topic, text in messages.items() if topic not in retained},
        }
        try:
            replace_synced(self._file, kept)
        except OSError as error:
            _LOGGER.warning("what was learned of the home cannot be kept: %s", error)
            return
        self.messages, self.retained = dict(messages), frozenset(retained)


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _LOGGER.warning("%s cannot be read, the home is learned anew: %s", file, error)
        return {}
    parts = kept if isinstance(kept, dict) else {}
    return {
        name: {topic: text for topic, text in part.items() if isinstance(text, str)}
        for name, part in parts.items()
        if isinstance(part, dict)
    }
