"""How the speaker is: written down by the daemon, judged by whoever looks after it."""

import asyncio
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import __version__
from device import events as e
from device.bus import Bus
from device.care.health import WRITE_SECONDS, HealthFile, find_health
from device.clock import run_virtual
from device.errors import EngineError
from device.health import Finding, Health, Part, State, judge, read_health, told_of
from device.mqtt.states import States
from tests.config.conftest import whisper
from tests.config.story import Scene, hears, silence, tell
from tests.mqtt.test_bridge_states import NOON, TOPICS, states

NOW = 1_800_000_000.0
WELL = Health(
    at=NOW, version="1.2.3", pid=os.getpid(), ready=True, listening=True, audio_age=0.02,
    chunks=500, broker="connected",
    parts={"engines": Part(State.OK), "broker": Part(State.OK), "microphone": Part(State.OK)},
)  # fmt: skip


def ills(health: Health | None, later: float = 0.0) -> dict[str, str]:
    """Codes by what is ill."""
    return {one.check: one.code for one in judge(health, NOW + later) if not one.healthy}


def test_all_is_well() -> None:
    assert ills(WELL) == {}
    assert {one.check for one in judge(WELL, NOW)} == {"daemon", "microphone", "engines", "broker"}


@pytest.mark.parametrize(
    ("health", "ill"),
    [
        (None, {"daemon": "not-running"}),
        (replace(WELL, at=NOW - 11), {"daemon": "not-running"}),
        (replace(WELL, at=NOW + 3_600), {"daemon": "not-running"}),
        (replace(WELL, at=float("nan")), {"daemon": "not-running"}),
        (replace(WELL, ready=False), {"daemon": "not-ready"}),
        (replace(WELL, audio_age=None), {"microphone": "audio-device-lost"}),
        (replace(WELL, audio_age=6.0), {"microphone": "audio-device-lost"}),
        (replace(WELL, broker="lost", parts={}), {"broker": "broker-unreachable"}),
        (replace(WELL, broker="off", parts={}), {}),
        (replace(WELL, parts={"engines": Part(State.LOADING)}, broker="off"),
         {"engines": "not-ready"}),
        (replace(WELL, muted=True, listening=False), {}),
    ],
)  # fmt: skip
def test_what_is_ill_has_a_code(health: Health | None, ill: dict[str, str]) -> None:
    assert ills(health) == ill


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("microphone", "audio-input-silent"), ("microphone", "audio-input-dc"),
        ("microphone", "audio-input-clipped"), ("speaker", "audio-device-lost"),
        ("broker", "broker-refused"), ("lights", "hardware-failed"), ("lights", "something-new"),
    ],
)  # fmt: skip
def test_a_part_that_fails_says_what_to_do(part: str, code: str) -> None:
    told = told_of(e.HealthChanged(part=part, healthy=False, code=code))
    ill = replace(WELL, parts={**WELL.parts, **told})
    (found,) = (one for one in judge(ill, NOW) if not one.healthy)
    assert (found.check, found.code) == (part, code)
    assert found.message.startswith(f"the {part} ")
    assert len(found.message.split(";")) == 2, "what happened; what to do"


def test_doing_with_less_is_a_warning() -> None:
    told = told_of(e.DegradationChanged(level=1, reason="temperature", given_up=("beam",)))
    found = judge(replace(WELL, parts={**WELL.parts, **told}), NOW)
    assert Finding("resources", True, "does without beam (temperature)", "temperature") in found


def test_what_mqtt_tells_of_parts_is_what_the_daemon_writes_of_them() -> None:
    told: States = states()
    written: dict[str, Part] = {}
    for event in (
        e.HealthChanged(part="microphone", healthy=False, code="audio-input-silent"),
        e.HealthChanged(part="speaker", healthy=True),
        e.DegradationChanged(level=1, reason="budget", given_up=("beam",)),
    ):
        told.take(event, NOON)
        written |= told_of(event)
    reported = json.loads(told.payloads[TOPICS.health])
    assert {name: (part.state is State.OK, part.code) for name, part in written.items()} == {
        name: (part["healthy"], part["code"]) for name, part in reported.items()
    }


def test_what_is_written_can_be_read() -> None:
    assert read_health(json.loads(json.dumps(WELL.as_dict()))) == WELL


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values, st.sampled_from(sorted(WELL.as_dict())))
def test_anything_else_is_no_health(value: object, key: str) -> None:
    for told in (value, {**WELL.as_dict(), key: value}):
        health = read_health(told)
        assert health is None or judge(health, NOW)


@given(text=st.binary(max_size=200))
def test_a_damaged_file_is_no_health(text: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "health.json").write_bytes(text)
    assert find_health(folder) is None


def test_the_last_word_of_a_daemon_that_was_killed_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "health.json"
    file.write_text(json.dumps(asdict(WELL)))
    assert find_health(tmp_path) == WELL
    gone = replace(WELL, pid=2**22 + 1)
    file.write_text(json.dumps(asdict(gone)))
    assert find_health(tmp_path) is None


@dataclass
class Ears:
    """What captures."""

    chunks: int = 0
    captured_at: float | None = None

    async def hear(self, seconds: float) -> None:
        for _ in range(int(seconds * 10)):
            self.chunks, self.captured_at = self.chunks + 1, asyncio.get_running_loop().time()
            await asyncio.sleep(0.1)


class Watched:
    """A health file that is written in virtual time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ears, self.muted = folder, Ears(), False
        self.bus, self.engines = Bus(), asyncio.Event()
        self.broken = False
        self.file = HealthFile(
            folder, self.ears, lambda: self.muted, self.bus.subscribe(), True, self._loaded,
            lambda: NOW + asyncio.get_running_loop().time(),
        )  # fmt: skip

    async def _loaded(self) -> None:
        await self.engines.wait()
        if self.broken:
            raise EngineError("nothing can be loaded")

    async def found(self, later: float = 0.1) -> Health:
        await asyncio.sleep(later)
        health = find_health(self.folder)
        assert health is not None
        return health


def test_the_file_tells_how_the_speaker_starts_hears_and_goes_deaf(tmp_path: Path) -> None:
    async def main() -> None:
        watched = Watched(tmp_path)
        running = asyncio.create_task(watched.file.run())
        begun = await watched.found()
        assert (begun.ready, begun.listening, begun.audio_age) == (False, False, None)
        assert (begun.version, begun.broker) == (__version__, "lost")
        assert begun.parts == {"engines": Part(State.LOADING)}
        assert (tmp_path / "health.json").stat().st_mode & 0o777 == 0o644
        watched.bus.tell(e.Ready(words=("hey jarvis",)))
        watched.bus.tell(e.HealthChanged(part="broker", healthy=True))
        watched.engines.set()
        await watched.ears.hear(3.0)
        well = await watched.found(0.0)
        assert (well.ready, well.listening, well.broker) == (True, True, "connected")
        assert ills(well, asyncio.get_running_loop().time()) == {}
        deaf = await watched.found(60.0)
        assert (deaf.ready, deaf.listening, deaf.chunks) == (True, False, 30)
        assert deaf.audio_age == pytest.approx(60.0, abs=WRITE_SECONDS)
        assert NOW + 63 - deaf.at <= WRITE_SECONDS
        watched.bus.close()
        await running

    run_virtual(main())
    assert list(tmp_path.iterdir()) == []


def test_a_muted_speaker_is_well_and_does_not_listen(tmp_path: Path) -> None:
    async def main() -> Health:
        watched = Watched(tmp_path)
        async with asyncio.TaskGroup() as group:
            group.create_task(watched.file.run())
            watched.bus.tell(e.Ready())
            await watched.ears.hear(1.0)
            watched.muted = True
            watched.bus.tell(e.MuteChanged(muted=True))
            found = await watched.found()
            watched.engines.set()
            watched.bus.close()
        return found

    health = run_virtual(main())
    assert (health.ready, health.muted, health.listening) == (True, True, False)


def test_engines_that_cannot_be_loaded_are_never_called_loaded(tmp_path: Path) -> None:
    async def main() -> Health:
        watched = Watched(tmp_path)
        watched.broken = True
        running = asyncio.create_task(watched.file.run())
        watched.engines.set()
        found = await watched.found(5.0)
        watched.bus.close()
        await running
        return found

    assert run_virtual(main()).parts["engines"].state is State.LOADING


def test_a_folder_that_cannot_be_written_is_said_once_and_holds_nothing_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> Health:
        watched = Watched(tmp_path / "gone")
        running = asyncio.create_task(watched.file.run())
        await asyncio.sleep(60.0)
        watched.folder.mkdir()
        found = await watched.found(WRITE_SECONDS)
        watched.bus.close()
        await running
        return found

    run_virtual(main())
    assert len(caplog.records) == 1


def test_a_whole_speaker_tells_that_it_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    found: list[Health | None] = []

    def looked(scene: Scene) -> Scene:
        async def both(*told: object) -> None:
            await scene(*told)  # type: ignore[arg-type]
            found.append(find_health())

        return both

    tell({"stt": whisper(tmp_path, "hello <|endoftext|>")}, looked(hears(silence(3.0))))
    (health,) = found
    assert health is not None
    assert (health.ready, health.listening, health.broker) == (True, True, "off")
    assert {name: part.state for name, part in health.parts.items()} == {
        "engines": State.OK, "microphone": State.OK,
    }  # fmt: skip
    assert health.chunks > 100
    assert find_health() is None, "who is gone tells nothing"
