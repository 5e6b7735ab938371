"""One run of espeak-ng: started before its text is known, so that only the speaking takes time."""

import os
import select
import subprocess
import threading
import weakref
from collections.abc import Sequence
from typing import IO, Final

from device.errors import EngineError, ModelMissing

_TIMEOUT_SECONDS: Final = 30.0
_BLOCK_BYTES: Final = 32_768
"""Three quarters of a second of sound: enough to judge its loudness by."""


class EspeakProcess:
    """Waits for one text, speaks it, and ends.

    The text goes through standard input, so nothing in it can be taken for an option or reach a
    shell. A process that nobody needs any more is ended with its owner.
    """

    def __init__(self, command: Sequence[str], voice: str) -> None:
        """`command` speaks text from its input as `voice` into a WAV. Raises EngineError."""
        self._voice = voice
        try:
            self._popen = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise _failure(str(error)) from error
        self._reading = threading.Lock()
        self._end = weakref.finalize(self, _end, self._popen, self._reading)

    @property
    def waiting(self) -> bool:
        """Whether it is still there."""
        return self._popen.poll() is None

    def say(self, text: str) -> None:
        """Give it its text; nothing more can be given after it. Raises EngineError."""
        stdin = _pipe(self._popen.stdin)
        try:
            with stdin:
                stdin.write(text.encode())
        except BrokenPipeError:
            return  # why it ended is told by `read`
        except OSError as error:
            raise _failure(str(error)) from error

    def read(self) -> bytes:
        """The next of the WAV; empty at its end. Raises EngineError."""
        with self._reading:
            block = self._block()
            if len(block) < _BLOCK_BYTES:
                self._check()
            return block

    def close(self) -> None:
        """End it, whatever it does; idempotent."""
        self._end()

    def _block(self) -> bytes:
        stdout, block = _pipe(self._popen.stdout), b""
        while not stdout.closed and len(block) < _BLOCK_BYTES:
            if not select.select([stdout], [], [], _TIMEOUT_SECONDS)[0]:
                self._popen.kill()
                raise _failure(f"it was silent for {_TIMEOUT_SECONDS:g} s")
            more = os.read(stdout.fileno(), _BLOCK_BYTES - len(block))
            if not more:
                break
            block += more
        return block

    def _check(self) -> None:
        """Raise when the program has ended in an error."""
        stderr = _pipe(self._popen.stderr)
        complaint = "" if stderr.closed else stderr.read().decode(errors="replace")
        if self._popen.wait(_TIMEOUT_SECONDS) == 0:
            return
        if "does not exist" in complaint:
            raise ModelMissing(
                f"espeak-ng has no voice {self._voice}; see: parlor voices --engine espeak"
            )
        raise _failure(complaint.strip() or "no reason given")


def _failure(reason: str) -> EngineError:
    return EngineError(f"espeak-ng failed ({reason}); try: espeak-ng hello")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _end(popen: "subprocess.Popen[bytes]", reading: threading.Lock) -> None:
    popen.kill()
    # Whoever reads meets the end of the sound now, and is done before the pipes are gone.
    with reading:
        popen.wait()
        for stream in (popen.stdin, popen.stdout, popen.stderr):
            if stream is not None:
                stream.close()
