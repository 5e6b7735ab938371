"""What runs beside a turn for as long as it stands where it stands.

While the speaker thinks or speaks somebody hears what is said over it; while it thinks somebody
watches that it comes to an end.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from device import events as e
from device.errors import TookTooLong
from device.events import BargeIn, TurnState
from device.moves import Playing, Turn
from device.tasks import end


class Overhears(Protocol):
    """Hears what is said while the speaker thinks or speaks, and posts what it means."""

    async def run(
        self, turn_id: int, mode: BargeIn, asked: e.StartConversation | None = None
    ) -> None:
        """Listen until cancelled; `asked` is the question that the reply asks."""
        ...

    def is_ours(self, start_sample: int, stop_sample: int) -> bool:
        """Whether what was heard there is only what the speaker played."""
        ...


class Attention:
    """Follows one session's turn."""

    def __init__(
        self, post: Callable[[e.Event], None], overhears: Overhears | None, give_up_seconds: float,
        elsewhere: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """`overhears` None: nobody can talk over the speaker.

        `elsewhere`: whether somebody else finds interruptions; a stop word is still heard here.
        """
        self._post = post
        self._overhears = overhears
        self._give_up_seconds = give_up_seconds
        self._elsewhere = elsewhere
        self._heard_over: tuple[int, BargeIn] | None = None
        self._overhearing: asyncio.Task[None] | None = None
        self._thinking = 0
        self._limiting: asyncio.Task[None] | None = None

    async def follow(self, turn: Turn) -> None:
        """Begin and end what this turn needs; as often as one likes."""
        over = (turn.turn_id, turn.mode) if _may_be_talked_over(turn) else None
        if over != self._heard_over:
            await end(self._overhearing)
            self._heard_over, self._overhearing = over, self._overhear(turn) if over else None
        thinking = turn.turn_id if turn.state is TurnState.PROCESSING else 0
        if thinking != self._thinking:
            await end(self._limiting)
            limit = self._give_up(thinking) if thinking else None
            self._limiting = asyncio.create_task(limit, name="limit") if limit else None
            self._thinking = thinking

    async def end(self) -> None:
        """Leave no task behind; idempotent."""
        await end(self._overhearing, self._limiting)

    def _overhear(self, turn: Turn) -> asyncio.Task[None] | None:
        if self._overhears is None:
            return None
        mode = turn.mode
        if mode is BargeIn.FULL and self._elsewhere():
            mode = BargeIn.WAKE_WORD
        hearing = self._overhears.run(turn.turn_id, mode, turn.asked)
        return asyncio.create_task(hearing, name="overhear")

    async def _give_up(self, turn_id: int) -> None:
        await asyncio.sleep(self._give_up_seconds)
        late = TookTooLong(f"nothing was answered within {self._give_up_seconds:g} s")
        self._post(e.StageFailed(stage="agent", code=late.code, message=str(late), turn_id=turn_id))


def _may_be_talked_over(turn: Turn) -> bool:
    answering = turn.state in (TurnState.PROCESSING, TurnState.RESPONDING)
    return answering and not turn.muted and turn.playing is not Playing.RINGING
