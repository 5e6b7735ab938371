"""The simulated room around the virtual sound card, in real time."""

import time

import numpy as np
import pytest

from benchmarks.echo_path import EchoPath
from benchmarks.rooms import Room
from benchmarks.soundcard import RATE, SinkRecording, SoundCard
from device.audio.format import Samples
from device.audio.level import dbfs, to_samples

pytestmark = [
    pytest.mark.soundcard,
]

ROOM = Room(seed=3, kind="decay", reverberation_seconds=0.2, delay_seconds=0.2, coupling_db=-6)


def burst(seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    return to_samples((0.1 * rng.standard_normal(RATE // 4)).astype(np.float32))


def levels(recording: SinkRecording, first: float, seconds: float = 0.2) -> float:
    start = int((first - recording.began_at) * RATE)
    return dbfs(recording.samples[start : start + int(seconds * RATE)])


def test_what_is_played_comes_back_after_the_delay_of_the_room(card: SoundCard) -> None:
    with (
        EchoPath(card, ROOM, cushion_ms=120) as path,
        card.recording("spk") as far,
        card.recording("mic") as near,
    ):
        with card.play("spk", burst(1)):
            time.sleep(1.2)
        played, heard = far.time_of(burst(1)), near.time_of(burst(1))
        if path.holes:
            pytest.skip("the machine is too busy to play without holes")
        assert heard - played == pytest.approx(ROOM.delay_seconds, abs=0.02)
        assert levels(near, played - 0.2) < -60
        assert levels(near, heard) == pytest.approx(-26, abs=4)


def test_a_voice_is_heard_when_it_is_said_to_be(card: SoundCard) -> None:
    with EchoPath(card, ROOM, cushion_ms=120) as path, card.recording("mic") as near:
        said = path.say(burst(2))
        time.sleep(1.0)
        if path.holes:
            pytest.skip("the machine is too busy to play without holes")
        assert near.time_of(burst(2)) == pytest.approx(said, abs=0.02)
        assert levels(near, said) == pytest.approx(-20, abs=1)


def test_without_a_room_nothing_comes_back(card: SoundCard) -> None:
    with EchoPath(card, None), card.recording("mic") as near:
        with card.play("spk", burst(3)):
            time.sleep(1.0)
        assert dbfs(near.samples) < -60


def test_a_path_that_ended_says_so_instead_of_keeping_quiet(card: SoundCard) -> None:
    with EchoPath(card, None) as path:
        pass
    with pytest.raises(RuntimeError, match="ended"):
        path.say(burst(4))
