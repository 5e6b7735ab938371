"""What a microphone gives is told from what a broken one gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.format import RATE, Samples
from device.errors import InputClipped, InputOffset, InputSilent
from device.pipeline.plausibility import FAULT_SECONDS, Fault, Plausibility, fault_of
from tests.audio.signals import tone

BLOCK = 480


def hiss(seconds: float, rms: float = 3.0, offset: float = 0.0) -> Samples:
    noise = np.random.default_rng(0).normal(offset, rms, round(seconds * RATE))
    return np.rint(noise).astype(np.int16)


def still(seconds: float, value: int = 0) -> Samples:
    return np.full(round(seconds * RATE), value, dtype=np.int16)


def square(seconds: float) -> Samples:
    return np.where(tone(seconds, 50) > 0, 32_767, -32_768).astype(np.int16)


def feed(health: Plausibility, *sounds: Samples, playing: bool = False) -> list[float]:
    """Seconds after which the device is to be opened anew."""
    sound = np.concatenate(sounds)
    blocks = range(0, len(sound), BLOCK)
    due = [at for at in blocks if health.feed(sound[at : at + BLOCK], playing=playing)]
    return [(at + BLOCK) / RATE for at in due]


BROKEN = [
    (still(20.0), InputSilent),
    (still(20.0, 7), InputSilent),
    (still(20.0, 900), InputOffset),
    (still(20.0, -32_768), InputOffset),
    (hiss(20.0, rms=3.0, offset=8_000), InputOffset),
    (square(20.0), InputClipped),
]
WORKING = [
    hiss(20.0, rms=0.6),
    hiss(20.0, rms=5.0, offset=300),
    tone(20.0, 440),
    np.concatenate([hiss(1.0), square(2.0)] * 7),
]


@pytest.mark.parametrize(("sound", "fault"), BROKEN)
def test_what_no_room_sounds_like_is_a_fault_within_seconds(sound: Samples, fault: Fault) -> None:
    health = Plausibility(RATE)
    due = feed(health, hiss(5.0), sound)
    assert health.fault is fault
    assert due[0] == pytest.approx(5.0 + FAULT_SECONDS, abs=0.05)


@pytest.mark.parametrize("sound", WORKING)
def test_quiet_rooms_offsets_and_loud_noises_are_none(sound: Samples) -> None:
    health = Plausibility(RATE)
    assert feed(health, sound) == []
    assert health.fault is None


def test_a_device_is_opened_anew_ever_more_rarely() -> None:
    due = feed(Plausibility(RATE), still(7_200.0))
    waits = np.diff(due)
    assert waits[0] == pytest.approx(8.0, abs=0.05)
    assert np.diff(waits).min() > -0.05
    assert waits[-1] == pytest.approx(600.0, abs=0.05)


def test_a_device_that_is_well_again_has_no_fault_and_its_next_one_is_noticed_as_soon() -> None:
    health = Plausibility(RATE)
    feed(health, still(300.0))
    assert feed(health, hiss(0.5)) == []
    assert health.fault is None
    assert feed(health, still(10.0)) == [pytest.approx(FAULT_SECONDS, abs=0.05)]


def test_a_click_does_not_make_it_well() -> None:
    health = Plausibility(RATE)
    feed(health, still(10.0), tone(0.05), still(1.0))
    assert health.fault is InputSilent


def test_a_gate_that_opens_by_itself_may_stay_shut_for_a_night() -> None:
    health = Plausibility(RATE)
    assert feed(health, tone(1.0), still(1.0), tone(1.0), still(3_600.0)) == []
    assert health.fault is None


def test_a_gate_that_stays_shut_while_we_speak_is_a_fault() -> None:
    health = Plausibility(RATE)
    feed(health, tone(1.0), still(1.0), tone(1.0), still(60.0))
    assert feed(health, still(10.0), playing=True)
    assert health.fault is InputSilent


def test_noise_that_goes_on_softly_shows_that_there_is_no_gate() -> None:
    health = Plausibility(RATE)
    feed(health, hiss(5.0), still(1.0), hiss(5.0))
    assert feed(health, still(10.0))
    assert health.fault is InputSilent


def test_silence_that_ends_when_the_device_was_opened_anew_is_no_gate() -> None:
    health = Plausibility(RATE)
    feed(health, still(5.0), tone(1.0))
    assert feed(health, still(10.0))


def test_a_loudspeaker_that_drives_the_microphone_too_high_is_no_fault() -> None:
    health = Plausibility(RATE)
    assert feed(health, square(20.0), playing=True) == []
    assert health.fault is None


@given(st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=600))
def test_any_block_can_be_judged(values: list[int]) -> None:
    samples = np.array(values, dtype=np.int16)
    fault = fault_of(samples)
    if len(set(values)) == 1:
        assert fault in (InputSilent, InputOffset)
    if fault is InputSilent:
        assert len(set(values)) == 1


@given(st.lists(st.sampled_from(["still", "hiss", "tone", "square"]), max_size=30), st.booleans())
def test_a_fault_is_only_ever_one_that_lasted_and_is_over_when_it_sounds(
    kinds: list[str], playing: bool
) -> None:
    sounds = {"still": still(1.5), "hiss": hiss(1.5), "tone": tone(1.5), "square": square(1.5)}
    health = Plausibility(RATE)
    for kind in kinds:
        feed(health, sounds[kind], playing=playing)
    feed(health, hiss(0.3))
    assert health.fault is None
