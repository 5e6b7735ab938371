"""What a page shows of the home: its timers, its things, and what was announced.

The gateway knows no home: where the facts come from is handed in. A part is told once in full and
then only as far as it changed:

    {"event": "timers", "timers": [{id, kind, name, total_seconds, seconds_left, is_active, due,
                                    repeat}, ...]}                   all of them, soonest first
    {"event": "entities", "entities": [{id, name, area, domain, state, unit}, ...], "gone": [id]}
    {"event": "announcements", "announcements": [{text, at}, ...]}   newest last, `at` in ISO 8601
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from device import events as e
from device.bus import Subscription
from device.types import Entity, EntityState

Rows = Mapping[str, dict[str, Any]]
"""What is shown of each thing, by its id."""

_LOOK_SECONDS: Final = 1.0
_MOST_ROWS: Final = 200
"""Things in one message: a big home comes in several."""
_ANNOUNCEMENTS: Final = 20


class HomeView:
    """Looks at the home for everybody who watches."""

    def __init__(
        self,
        timers: Callable[[], Sequence[dict[str, Any]]],
        entities: Callable[[], Sequence[Entity]],
        state: Callable[[str], EntityState | None],
        now: Callable[[], datetime],
    ) -> None:
        """`timers` in the form of `~/timers`; `state` of an entity by its id; `now` local time."""
        self._timers = timers
        self._entities = entities
        self._state = state
        self._now = now
        self._announced: deque[dict[str, Any]] = deque(maxlen=_ANNOUNCEMENTS)
        self._rows: Rows = {}
        self._looked = float("-inf")

    async def run(self, events: Subscription) -> None:
        """Keep what the speaker announces, until the bus closes."""
        async for event in events:
            if isinstance(event, e.AnnouncementDue):
                at = self._now().isoformat(timespec="seconds")
                self._announced.append({"text": event.text, "at": at})

    async def watch(self) -> AsyncGenerator[dict[str, Any], None]:
        """Everything, and from then on what changed; looked at once a second."""
        timers: list[dict[str, Any]] | None = None
        announced: list[dict[str, Any]] | None = None
        rows: Rows = {}
        first = True
        while True:
            listed = list(self._timers())
            if timers is None or _standing(listed) != _standing(timers):
                yield {"event": "timers", "timers": listed}
            timers = listed
            if (said := list(self._announced)) != announced:
                yield {"event": "announcements", "announcements": said}
            announced = said
            seen = self._things()
            for message in entity_messages(rows, seen, always=first):
                yield message
            rows, first = seen, False
            await asyncio.sleep(_LOOK_SECONDS)

    def _things(self) -> Rows:
        """Made once for all who look at about the same time."""
        now = asyncio.get_running_loop().time()
        if now - self._looked >= _LOOK_SECONDS / 2:
            self._looked = now
            self._rows = {one.id: entity_row(one, self._state(one.id)) for one in self._entities()}
        return self._rows


def entity_row(entity: Entity, state: EntityState | None) -> dict[str, Any]:
    """What is shown of one thing; an empty `state` was never reported."""
    return {
        "id": entity.id,
        "name": entity.name,
        "area": entity.area,
        "domain": str(entity.domain),
        "state": state.value if state else "",
        "unit": state.unit if state else "",
    }


def entity_messages(old: Rows, new: Rows, *, always: bool = False) -> list[dict[str, Any]]:
    """What differs; with `always` a message even though nothing does."""
    changed = [row for key, row in new.items() if old.get(key) != row]
    gone = [key for key in old if key not in new]
    if not (changed or gone or always):
        return []
    pages = [changed[at : at + _MOST_ROWS] for at in range(0, len(changed), _MOST_ROWS)] or [[]]
    return [
        {"event": "entities", "entities": page, "gone": gone if not place else []}
        for place, page in enumerate(pages)
    ]


def _standing(timers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what only says that time passes."""
    return [
        {key: value for key, value in timer.items() if key != "seconds_left" or not timer["due"]}
        for timer in timers
    ]
