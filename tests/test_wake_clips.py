import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device import clock
from device import events as e
from device.audio.files import read_sound
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.bus import Bus
from device.executor import InlineExecutor
from device.pipeline.mock import MockStt
from device.pipeline.wake.tally import Outcome, WakeReport
from device.tasks import end
from device.wake_clips import AFTER_SAMPLES, BEFORE_SAMPLES, WakeClips, report
from tests.flow import Rig as SessionRig
from tests.flow import flow, silence, speech, wake_word

IDLE, LISTENING, PROCESSING, RESPONDING = e.TurnState
INTENT = e.IntentRecognized(name="HassTurnOn")
HEARD = e.FinalTranscript(text="blah", language="en", engine="x", confidence=0.2)


@dataclass
class Rig:
    """What a story about wake words holds in its hands."""

    bus: Bus
    timeline: Timeline
    muted: bool = False

    async def wake(self, *events: e.Event, score: float = 0.9, word: str = "hey_jarvis") -> None:
        """Hear a wake word and what comes of it."""
        end_sample = self.timeline.end
        await self.tell(e.WakeWordDetected(word=word, score=score, end_sample=end_sample))
        await self.capture(1.0)
        await self.tell(*events)

    async def tell(self, *events: e.Event) -> None:
        for event in events:
            self.bus.tell(event)
        await asyncio.sleep(0.01)

    async def capture(self, seconds: float) -> None:
        """Capture sound whose samples count seconds, while as much time passes."""
        second = self.timeline.end // RATE
        self.timeline.write(np.full(int(seconds * RATE), second, dtype=np.int16))
        await asyncio.sleep(seconds)


def learn(folder: Path, story: Callable[[Rig], Awaitable[None]], keep: int = 0) -> WakeReport:
    """Run a story in virtual time and give what was learned from it."""

    async def run() -> None:
        rig = Rig(Bus(), Timeline())
        clips = WakeClips(
            folder, keep, rig.timeline, rig.bus.subscribe(), lambda word: 0.5, lambda: rig.muted,
            InlineExecutor(),
        )  # fmt: skip
        running = asyncio.create_task(clips.run())
        await asyncio.sleep(0)
        await story(rig)
        await end(running)

    clock.run_virtual(run())
    return report(folder)


def counts(learned: WakeReport) -> dict[str, int]:
    return {str(outcome): n for outcome, n in learned.words[0].outcomes.items() if n}


def lines(folder: Path) -> list[dict[str, Any]]:
    file = folder / "clips.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def clips(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.wav"))


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ((INTENT,), "command"),
        ((HEARD, INTENT), "command"),
        ((e.NoSpeech(),), "nothing"),
        ((HEARD, e.StateChanged(old=RESPONDING, new=IDLE)), "nothing"),
        ((e.StateChanged(old=LISTENING, new=IDLE),), "cut"),
        ((e.BidLost(),), "cut"),
        ((e.FalseWakeReported(by="button"),), "false_wake"),
        ((e.NoSpeech(), e.FalseWakeReported(by="mqtt")), "false_wake"),
        ((INTENT, e.FalseWakeReported(by="button")), "false_wake"),
        ((INTENT, e.FalseWakeReported(by="voice")), "false_wake"),
        ((INTENT, e.NoSpeech(), e.StateChanged(old=LISTENING, new=IDLE)), "command"),
    ],
)
def test_what_follows_a_wake_word_is_its_outcome(
    events: tuple[e.Event, ...], outcome: str, tmp_path: Path
) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(*events)

    assert counts(learn(tmp_path, story)) == {outcome: 1}


def test_what_is_purged_is_not_counted_on_and_a_clip_under_way_is_not_kept(
    tmp_path: Path,
) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(e.NoSpeech())
        await rig.tell(
            e.WakeWordDetected(word="hey_jarvis", score=0.9, end_sample=rig.timeline.end)
        )
        await rig.tell(e.Purged())
        await rig.capture(1.0)
        await rig.tell(e.StateChanged(old=LISTENING, new=IDLE))
        assert (clips(tmp_path), lines(tmp_path)) == ([], [])
        await rig.wake(INTENT)

    assert counts(learn(tmp_path, story, keep=5)) == {"command": 1}
    assert len(clips(tmp_path)) == len(lines(tmp_path)) == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("turn on the kitchen light", "command"),
        ("colorless green ideas", "nothing"),
        ("that was a false alarm", "false_wake"),
        ("", "nothing"),
    ],
)
def test_a_session_tells_what_the_outcome_is(said: str, outcome: str, tmp_path: Path) -> None:
    async def turn(session: SessionRig) -> None:
        words = speech(1.0) if said else silence(1.0)
        await session.hear(silence(0.5), wake_word(), silence(0.6), words, silence(7.0))
        await session.settle()

    told = flow(turn, stt=MockStt([said])).events

    async def story(rig: Rig) -> None:
        await rig.tell(*told)

    assert counts(learn(tmp_path, story)) == {outcome: 1}


def test_a_wake_word_after_another_cuts_it(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake()
        await rig.wake(INTENT)

    assert counts(learn(tmp_path, story)) == {"cut": 1, "command": 1}


def test_who_wakes_the_speaker_to_complain_means_the_wake_before(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(e.NoSpeech(), score=0.6)
        await rig.capture(5)
        await rig.wake(HEARD, INTENT, e.FalseWakeReported(by="voice"), score=0.9)

    learn(tmp_path, story, keep=5)
    assert [(line["score"], line["outcome"]) for line in lines(tmp_path)] == [
        (0.6, "false_wake"),
        (0.9, "command"),
    ]


def test_a_report_that_comes_too_late_or_twice_changes_nothing(tmp_path: Path) -> None:
    async def late(rig: Rig) -> None:
        await rig.tell(e.FalseWakeReported(by="button"))
        await rig.wake(INTENT)
        await asyncio.sleep(61)
        await rig.tell(e.FalseWakeReported(by="button"))

    async def twice(rig: Rig) -> None:
        await rig.wake(INTENT)
        await rig.tell(e.FalseWakeReported(by="button"), e.FalseWakeReported(by="button"))

    assert counts(learn(tmp_path / "late", late)) == {"command": 1}
    assert counts(learn(tmp_path / "twice", twice)) == {"false_wake": 1}


def test_a_clip_is_the_sound_around_the_end_of_the_word(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        for _ in range(5):
            await rig.capture(1)
        await rig.wake(INTENT)

    learn(tmp_path, story, keep=1)
    sound = read_sound(tmp_path / clips(tmp_path)[0])
    assert len(sound) == BEFORE_SAMPLES + AFTER_SAMPLES
    half = RATE // 2
    assert [set(sound[at : at + half]) for at in range(0, len(sound), half)] == [{3}, {4}, {4}, {5}]
    line = lines(tmp_path)[0]
    assert (line["word"], line["score"], line["threshold"]) == ("hey_jarvis", 0.9, 0.5)
    assert line["clip"] == clips(tmp_path)[0]


def test_only_the_newest_clips_are_kept_across_restarts(tmp_path: Path) -> None:
    async def wakes(rig: Rig) -> None:
        for score in (0.6, 0.7, 0.8):
            await rig.wake(INTENT, score=score, word=f"word {score}/..")

    learn(tmp_path, wakes, keep=4)
    learn(tmp_path, wakes, keep=4)
    assert [line["score"] for line in lines(tmp_path)] == [0.8, 0.6, 0.7, 0.8]
    assert sorted(line["clip"] for line in lines(tmp_path)) == clips(tmp_path)


def test_without_clips_nothing_is_kept_but_counts(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(INTENT)

    learn(tmp_path, story, keep=2)
    assert clips(tmp_path)
    learned = learn(tmp_path, story)
    assert counts(learned) == {"command": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["tally.json"]


def test_nobody_else_can_read_any_of_it(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(INTENT)

    folder = tmp_path / "state" / "wakes"
    learn(folder, story, keep=2)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 3


def test_hours_are_those_that_were_listened_to(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.capture(1800)
        rig.muted = True
        await rig.tell(e.MuteChanged(muted=True))
        await rig.capture(7200)
        rig.muted = False
        await rig.tell(e.MuteChanged(muted=False))
        rig.timeline.skip(RATE * 3600)
        await rig.capture(1800)

    assert learn(tmp_path, story).hours == 1.0
    assert learn(tmp_path, story).hours == 2.0


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"seconds": 1}', '{"seconds": "x", "words": {}}',
               '{"seconds": 1, "words": {"a": {"odd": {}}}}', '{"seconds": 1, "words": {"a": 3}}']
)  # fmt: skip
def test_a_damaged_count_begins_anew(damage: str, tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(INTENT)

    (tmp_path / "tally.json").write_text(damage)
    (tmp_path / "clips.jsonl").write_text(damage)
    assert counts(learn(tmp_path, story, keep=2)) == {"command": 1}
    assert len(lines(tmp_path)) == 1


def test_no_line_reaches_a_file_outside(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        for _ in range(3):
            await rig.wake(INTENT)

    folder, precious = tmp_path / "wakes", tmp_path / "precious.wav"
    folder.mkdir()
    precious.touch()
    (folder / "clips.jsonl").write_text(json.dumps({"clip": "../precious.wav"}) + "\n")
    learn(folder, story, keep=1)
    assert precious.exists()


def test_a_disk_that_takes_nothing_harms_nobody(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(INTENT)

    (tmp_path / "wakes").write_text("a file where the folder should be")
    learn(tmp_path / "wakes", story, keep=2)
    assert (tmp_path / "wakes").is_file()


def test_an_outcome_of_every_kind_can_be_read_back(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.wake(INTENT)
        await rig.wake(e.NoSpeech())
        await rig.wake(e.BidLost())
        await rig.wake(e.FalseWakeReported())

    learned = learn(tmp_path, story)
    assert learned.words[0].outcomes == dict.fromkeys(Outcome, 1)
