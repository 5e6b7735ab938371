"""Which core a thread computes on, and how pressing its work is.

Where there are four cores or more, the last one is kept for sound: wake words are heard there and
nothing else that is heavy runs there, so that Whisper at full speed delays no sound. Where there
are fewer, only niceness tells threads apart. Linux places and nices single threads (sched(7):
a thread's id is a process's to sched_setaffinity and setpriority); elsewhere nothing is done.
"""

import os
import sys
import threading
from collections.abc import Set as AbstractSet
from contextlib import suppress
from enum import Enum
from typing import Final

_FEWEST_CORES: Final = 4
_BACKGROUND_NICENESS: Final = 10
_SOUND_NICENESS: Final = -5
"""Granted to root, or by the unit's LimitNICE."""


class Work(Enum):
    """What a thread is there for."""

    SOUND = "sound"
    """Must keep up with sound."""
    ANSWER = "answer"
    """Somebody waits for it."""
    BACKGROUND = "background"
    """Nobody waits for it."""


def cores_for(work: Work, available: AbstractSet[int]) -> AbstractSet[int]:
    """The cores for a kind of work, of those that the process may use."""
    if len(available) < _FEWEST_CORES:
        return available
    kept = max(available)
    return {kept} if work is Work.SOUND else available - {kept}


def settle(work: Work) -> None:
    """Place and nice the calling thread and the threads that it starts; never raises."""
    if sys.platform != "linux":
        return
    with suppress(OSError):
        os.sched_setaffinity(0, cores_for(work, os.sched_getaffinity(os.getpid())))
    niceness = {Work.SOUND: _SOUND_NICENESS, Work.BACKGROUND: _BACKGROUND_NICENESS}.get(work)
    if niceness is not None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
