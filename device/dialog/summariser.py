"""Has a model shorten what is too old to be told word for word, while nobody waits for it."""

import asyncio
import logging
from typing import Final

from device.dialog.history import Exchange, History
from device.dialog.llm_server import LlmServer
from device.dialog.memory import to_summarise
from device.errors import LlmError
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

_LEAST: Final = 3
"""So many turns are worth a question to the model."""


class Summariser:
    """Asks one model, for one conversation, one thing at a time; what fails is left as it is."""

    def __init__(self, server: LlmServer, history: History) -> None:
        self._server = server
        self._history = history
        self._asking: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Begin, where there is enough that is old; call it when nobody waits for an answer."""
        older = self._history.unsummarised
        is_busy = self._asking is not None and not self._asking.done()
        if len(older) >= _LEAST and not is_busy:
            self._asking = asyncio.create_task(self._shorten(older), name="llm-summary")

    async def close(self) -> None:
        """Ask no more; idempotent."""
        if self._asking is not None:
            await end(self._asking)

    async def _shorten(self, older: tuple[Exchange, ...]) -> None:
        try:
            summary = await self._ask(older)
        except LlmError as error:
            _LOGGER.info("older turns stay as they are: %s [%s]", error, error.code)
        else:
            self._history.summarised(older, summary)

    async def _ask(self, older: tuple[Exchange, ...]) -> str:
        self._server.check()
        answer = self._server.complete(to_summarise(self._history.summary, older))
        try:
            await answer.begun()
            return "".join([piece async for piece in answer if isinstance(piece, str)]).strip()
        finally:
            await answer.aclose()
