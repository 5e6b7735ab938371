"""Listens whenever nothing else is under way: nobody presses, and no wake word is said."""

import asyncio
from typing import Final

from device import events as e
from device.gateway.visit import Visit

_PAUSE_SECONDS: Final = 1.0
"""After something failed: what is broken is not asked all the time."""


async def keep_listening(visit: Visit) -> None:
    """Ask to listen each time the conversation comes to rest, until cancelled."""
    told = visit.subscribe()
    failed = False
    try:
        if not visit.busy:
            visit.post(e.ListenRequested(by="api"))
        async for event in told:
            if isinstance(event, e.ListenRequested):
                continue  # our own: a muted microphone would be asked for ever
            failed = failed or isinstance(event, e.StageFailed)
            if failed and not visit.busy:
                failed = False
                await asyncio.sleep(_PAUSE_SECONDS)
            if not visit.busy:  # else it would be cut
                visit.post(e.ListenRequested(by="api"))
    finally:
        told.close()
