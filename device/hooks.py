"""Runs people's own programs when something happens.

The names are those of the Wyoming satellite's event commands, with what it hands over on stdin:

    startup connected disconnected              -
    detect          waits for a wake word       -
    detection       heard one                   the word
    streaming-start streaming-stop              -       listens, or no more
    stt-start stt-stop                          -       somebody speaks, or has spoken
    transcript                                  what was said
    synthesize                                  what is answered
    tts-start tts-stop tts-played               -
    error                                       what went wrong
    timer-started timer-updated                 JSON: id, name, total_seconds, is_active
    timer-cancelled timer-finished              the timer's id
    duck unduck                                 -       whatever else plays should be softer, or not

No shell is between. Programs whose names begin alike run one after the other, so that unduck never
overtakes duck; a program that runs too long is killed with everything it started.
"""

import asyncio
import json
import logging
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, get_args

from device import events as e
from device.bus import Subscription
from device.config import HooksConfig
from device.config.home import HookName
from device.errors import HookFailed
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

HOOKS: Final[tuple[str, ...]] = get_args(HookName)
"""Every name that [hooks] knows."""

_STAGE: Final = "hooks"
_WAITING: Final = 16
"""Calls of one family that may wait; the oldest are dropped."""
_OUTPUT_BYTES: Final = 2_000
"""What is kept of a program's output, for the log."""
_OURS: Final = ("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
"""What systemd hands the speaker and nobody else."""


@dataclass(frozen=True, slots=True)
class Call:
    """A hook that is to run."""

    name: str
    payload: str = ""
    """What the program reads."""

    @property
    def family(self) -> str:
        """Calls of one family run one after the other."""
        return {"disconnected": "connected", "unduck": "duck"}.get(
            self.name, self.name.split("-")[0]
        )


def calls(event: e.Event) -> tuple[Call, ...]:
    """The hooks that an event stands for. Pure."""
    match event:
        case e.Ready():
            return Call("startup"), Call("detect")
        case e.HealthChanged(part="broker", healthy=healthy):
            return (Call("connected" if healthy else "disconnected"),)
        case e.WakeWordDetected(word=word):
            return (Call("detection", word),)
        case e.StateChanged(old=old, new=new):
            return _moved(old, new)
        case e.SpeechStarted():
            return (Call("stt-start"),)
        case e.TurnEnded():
            return (Call("stt-stop"),)
        case e.FinalTranscript(text=text):
            return (Call("transcript", text),)
        case e.ReplyText(text=text, is_final=True) if text:
            return (Call("synthesize", text),)
        case e.PlaybackStarted():
            return (Call("tts-start"),)
        case e.PlaybackFinished():
            return Call("tts-stop"), Call("tts-played")
        case e.StageFailed(stage=stage, message=message) if stage != _STAGE:
            return (Call("error", message),)
        case e.TimerStarted() | e.TimerUpdated() | e.TimerCancelled() | e.TimerFinished():
            return (_of_timer(event),)
        case e.DuckChanged(ducked=ducked):
            return (Call("duck" if ducked else "unduck"),)
    return ()


def _moved(old: e.TurnState, new: e.TurnState) -> tuple[Call, ...]:
    left = (Call("streaming-stop"),) if old is e.TurnState.LISTENING else ()
    if new is e.TurnState.LISTENING:
        return (*left, Call("streaming-start"))
    return (*left, Call("detect")) if new is e.TurnState.IDLE else left


def _of_timer(
    event: e.TimerStarted | e.TimerUpdated | e.TimerCancelled | e.TimerFinished,
) -> Call:
    name = event.kind.replace("_", "-")
    if isinstance(event, e.TimerCancelled | e.TimerFinished):
        return Call(name, event.id)
    about = {"id": event.id, "name": event.name, "total_seconds": round(event.total_seconds)}
    active = event.is_active if isinstance(event, e.TimerUpdated) else True
    return Call(name, json.dumps({**about, "is_active": active}, ensure_ascii=False))


class Hooks:
    """Runs what [hooks] names."""

    def __init__(
        self, config: HooksConfig, events: Subscription, tell: Callable[[e.Event], None]
    ) -> None:
        """`tell` takes word of hooks that fail, each once until it works again."""
        self._programs = {str(name): argv for name, argv in config.command.items()}
        self._timeout_seconds = config.timeout_seconds
        self._events = events
        self._tell = tell
        self._failing: set[str] = set()
        self._lanes: dict[str, _Lane] = {}

    async def run(self) -> None:
        """Run programs until cancelled or until the bus closes; what still runs is killed."""
        try:
            async for event in self._events:
                for call in calls(event):
                    if call.name in self._programs:
                        self._lane(call.family).put(call)
        finally:
            lanes, self._lanes = self._lanes, {}
            await end(*(lane.task for lane in lanes.values()))

    def _lane(self, family: str) -> "_Lane":
        if family not in self._lanes:
            self._lanes[family] = _Lane(self._call)
        return self._lanes[family]

    async def _call(self, call: Call) -> None:
        try:
            await run_program(self._programs[call.name], call.payload, self._timeout_seconds)
        except HookFailed as error:
            message = f"hook {call.name}: {error}"
            _LOGGER.warning("%s", message)
            if call.name not in self._failing:
                self._failing.add(call.name)
                self._tell(
                    e.StageFailed(stage=_STAGE, code=error.code, message=message, turn_id=-1)
                )
        except OSError as error:
            # No file or pipe is left for it; the next call may have one.
            _LOGGER.warning("hook %s cannot be run: %s", call.name, error)
        else:
            self._failing.discard(call.name)


class _Lane:
    """Runs the calls of one family, one after the other."""

    def __init__(self, run: Callable[[Call], Awaitable[None]]) -> None:
        self._waiting: deque[Call] = deque(maxlen=_WAITING)
        self._arrived = asyncio.Event()
        self.task = asyncio.create_task(self._work(run), name="hooks")

    def put(self, call: Call) -> None:
        if len(self._waiting) == _WAITING:
            _LOGGER.warning("hook %s is dropped: too many wait", self._waiting[0].name)
        self._waiting.append(call)
        self._arrived.set()

    async def _work(self, run: Callable[[Call], Awaitable[None]]) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await run(self._waiting.popleft())


async def run_program(argv: Sequence[str], payload: str, timeout_seconds: float) -> None:
    """Run a program to its end, with `payload` on stdin. Raises HookFailed."""
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    said = bytearray()
    with _readable(payload) as stdin, _collected(said) as stdout:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=stdin, stdout=stdout, stderr=stdout, env=environment,
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise HookFailed(f"{argv[0]} cannot be run ({error}); check [hooks] command") from error
        try:
            async with asyncio.timeout(timeout_seconds):
                code = await process.wait()
        except TimeoutError as error:
            raise HookFailed(
                f"{argv[0]} ran longer than {timeout_seconds:g} s and was killed; "
                "see what it waits for, or raise [hooks] timeout_seconds"
            ) from error
        finally:
            await _killed(process)
    _LOGGER.debug("%s ended with %s and wrote %d bytes", argv[0], code, len(said))
    if code != 0:
        raise HookFailed(f"{argv[0]} ended with {code}; see what it says on its own")


async def _killed(process: asyncio.subprocess.Process) -> None:
    """End a program that still runs, and whatever it started."""
    if process.returncode is None:
        # A program of another user cannot be killed: it is waited for.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@contextmanager
def _readable(payload: str) -> Iterator[int]:
    """A file of that content which is in no folder: what people say is never on disk."""
    file = os.memfd_create("payload")
    try:
        os.write(file, payload.encode("utf-8", "replace"))
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


@contextmanager
def _collected(said: bytearray) -> Iterator[int]:
    """A pipe that never fills up; its first bytes are added to `said`."""
    loop = asyncio.get_running_loop()
    reader, writer = os.pipe()
    os.set_blocking(reader, False)

    def take() -> None:
        with suppress(BlockingIOError):
            said.extend(os.read(reader, 65_536)[: _OUTPUT_BYTES - len(said)])

    loop.add_reader(reader, take)
    try:
        yield writer
        take()
    finally:
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)
