"""[privacy], and what `parlor purge` does beside a speaker that runs."""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from device import events as e
from device.dialog.listbook import ListBook
from device.dialog.profile import PROFILE_FILE, Profile
from device.running import Parlor
from tests.config.observer import Observer
from tests.config.story import Scene, Values, tell, types

DAY = 86_400.0


async def wait(_parlor: Parlor, _microphone: object) -> None:
    """Long enough for what is old to be found."""
    await asyncio.sleep(10.0)


def old_clip(state: Path, name: str, days: float) -> Path:
    """A recording of a wake word, so old, as the speaker keeps it."""
    clip, moment = state / "wakes" / name, time.time() - days * DAY
    clip.parent.mkdir(parents=True, exist_ok=True)
    clip.write_bytes(b"RIFF")
    os.utime(clip, (moment, moment))
    line = {"time": moment, "word": "hey_jarvis", "outcome": "nothing", "clip": name}
    with clip.with_name("clips.jsonl").open("a") as lines:
        lines.write(json.dumps(line) + "\n")
    return clip


def lines(state: Path) -> list[str]:
    text = (state / "wakes" / "clips.jsonl").read_text()
    return [json.loads(line)["clip"] for line in text.splitlines()]


@pytest.mark.parametrize(("days", "stays"), [(7, False), (30, True), (0, True)])
def test_recordings_are_kept_for_keep_days(
    state: Path, clock_stt: Values, days: int, stays: bool
) -> None:
    old, fresh = old_clip(state, "old.wav", 10.0), old_clip(state, "fresh.wav", 1.0)
    tell({"stt": clock_stt, "wake": {"keep_clips": 5}, "privacy": {"keep_days": days}}, wait)
    assert (old.exists(), fresh.exists()) == (stays, True)
    assert lines(state) == (["old.wav", "fresh.wav"] if stays else ["fresh.wav"])


def test_lists_and_timers_do_not_age(state: Path, clock_stt: Values) -> None:
    ListBook(state / "lists.sqlite").add("milk")
    long_ago = time.time() - 100 * DAY
    os.utime(state / "lists.sqlite", (long_ago, long_ago))
    tell({"stt": clock_stt, "privacy": {"keep_days": 1}}, wait)
    assert ListBook(state / "lists.sqlite").items() == ("milk",)


def purges(*arguments: str) -> Scene:
    """Somebody removes everything while the speaker runs."""

    async def scene(_parlor: Parlor, _microphone: object) -> None:
        with begun("purge", "--yes", *arguments) as process:
            while not ended(process):
                await asyncio.sleep(0.5)
            assert process.returncode == 0

    return scene


def begun(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "device", *arguments])


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process has ended, or ends now: virtual time must not run away from it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.05)
    return process.poll() is not None


def in_turn(*scenes: Scene) -> Scene:
    async def scene(parlor: Parlor, microphone: object) -> None:
        for one in scenes:
            await one(parlor, microphone)  # type: ignore[arg-type]

    return scene


def test_a_speaker_that_runs_forgets_what_is_purged(state: Path, clock_stt: Values) -> None:
    clip = old_clip(state, "old.wav", 0.1)
    story = tell(
        {"stt": clock_stt, "wake": {"keep_clips": 5}},
        in_turn(
            types("add milk to my shopping list", "set a timer for two hours"),
            types("remember that my name is Ada", "what is on my shopping list"),
            purges(),
            types("say that again", "what is on my shopping list", "add tea to my shopping list"),
        ),
    )
    *_, before, again, after, _ = (event.text for event in story.of(e.ReplyText) if event.is_final)
    assert "milk" in before
    assert "milk" not in again + after
    assert Profile(state / PROFILE_FILE).facts == ()
    assert len(story.of(e.TimerCancelled)) == 1
    assert not clip.exists()
    assert story.the(e.Purged).before is None
    assert ListBook(state / "lists.sqlite").items() == ("tea",)
    left = b"".join(file.read_bytes() for file in state.rglob("*.sqlite*"))
    assert b"milk" not in left
    assert b"Ada" not in left


def test_what_is_newer_stays_when_only_old_things_are_purged(
    state: Path, clock_stt: Values
) -> None:
    old, fresh = old_clip(state, "old.wav", 10.0), old_clip(state, "fresh.wav", 1.0)
    tell(
        {"stt": clock_stt, "wake": {"keep_clips": 5}, "privacy": {"keep_days": 0}},
        in_turn(types("add milk to my shopping list"), purges("--older-than", "5")),
    )
    assert (old.exists(), fresh.exists(), lines(state)) == (False, True, ["fresh.wav"])
    assert ListBook(state / "lists.sqlite").items() == ("milk",)


@pytest.mark.broker
def test_the_cloud_attribute_is_on_exactly_while_something_leaves(
    broker: Broker, clock_stt: Values, tmp_path: Path
) -> None:
    pytest.importorskip("openai")
    secret = tmp_path / "key"
    secret.touch(mode=0o600)
    secret.write_text(KEY)
    with serving(FakeLlm(lambda _text: "Air scatters it.")) as fake, Observer(broker) as observer:
        llm = {"base_url": fake.url, "model": MODEL, "key_file": secret}
        config = {"stt": clock_stt, "llm": llm, "mqtt": broker.config.model_dump()}
        story = tell(config, types("what time is it", "why is the sky blue"))
        observer.publish("done", "")
        observer.wait_for("done")
    attributes = [json.loads(text) for topic, text in observer.seen
                  if topic == "parlor/parlor/state/attributes"]  # fmt: skip
    shown = [one["cloud"] for one in attributes]
    changes = [on for on, _again in groupby(shown)]
    assert changes == [False, True, False]
    assert [event.active for event in story.of(e.CloudChanged)] == [True, False]
