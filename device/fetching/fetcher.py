"""Fetches one file so that nothing which happens on the way can do harm.

What was fetched stays beside the target as NAME.part and is continued: by this call, and, where its
digest is known, by the next one, after a power cut too. The target appears at once, whole and with
the right digest, or not at all.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from device.errors import FetchError, FetchMismatch
from device.fetching.asking import Answer, asked
from device.fetching.part import Part, need_space
from device.fetching.patience import ENOUGH_BYTES, Pace, Patience
from device.fetching.remote import Body, Remote, Unsteady, judge, most_bytes, request_headers

_PIECE_BYTES: Final = 256 * 1024


def _ignore(_have: int) -> None:
    pass


class Fetcher:
    """Fetches files, one after the other; several of them may work at the same time."""

    def __init__(
        self,
        patience: Patience | None = None,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sleep` and `now` are seconds; whoever wants to end it early raises from `sleep`."""
        self._patience = patience or Patience()
        self._sleep = sleep
        self._now = now

    def fetch(self, remote: Remote, target: Path, tell: Callable[[int], None] = _ignore) -> str:
        """Put the file at `target` and give its SHA-256.

        `tell` hears how many bytes are here; it may raise to end it. Raises FetchError when nobody
        gives it, FetchMismatch for another file than was meant, StorageError.
        """
        part = Part(target)
        if remote.sha256 is None:
            part.clear()  # a power cut may have left holes in it, and nothing would tell
        in_pieces = self._complete(remote, part, tell)
        try:
            return part.finish(remote.url, remote.size, remote.sha256)
        except FetchMismatch:
            if not in_pieces:
                raise
        # Pieces of two versions fit no digest; one version must.
        self._complete(remote, part, tell)
        return part.finish(remote.url, remote.size, remote.sha256)

    def _complete(self, remote: Remote, part: Part, tell: Callable[[int], None]) -> bool:
        """Fetch what is missing; tells whether the file was put together from several pieces."""
        if remote.size and part.size == remote.size:
            return True  # it was whole when the power was cut
        failures, continued = 0, False
        while True:
            before = part.size
            continued = continued or before > 0
            try:
                self._pull(remote, part, tell)
                return continued
            except Unsteady as fault:
                if fault.anew:
                    part.clear()
                failures = 1 if part.size >= before + ENOUGH_BYTES else failures + 1
                wait = self._patience.wait_seconds(failures, fault.after_seconds)
                if wait is None:
                    raise FetchError(_given_up(remote, part, fault)) from fault
                self._sleep(wait)

    def _pull(self, remote: Remote, part: Part, tell: Callable[[int], None]) -> None:
        """One request, and all that it brings. Raises Unsteady unless the file is whole then."""
        have = part.size
        headers = request_headers(have, part.validator(remote.url), remote)
        with asked(remote.url, headers, self._patience.silent_seconds) as answer:
            body = judge(answer.status, answer.headers, have, remote)
            if body.end is not None:
                need_space(part.folder, body.end - body.offset)
            try:
                have = self._take(answer, body, remote, part, tell)
            except FetchMismatch:
                part.clear()
                raise
        if body.end is not None and have < body.end:
            raise Unsteady("the connection was cut")

    def _take(
        self, answer: Answer, body: Body, remote: Remote, part: Part, tell: Callable[[int], None]
    ) -> int:
        have, most = body.offset, most_bytes(remote, body)
        pace = Pace(self._patience, self._now())
        with part.open(have, remote.url, body.validator) as stream:
            tell(have)
            while piece := answer.body.read1(_PIECE_BYTES):
                have += len(piece)
                if have > most:
                    raise FetchMismatch(f"{remote.url} sends more than {most} bytes; it is refused")
                stream.write(piece)
                tell(have)
                if pace.stalls(len(piece), self._now()):
                    raise Unsteady("it comes too slowly")
        return have


def _given_up(remote: Remote, part: Part, fault: Unsteady) -> str:
    when = f"; it asks to wait {fault.after_seconds:.0f} s" if fault.after_seconds else ""
    kept = "; what is here is kept, run it again to go on" if part.size else ""
    return f"cannot fetch {remote.url}: {fault}{when}{kept}"
