"""Hooks with real little programs."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from device import events as e
from device.bus import Bus
from device.config import HooksConfig
from device.errors import HookFailed
from device.hooks import HOOKS, Call, Hooks, calls, run_program
from device.pipeline.mock import MockStt
from device.running import supervised
from device.tasks import end
from tests.flow import Rig as SessionRig
from tests.flow import flow, silence, speech, wake_word

IDLE, LISTENING, PROCESSING, RESPONDING = e.TurnState
FAILED = e.StageFailed(stage="stt", code="engine-failed", message="it broke")
EVENTS: tuple[tuple[e.Event, tuple[Call, ...]], ...] = (
    (e.Ready(), (Call("startup"), Call("detect"))),
    (e.HealthChanged(part="broker", healthy=True), (Call("connected"),)),
    (e.HealthChanged(part="broker", healthy=False), (Call("disconnected"),)),
    (e.HealthChanged(part="microphone", healthy=False), ()),
    (e.WakeWordDetected(word="hey_jarvis", score=0.9), (Call("detection", "hey_jarvis"),)),
    (e.StateChanged(old=IDLE, new=LISTENING), (Call("streaming-start"),)),
    (e.StateChanged(old=LISTENING, new=PROCESSING), (Call("streaming-stop"),)),
    (e.StateChanged(old=LISTENING, new=IDLE), (Call("streaming-stop"), Call("detect"))),
    (e.StateChanged(old=RESPONDING, new=IDLE), (Call("detect"),)),
    (e.SpeechStarted(), (Call("stt-start"),)),
    (
        e.TurnEnded(start_sample=0, stop_sample=1, speech_stop_sample=1, reason="silence"),
        (Call("stt-stop"),),
    ),
    (
        e.FinalTranscript(text="licht an", language="de", engine="x", confidence=1.0),
        (Call("transcript", "licht an"),),
    ),
    (e.ReplyText(text="Done."), (Call("synthesize", "Done."),)),
    (e.ReplyText(text="Done, and", is_final=False), ()),
    (e.ReplyText(text=""), ()),
    (e.PlaybackStarted(), (Call("tts-start"),)),
    (e.PlaybackFinished(heard_seconds=1.0), (Call("tts-stop"), Call("tts-played"))),
    (FAILED, (Call("error", "it broke"),)),
    (e.TimerCancelled(id="7"), (Call("timer-cancelled", "7"),)),
    (e.TimerFinished(id="7"), (Call("timer-finished", "7"),)),
    (e.DuckChanged(ducked=True), (Call("duck"),)),
    (e.DuckChanged(ducked=False), (Call("unduck"),)),
)


@pytest.mark.parametrize(("event", "expected"), EVENTS)
def test_an_event_stands_for_hooks(event: e.Event, expected: tuple[Call, ...]) -> None:
    assert calls(event) == expected


def test_timers_are_told_in_json() -> None:
    started = calls(e.TimerStarted(id="7", name="Küche", total_seconds=60.0))[0]
    paused = calls(e.TimerUpdated(id="7", total_seconds=60.0, is_active=False))[0]
    assert (started.name, json.loads(started.payload)) == (
        "timer-started", {"id": "7", "name": "Küche", "total_seconds": 60, "is_active": True},
    )  # fmt: skip
    assert (paused.name, json.loads(paused.payload)["is_active"]) == ("timer-updated", False)


def test_every_hook_has_an_event() -> None:
    timers = {"timer-started", "timer-updated"}
    assert {call.name for _, expected in EVENTS for call in expected} | timers == set(HOOKS)


def test_a_real_turn_runs_the_hooks_in_order() -> None:
    async def turn(session: SessionRig) -> None:
        await session.hear(silence(0.5), wake_word(), silence(0.6), speech(1.0), silence(1.5))
        await session.settle()

    told = flow(turn, stt=MockStt(["turn on the kitchen light"])).events
    names = [call.name for event in told for call in calls(event)]
    assert [name for name in names if "duck" not in name] == [
        "startup", "detect", "detection", "streaming-start", "stt-start", "stt-stop",
        "streaming-stop", "transcript", "synthesize", "tts-start", "tts-stop", "tts-played",
        "detect",
    ]  # fmt: skip
    assert [name for name in names if "duck" in name] == ["duck", "unduck"]


class Rig:
    """Hooks on a bus, with what they told."""

    def __init__(self, timeout_seconds: float = 30.0, **command: tuple[str, ...]) -> None:
        named = {name.replace("_", "-"): argv for name, argv in command.items()}
        config = HooksConfig.model_validate({"command": named, "timeout_seconds": timeout_seconds})
        self.bus = Bus()
        self.told: list[e.StageFailed] = []
        self._hooks = Hooks(config, self.bus.subscribe(), self._note)
        self._running = asyncio.create_task(self._hooks.run())

    def _note(self, event: e.Event) -> None:
        assert isinstance(event, e.StageFailed)
        self.told.append(event)
        self.bus.tell(event)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        await end(self._running)


def script(folder: Path, text: str) -> tuple[str, ...]:
    file = folder / f"hook{len(list(folder.glob('hook*')))}.py"
    file.write_text(text)
    return sys.executable, "-S", str(file)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def writer(folder: Path, what: str) -> tuple[str, ...]:
    """A program that adds a line to `log` in one write."""
    return script(
        folder,
        f"import os, sys\nlog = open({str(folder / 'log')!r}, 'a')\nlog.write({what} + chr(10))\n",
    )


async def test_the_program_reads_what_was_said(tmp_path: Path) -> None:
    rig = Rig(transcript=writer(tmp_path, "sys.stdin.buffer.read().decode()"))
    rig.bus.tell(e.FinalTranscript(text="größer; $(rm)", language="", engine="", confidence=1))
    await rig.until(lambda: lines(tmp_path / "log") == ["größer; $(rm)"])
    await rig.end()
    assert rig.told == []


async def test_no_shell_is_between(tmp_path: Path) -> None:
    rig = Rig(detection=(*writer(tmp_path, "repr(sys.argv[1:])"), "$HOME; *", "two words"))
    rig.bus.tell(e.WakeWordDetected(word="x", score=1.0))
    await rig.until(lambda: lines(tmp_path / "log") == ["['$HOME; *', 'two words']"])
    await rig.end()


async def test_unduck_never_overtakes_duck(tmp_path: Path) -> None:
    slow = writer(tmp_path, "(__import__('time').sleep(0.2), 'duck')[1]")
    rig = Rig(duck=slow, unduck=writer(tmp_path, "'unduck'"))
    for ducked in (True, False, True, False):
        rig.bus.tell(e.DuckChanged(ducked=ducked))
    await rig.until(lambda: len(lines(tmp_path / "log")) == 4)
    await rig.end()
    assert lines(tmp_path / "log") == ["duck", "unduck"] * 2


async def test_a_slow_hook_does_not_delay_another(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waits = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
    rig = Rig(transcript=script(tmp_path, waits), duck=writer(tmp_path, "'duck'"))
    rig.bus.tell(e.FinalTranscript(text="x", language="", engine="", confidence=1))
    rig.bus.tell(e.DuckChanged(ducked=True))
    await rig.until(lambda: lines(tmp_path / "log") == ["duck"])
    gate.touch()
    await rig.end()


async def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hangs = ("sh", "-c", f"sleep 600 & echo $$ $! > {pids}; wait")
    rig = Rig(timeout_seconds=2.0, startup=hangs)
    rig.bus.tell(e.Ready())
    await rig.until(lambda: bool(rig.told))
    assert rig.told[0].code == "hook-failed"
    assert "longer than 2 s" in rig.told[0].message
    running = [int(pid) for pid in pids.read_text().split()]
    await rig.until(lambda: not any(_alive(pid) for pid in running))
    await rig.end()


def _alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


async def test_what_runs_when_the_speaker_ends_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    hangs = f"import os, time\nopen({str(pid)!r}, 'w').write(f'{{os.getpid()}} .')\ntime.sleep(600)"
    rig = Rig(startup=script(tmp_path, hangs))
    rig.bus.tell(e.Ready())
    await rig.until(lambda: pid.exists() and pid.read_text().endswith("."))
    await rig.end()
    running = int(pid.read_text().split()[0])
    await rig.until(lambda: not _alive(running))


async def test_a_hook_that_fails_is_told_once_until_it_works_again(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    fails = (
        "import os, sys\n"
        f"log = open({str(tmp_path / 'log')!r}, 'a')\nlog.write('x' + chr(10))\n"
        f"sys.exit(os.path.exists({str(wrong)!r}) * 3)\n"
    )
    rig = Rig(duck=script(tmp_path, fails))

    async def duck(runs: int) -> None:
        rig.bus.tell(e.DuckChanged(ducked=True))
        await rig.until(lambda: len(lines(tmp_path / "log")) == runs)

    wrong.touch()
    await duck(1)
    await duck(2)
    await rig.until(lambda: len(rig.told) == 1)
    await duck(3)
    wrong.unlink()
    await duck(4)
    wrong.touch()
    await duck(5)
    await rig.until(lambda: len(rig.told) == 2)
    await rig.end()
    assert {(told.stage, told.code, told.turn_id) for told in rig.told} == {
        ("hooks", "hook-failed", -1)
    }


async def test_a_program_that_is_not_there_is_told_and_harms_nobody(tmp_path: Path) -> None:
    rig = Rig(
        error=("/no/such/program",), startup=("a\0b",), detect=(str(tmp_path),),
        duck=writer(tmp_path, "'duck'"),
    )  # fmt: skip
    for event in (e.Ready(), FAILED, e.DuckChanged(ducked=True)):
        rig.bus.tell(event)
    await rig.until(lambda: len(rig.told) == 3 and lines(tmp_path / "log") == ["duck"])
    await rig.end()
    assert "/no/such/program cannot be run" in " ".join(told.message for told in rig.told)


async def test_a_program_that_talks_a_lot_ends_all_the_same(tmp_path: Path) -> None:
    talks = f"print('x' * 1_000_000)\nopen({str(tmp_path / 'log')!r}, 'w').write('done')\n"
    rig = Rig(startup=script(tmp_path, talks))
    rig.bus.tell(e.Ready())
    await rig.until(lambda: lines(tmp_path / "log") == ["done"])
    await rig.end()
    assert rig.told == []


async def test_a_program_that_reads_nothing_is_no_failure(tmp_path: Path) -> None:
    rig = Rig(synthesize=("true",), duck=writer(tmp_path, "'duck'"))
    rig.bus.tell(e.ReplyText(text="x" * 1_000_000))
    rig.bus.tell(e.DuckChanged(ducked=True))
    await rig.until(lambda: lines(tmp_path / "log") == ["duck"])
    await rig.end()
    assert rig.told == []


async def test_what_systemd_gives_the_speaker_is_not_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/x")
    rig = Rig(startup=writer(tmp_path, "' '.join(sorted(os.environ))"))
    rig.bus.tell(e.Ready())
    await rig.until(lambda: bool(lines(tmp_path / "log")))
    await rig.end()
    names = lines(tmp_path / "log")[0].split()
    assert "PATH" in names
    assert not {"CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"} & set(names)


async def test_too_many_calls_drop_the_oldest(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waits = (
        "import os, sys, time\n"
        f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
        f"log = open({str(tmp_path / 'log')!r}, 'a')\nlog.write(sys.stdin.read() + chr(10))\n"
    )
    rig = Rig(detection=script(tmp_path, waits))
    rig.bus.tell(e.WakeWordDetected(word="first", score=1.0))
    await asyncio.sleep(0)
    for number in range(40):
        rig.bus.tell(e.WakeWordDetected(word=str(number), score=1.0))
    await asyncio.sleep(0)
    gate.touch()
    await rig.until(lambda: lines(tmp_path / "log")[-1:] == ["39"])
    await rig.end()
    assert len(lines(tmp_path / "log")) <= 17


async def test_hooks_that_failed_run_when_they_have_begun_again(tmp_path: Path) -> None:
    bus = Bus()
    config = HooksConfig.model_validate({"command": {"duck": writer(tmp_path, "'x'")}})
    running = asyncio.create_task(supervised(Hooks(config, bus.subscribe(), bus.tell).run))
    endless = e.TimerStarted(id="7", total_seconds=float("inf"))
    for event in (e.DuckChanged(ducked=True), endless, e.DuckChanged(ducked=True)):
        bus.tell(event)
    while len(lines(tmp_path / "log")) < 1:
        await asyncio.sleep(0.01)
    await end(running)


async def test_no_file_is_left_open_by_a_hook() -> None:
    async def use() -> int:
        for program in ("true", "false", "/no/such/program"):
            with suppress(HookFailed):
                await run_program([program], "x", 30.0)
        return _open_files()

    before = await use()
    for _ in range(3):
        after = await use()
    assert after <= before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
