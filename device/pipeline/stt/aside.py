"""Long computations in a process of their own: here they would hold up audio."""

import asyncio
import logging
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from device import clock
from device.cores import Work, settle
from device.errors import DeviceError, EngineError

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

_SERVE = f"from {__name__} import serve; serve()"


async def aside(function: Callable[[], T]) -> T:
    """What `function` gives in a child process of low priority; both are pickled.

    Raises what it raises, and EngineError when the child comes to nothing. In virtual time the
    loop computes it.
    """
    if clock.is_virtual():
        return clock.work(function)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        answer, _ = await process.communicate(pickle.dumps(function))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise EngineError(f"a child process ended with {process.returncode}; see the log above")
    value, error = pickle.loads(answer)
    if error is not None:
        raise error
    result: T = value
    return result


def serve() -> None:
    """The child: compute what standard input holds, and write what came of it."""
    settle(Work.BACKGROUND)
    answer = os.dup(sys.stdout.fileno())
    # Whatever a library prints must not get into the answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with os.fdopen(answer, "wb") as stream:
        stream.write(pickle.dumps(_outcome(sys.stdin.buffer.read())))


def _outcome(request: bytes) -> tuple[Any, DeviceError | None]:
    try:
        return pickle.loads(request)(), None
    except DeviceError as error:
        return None, error
    except Exception as error:
        _LOGGER.exception("a computation failed")
        return None, EngineError(f"a computation failed ({error}); see the log")
