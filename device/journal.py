"""What the journal is spared: the same complaint again and again. Pure: records bring their time.

Of each message, whatever is filled into it, ten lines are written at once and one more for every
six minutes since; the first line after a pause says how many were left out.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

BURST: Final = 10
"""Lines of one message that are written one after the other."""
EVERY_SECONDS: Final = 360.0
"""After so long one more of them may be written: 250 a day."""
_EVERY_TIME: Final = ("device.care.measuring", "device.care.words")
"""Whose lines are one a turn, and each another."""
_MOST_KINDS: Final = 200


@dataclass(slots=True)
class _Kind:
    """How one message is doing."""

    credit: float
    at: float
    left_out: int = 0


class RateLimit(logging.Filter):
    """Lets so much of each message through."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: OrderedDict[tuple[str, str], _Kind] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write a record, at the time it was made."""
        if record.name in _EVERY_TIME:
            return True
        kind = self._kind(record)
        # The wall clock may be set back.
        passed = max(0.0, record.created - kind.at)
        kind.credit, kind.at = min(BURST, kind.credit + passed / EVERY_SECONDS), record.created
        if kind.credit < 1:
            kind.left_out += 1
            return False
        kind.credit -= 1
        if kind.left_out:
            more = f"{record.getMessage()} ({kind.left_out} more like it were left out)"
            record.msg, record.args, kind.left_out = more, None, 0
        return True

    def _kind(self, record: logging.LogRecord) -> _Kind:
        key = (record.name, str(record.msg))
        kind = self._kinds.setdefault(key, _Kind(BURST, record.created))
        self._kinds.move_to_end(key)
        if len(self._kinds) > _MOST_KINDS:
            self._kinds.popitem(last=False)
        return kind
