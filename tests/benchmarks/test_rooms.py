"""Simulated rooms: the echo has the delay, level, decay and drift that the room is said to have."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.image_source import RESPONSE_RATE, box_response, reverberation
from benchmarks.rooms import (
    EchoStream,
    Room,
    captured,
    echo,
    echo_response,
    random_room,
    voice,
    voice_response,
)
from benchmarks.varispeed import Varispeed
from device.audio.format import RATE, Samples
from device.audio.level import dbfs, to_samples


def _noise(seconds: float, dbfs_rms: float = -20.0, rate: int = RATE, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal(int(seconds * rate)) * 10 ** (dbfs_rms / 20)
    return to_samples(signal.astype(np.float32))


def test_the_same_seed_is_the_same_room() -> None:
    far = _noise(1.0)
    assert np.array_equal(echo(random_room(3), far), echo(random_room(3), far))
    assert not np.array_equal(echo(random_room(3), far), echo(random_room(5), far))


@pytest.mark.parametrize("seed", range(4))
def test_the_echo_begins_after_the_bulk_delay(seed: int) -> None:
    room = replace(random_room(seed), delay_seconds=0.123)
    click = np.zeros(RATE, np.int16)
    click[0] = 30_000
    near = np.abs(echo(room, click))
    loud = np.flatnonzero(near > 0.05 * near.max())
    direct = int(np.argmax(np.abs(echo_response(room))))
    assert near[: int(0.122 * RATE)].max() < 0.05 * near.max()
    assert 0 <= loud[0] - 0.123 * RATE <= direct + 2


@pytest.mark.parametrize("seed", range(4))
def test_the_echo_is_as_loud_as_the_coupling_says(seed: int) -> None:
    room = replace(random_room(seed), coupling_db=-9.0)
    spectrum = np.fft.rfft(_noise(4.0).astype(float))
    spectrum[: 4 * 200] = spectrum[4 * 4_000 :] = 0
    far = np.rint(np.fft.irfft(spectrum)).astype(np.int16)
    near = to_samples(echo(room, far))
    assert dbfs(near[RATE:]) - dbfs(far[RATE:]) == pytest.approx(-9.0, abs=1.0)


@pytest.mark.parametrize("wanted", [0.25, 0.5])
def test_sound_in_a_box_falls_by_60_db_in_its_reverberation_time(wanted: float) -> None:
    rng = np.random.default_rng(1)
    size = np.array((5.0, 4.0, 2.6))
    response = box_response(rng, size, np.array((1.0, 1.2, 1.1)), np.array((3.5, 2.9, 1.3)), wanted)
    assert reverberation(response) == pytest.approx(wanted, rel=0.15)
    late = int(wanted / 2 * RESPONSE_RATE)
    early, after = (np.sum(response[at : at + 1_000] ** 2) for at in (late // 2, late))
    assert 10 * np.log10(early / after) == pytest.approx(15, abs=4)


def test_a_clock_that_is_100_ppm_fast_is_16_samples_ahead_after_10_seconds() -> None:
    room = replace(random_room(2), drift_ppm=0.0)
    far = _noise(10.5)
    still, drifting = echo(room, far), echo(replace(room, drift_ppm=100.0), far)
    late = slice(10 * RATE, 10 * RATE + RATE // 4)
    behind = [float(np.dot(drifting[late], np.roll(still, -lag)[late])) for lag in range(40)]
    assert int(np.argmax(behind)) in (16, 17)


def test_only_a_driven_loudspeaker_is_no_linear_filter() -> None:
    room = replace(random_room(2), drift_ppm=0.0)
    far = _noise(2.0, -12.0)
    for drive, linear in ((0.0, True), (1.5, False)):
        driven = replace(room, drive=drive)
        doubled = 2 * echo(driven, far // 2)
        error = np.sum((doubled - echo(driven, far // 2 * 2)) ** 2) / np.sum(doubled**2)
        assert (error < 1e-5) == linear


def test_a_strong_coupling_clips_the_microphone() -> None:
    room = Room(seed=1, coupling_db=25.0)
    heard = captured(room, echo(room, _noise(1.0)))
    assert np.mean(np.abs(heard.astype(int)) >= 32_767) > 0.1


def test_the_microphone_has_its_noise_floor_when_nothing_plays() -> None:
    room = Room(seed=1, noise_dbfs=-60.0)
    assert dbfs(captured(room, np.zeros(RATE, np.float32))) == pytest.approx(-60.0, abs=0.5)


def test_the_response_is_the_same_room_at_every_rate() -> None:
    room = random_room(1)
    here, there = (
        np.abs(np.fft.rfft(echo_response(room, rate), rate))[200:4_000] for rate in (RATE, 48_000)
    )
    assert np.mean((here - there) ** 2) < 0.01 * np.mean(there**2)


def test_a_person_is_heard_later_than_our_own_loudspeaker() -> None:
    room = random_room(4)
    assert np.argmax(np.abs(voice_response(room))) > np.argmax(np.abs(echo_response(room)))
    assert len(voice(room, _noise(1.0))) == RATE


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(1, RATE - 1), max_size=8),
    ppm=st.sampled_from((0.0, 100.0, -100.0, 1000.0)),
)
def test_an_echo_in_blocks_is_the_echo_of_the_whole(cuts: list[int], ppm: float) -> None:
    room = replace(random_room(1, distorted=True), drift_ppm=ppm)
    far = _noise(1.0)
    stream = EchoStream(room)
    blocks = [stream.feed(block) for block in np.split(far, sorted(cuts))]
    whole = EchoStream(room).feed(far)
    assert np.allclose(np.concatenate(blocks), whole, atol=1e-5)
    assert abs(len(whole) - RATE * (1 - ppm * 1e-6)) <= 2


@pytest.mark.parametrize("hertz", [100, 3_000, 6_500])
@pytest.mark.parametrize("speed", [1.0, 1.0001, 0.999])
def test_a_tone_played_faster_is_higher_and_nothing_else(hertz: int, speed: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)
    clock = Varispeed(speed)
    heard = np.concatenate([clock.feed(part) for part in np.split(tone, 50)])
    places = np.arange(len(heard)) * speed - clock.delay_samples
    wanted = np.sin(2 * np.pi * hertz * places / RATE)
    assert np.abs(heard - wanted)[100:-100].max() < 3e-4
