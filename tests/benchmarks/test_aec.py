"""The AEC bench measures what it says: a canceller that is perfect, none, and those in between."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.aec_alone import alone_figures, minute
from benchmarks.aec_erle import LATER, SCENE_SECONDS, Loss, loss_figures, losses, median_interval
from benchmarks.aec_plot import draw
from benchmarks.aec_talk import Talk, kept_db, spread, talk_figures
from benchmarks.echo_rivals import NoCanceller, PlainWebrtc, plain_nlms
from benchmarks.echo_scene import FAR_RATE, Scene, cleaned, drive, scene
from benchmarks.rooms import captured, random_room
from device.audio.format import RATE, Samples
from device.audio.level import dbfs, to_samples
from device.hal.base import Rendered


def noise(seconds: float) -> Samples:
    signal = 0.1 * np.random.default_rng(0).standard_normal(int(seconds * RATE))
    return to_samples(signal.astype(np.float32))


@pytest.fixture(scope="module")
def one() -> Scene:
    return scene(replace(random_room(3), drift_ppm=80.0), noise(1.5), 0.5, 2.4)


class Spy(NoCanceller):
    """Notes everything in the order in which it comes."""

    def __init__(self) -> None:
        self.told: list[Rendered] = []
        self.stamps: list[float] = []
        self.order: list[str] = []

    def render(self, rendered: Rendered, rate: int) -> None:
        assert rate == FAR_RATE
        self.told.append(rendered)
        self.order.append("render")

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        self.stamps.append(captured_at)
        self.order.append("clean")
        return samples


class Oracle(NoCanceller):
    """Gives back the microphone's noise alone."""

    def __init__(self, room: int) -> None:
        self._noise = captured(random_room(room), np.zeros(20 * RATE, np.float32))
        self._at = 0

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        self._at += len(samples)
        return self._noise[self._at - len(samples) : self._at]


def test_everything_is_handed_over_once_and_in_order(one: Scene) -> None:
    spy = Spy()
    out = np.concatenate(list(drive(spy, one)))
    assert np.array_equal(out, one.near)
    assert np.array_equal(np.concatenate([told.samples for told in spy.told]), one.far)


def test_stamps_are_true_but_for_a_few_milliseconds(one: Scene) -> None:
    spy = Spy()
    cleaned(spy, one)
    ends = np.minimum(np.arange(1, len(spy.stamps) + 1) * 0.03, len(one.near) / RATE)
    began = np.median(np.array(spy.stamps) - ends)
    captures = np.array(spy.stamps) - ends - began
    heard = np.array([told.heard_at for told in spy.told])
    plays = heard - began - 0.5 - np.arange(len(heard)) * 0.02 / (1 + 80e-6)
    for errors in (captures, plays):
        assert 0.0005 < np.abs(errors).max() < 0.008


def test_what_is_played_is_told_before_its_echo_is_captured(one: Scene) -> None:
    spy = Spy()
    cleaned(spy, one)
    first = spy.order.index("render")
    echoes = np.flatnonzero(np.abs(one.near.astype(int)) > 500)[0] / RATE
    assert first * 0.03 < echoes
    assert dbfs(one.near[: int(0.5 * RATE)]) < -60


def test_the_noise_of_the_microphone_is_not_counted_as_echo() -> None:
    rooms = iter(range(2))
    perfect = list(losses(lambda: Oracle(next(rooms)), 2, distorted=False))
    for seed, loss in enumerate(perfect):
        room = random_room(seed)
        over_noise = room.coupling_db - 20 - room.noise_dbfs
        assert loss.decibels["ours"][LATER][0] == pytest.approx(over_noise, abs=8)


def test_without_a_canceller_there_is_no_loss() -> None:
    (loss,) = losses(NoCanceller, 1, distorted=True)
    assert loss.decibels["ours"][LATER] == [0.0]
    assert np.nanmax(np.abs(loss.traces["ours"])) == 0.0
    assert loss.decibels["nlms"][LATER][0] > 2
    assert min(loss.decibels["webrtc"][LATER]) > 15


def test_nlms_is_told_the_true_delay(one: Scene) -> None:
    still = scene(replace(one.room, drift_ppm=0.0, drive=0.0), noise(3.0), 0.5, 3.5)
    (adapted,) = plain_nlms([still])
    late = slice(3 * RATE, int(3.4 * RATE))
    assert dbfs(still.near[late]) - dbfs(adapted[late]) > 4


def test_webrtc_gets_all_that_is_captured(one: Scene) -> None:
    assert len(cleaned(PlainWebrtc(), one)) == len(one.near)


def _loss(ours: float, webrtc: Sequence[float]) -> Loss:
    told = {"ours": [ours], "webrtc": list(webrtc), "nlms": [3.0]}
    windows = {name: {(1.0, 3.0): values, LATER: values} for name, values in told.items()}
    traces = {name: np.full(int(SCENE_SECONDS), values[0]) for name, values in told.items()}
    return Loss(windows, traces, 0.1)


def test_a_room_is_worse_when_every_run_of_webrtc_was_better() -> None:
    found = [_loss(30, (31, 32, 33)), _loss(30, (29, 40, 41)), _loss(30, (30.3, 34, 35))]
    figures = {one.name: one for one in loss_figures({"linear": found})}
    assert figures["erle_linear_after_3s_rooms_worse_than_webrtc"].value == 1
    assert figures["erle_linear_after_3s"].met
    assert figures["erle_linear_after_3s"].baseline == 34
    assert figures["erle_linear_after_3s_beside_nlms"].baseline == 3


def test_the_interval_of_a_median_holds_it() -> None:
    low, high = median_interval([1.0, 2.0, 3.0, 4.0, 100.0])
    assert 1 <= low <= 3 <= high <= 100


def test_what_was_not_understood_in_silence_is_not_asked_of_a_reply() -> None:
    kept = {("ours", 0): -1.0, ("webrtc", 0): -15.0}

    def told(ours: bool, webrtc: bool) -> dict[tuple[str, int], bool]:
        return {("ours", 0): ours, ("none", 0): False, ("webrtc", 0): webrtc}

    talks = [
        Talk(True, told(True, False), told(True, True), kept),
        Talk(True, told(False, True), told(True, True), kept),
        Talk(False),
    ]
    silent, over, beside, voice, ducked = talk_figures("commands", talks, (0,))
    assert (silent.value, silent.n) == (2 / 3, 3)
    assert (over.value, over.n, over.baseline, over.target) == (0.5, 2, 0.0, 0.9)
    assert beside.baseline == 0.5
    assert (voice.value, voice.baseline) == (-1.0, -15.0)
    assert (ducked.name, ducked.value, ducked.baseline) == ("commands_over_ducked_reply_0db", 1, 0)
    assert ducked.target == 0.9


@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_what_is_left_of_a_voice_is_told_whatever_is_mixed_in(gain: float) -> None:
    rng = np.random.default_rng(5)
    person, other = rng.standard_normal((2, 8 * RATE)).astype(np.float32)
    out = np.roll(np.float32(gain) * person, 30) + np.float32(0.3) * other
    assert kept_db(person, out) == pytest.approx(20 * np.log10(gain), abs=1.5)


def test_pieces_come_from_all_over_the_list() -> None:
    assert spread(list(range(10)), 3) == [0, 3, 6]
    assert spread([1, 2], 5) == [1, 2]


@pytest.mark.slow
def test_a_reply_without_a_canceller_interrupts_itself() -> None:
    counts = minute(NoCanceller, 0, baseline=False)
    assert counts["ours"]["stops"] > 3
    wakes, stops, ducks = alone_figures([counts])
    assert stops.met is False
    assert ducks.value >= stops.value
    assert wakes.n == 1


def test_the_picture_is_drawn(tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("matplotlib")
    place = tmp_path_factory.mktemp("plot") / "aec.png"
    draw(place, {"linear": [_loss(30, (31,))], "distorted": [_loss(20, (31,))]})
    assert place.read_bytes().startswith(b"\x89PNG")
