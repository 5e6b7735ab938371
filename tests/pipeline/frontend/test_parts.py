"""The parts of the front end, one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.audio.format import RATE, Signal
from device.audio.level import to_samples, to_signal
from device.pipeline.frontend.delay import LONGEST, WINDOW, DelayFinder
from device.pipeline.frontend.drift import shift
from device.pipeline.frontend.gain import GainControl
from device.pipeline.frontend.gate import NoiseGate
from device.pipeline.frontend.highpass import HighPass
from device.pipeline.frontend.kalman import BINS, BLOCK, PARTITIONS, KalmanFilter
from device.pipeline.frontend.nlms import NlmsCanceller
from device.pipeline.frontend.noise import SpectralSubtraction
from device.pipeline.frontend.reference import Reference
from device.pipeline.frontend.shaping import Shaper, minimum_phase
from device.pipeline.frontend.tape import Tape
from tests.pipeline.frontend.scene import babble, frontend, level


def noise(samples: int, seed: int = 0, scale: float = 0.1) -> Signal:
    sound = np.random.default_rng(seed).standard_normal(samples) * scale
    return sound.astype(np.float32)


def blocks(signal: Signal) -> Signal:
    return signal[: len(signal) // BLOCK * BLOCK].reshape(-1, BLOCK)


@given(st.lists(st.integers(-30, 60), max_size=30), st.integers(-20, 400), st.integers(0, 90))
def test_a_tape_is_the_end_of_a_line(steps: list[int], start: int, length: int) -> None:
    tape, line = Tape(50), np.zeros(0, np.float32)
    for step in steps:
        part = noise(abs(step), seed=len(line)) if step > 0 else np.zeros(-step, np.float32)
        line = np.concatenate((line, part))
        if step > 0:
            tape.put(part)
        else:
            tape.skip(-step)
    assert tape.end == len(line)
    if start >= len(line) - 50:
        padded = np.concatenate((np.zeros(20, np.float32), line, np.zeros(500, np.float32)))
        expected = padded[start + 20 : start + 20 + length]
        assert np.array_equal(tape.read(start, start + length), expected)


@settings(deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=12))
def test_the_high_pass_knows_no_blocks(sizes: list[int]) -> None:
    sound = noise(sum(sizes))
    whole = HighPass().feed(sound)
    pieces = HighPass()
    parts = [pieces.feed(part) for part in np.split(sound, np.cumsum(sizes)[:-1])]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-6)


@pytest.mark.parametrize(("hertz", "decibels"), [(40, -24.1), (80, -3.0), (160, 0.0), (3_000, 0.0)])
def test_the_high_pass_is_a_butterworth_of_fourth_order(hertz: float, decibels: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(2 * RATE) / RATE).astype(np.float32)
    passed = HighPass().feed(tone)
    assert level(passed[RATE:]) - level(tone[RATE:]) == pytest.approx(decibels, abs=0.1)


def tone(rate: int, hertz: float = 440.0, seconds: float = 1.0) -> Signal:
    return np.asarray(
        0.3 * np.sin(2 * np.pi * hertz * np.arange(seconds * rate) / rate), np.float32
    )


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_what_is_rendered_stands_where_it_is_heard(rate: int) -> None:
    reference = Reference()
    reference.capture.tell(0, 10.0)
    reference.render(to_samples(tone(rate)), 10.5, rate)
    reference.advance(RATE * 2, RATE * 2)
    middle = reference.tape.read(RATE // 2 + 400, RATE // 2 + RATE - 400)
    assert level(middle - tone(RATE)[400:-400]) < level(middle) - 40
    assert not np.any(reference.tape.read(0, RATE // 2 - 40))


def test_jitter_of_time_stamps_stretches_nothing() -> None:
    reference, rng = Reference(), np.random.default_rng(0)
    reference.capture.tell(0, 10.0)
    sound = to_samples(tone(RATE))
    for n in range(0, RATE, 320):
        reference.render(sound[n : n + 320], 10.5 + n / RATE + rng.uniform(-0.004, 0.004), RATE)
    reference.advance(RATE * 2, RATE * 2)
    assert reference.stretches == 1
    heard = reference.tape.read(RATE // 2 + 500, RATE // 2 + RATE - 500)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    assert spectrum.max() > 0.3 * spectrum.sum()


def test_a_pause_of_the_device_begins_a_stretch() -> None:
    reference = Reference()
    reference.capture.tell(0, 10.0)
    sound = to_samples(tone(RATE, seconds=0.2))
    reference.render(sound, 10.1, RATE)
    reference.render(sound, 10.6, RATE)
    reference.advance(RATE, RATE)
    assert reference.stretches == 2
    assert not np.any(reference.tape.read(int(0.31 * RATE), int(0.59 * RATE)))
    assert level(reference.tape.read(int(0.65 * RATE), int(0.75 * RATE))) > -20


@pytest.mark.parametrize("delay", [0, 320, 1_777, 4_000, 6_000])
def test_a_delay_is_found_in_reverberation_and_noise(delay: int) -> None:
    far = to_signal(babble(2.0))
    room = noise(2_000, seed=1, scale=0.02) * np.exp(-np.arange(2_000) / 600)
    room[0] = 1
    wet = np.convolve(far, room)[: len(far)]
    heard = np.concatenate((np.zeros(delay, np.float32), wet))[: len(far)] + noise(
        len(far), 2, 1e-3
    )
    finder, end, found = DelayFinder(), RATE * 3 // 4, None
    while found is None and end < len(far):
        past = np.concatenate((np.zeros(WINDOW + LONGEST, np.float32), far[:end]))
        here = np.concatenate((np.zeros(WINDOW, np.float32), heard[:end]))
        found = finder.look(here[-WINDOW:], past[-WINDOW - LONGEST :])
        end += RATE // 10
    assert found == pytest.approx(delay, abs=3)


def test_no_delay_is_found_where_there_is_no_echo() -> None:
    far, other = to_signal(babble(4.0)), to_signal(babble(4.0, seed=3))
    finder = DelayFinder()
    for end in range(RATE, 4 * RATE, RATE // 10):
        assert finder.look(other[end - WINDOW : end], far[end - WINDOW - LONGEST : end]) is None


def learned(far: Signal, heard: Signal) -> tuple[KalmanFilter, Signal]:
    kalman, errors = KalmanFilter(), []
    for played, captured in zip(blocks(far), blocks(heard), strict=True):
        errors.append(captured - kalman.feed(played, captured))
        kalman.learn()
    return kalman, np.concatenate(errors)


def test_the_kalman_filter_learns_a_path() -> None:
    path = noise(1_000, seed=4) * np.exp(-np.arange(1_000) / 200).astype(np.float32)
    far = noise(2 * RATE)
    heard = np.convolve(far, path)[: len(far)].astype(np.float32)
    kalman, error = learned(far, heard)
    assert level(error[RATE:]) < level(heard) - 30
    assert level(kalman.response()[:1_000] - path) < level(path) - 20


def test_a_voice_over_the_echo_does_not_unlearn_the_path() -> None:
    path = noise(1_000, seed=4) * np.exp(-np.arange(1_000) / 200).astype(np.float32)
    far, voice = noise(4 * RATE), np.zeros(4 * RATE, np.float32)
    heard = np.convolve(far, path)[: len(far)].astype(np.float32)
    voice[2 * RATE : 3 * RATE] = noise(RATE, seed=5, scale=float(heard.std()))
    _, error = learned(far, heard + voice)
    left = (error - voice)[2 * RATE : 3 * RATE]
    assert level(left) < level(heard) - 12


def test_nlms_learns_a_short_path() -> None:
    far = noise(4 * RATE)
    heard = np.convolve(far, [0] * 140 + [0.5, 0.3])[: len(far)].astype(np.float32)
    nlms = NlmsCanceller()
    error = np.concatenate(
        [nlms.feed(*pair) for pair in zip(blocks(far), blocks(heard), strict=True)]
    )
    assert level(error[-RATE:]) < level(heard) - 15


@pytest.mark.parametrize("samples", [-0.4, 0.0, 0.05, 0.7])
def test_a_path_that_comes_later_is_seen(samples: float) -> None:
    rng = np.random.default_rng(0)
    old = (rng.standard_normal((5, BINS)) + 1j * rng.standard_normal((5, BINS))).astype(
        np.complex64
    )
    new = (old * np.exp(-2j * np.pi * np.arange(BINS) * samples / (2 * BLOCK))).astype(np.complex64)
    assert shift(old, new) == pytest.approx(samples, abs=0.01)


def test_even_gains_change_nothing_and_cost_no_time() -> None:
    shaper, sound = Shaper(), noise(1_600)
    shaped = [shaper.feed(block, np.ones(BINS, np.float32)) for block in blocks(sound)]
    assert np.allclose(np.concatenate(shaped), sound, atol=1e-6)


def test_gains_are_followed_at_once() -> None:
    gains = np.ones(BINS, np.float32)
    gains[80:] = 0.1
    taps = minimum_phase(gains)
    response = 20 * np.log10(np.abs(np.fft.rfft(taps, 2 * BLOCK)))
    assert response[10:60] == pytest.approx(0.0, abs=1.0)
    assert response[100:150] == pytest.approx(-20.0, abs=1.0)
    assert np.sum(taps[:16] ** 2) > 0.9 * np.sum(taps**2)


def test_a_path_that_comes_earlier_by_part_of_a_sample_tells_an_earlier_echo() -> None:
    times = np.arange(PARTITIONS * BLOCK) - 900.0
    taps, earlier = (np.sinc(0.8 * (times + by)) * np.exp(-(times**2) / 4e3) for by in (0.0, 0.4))
    kalman = KalmanFilter()
    parts = taps.reshape(PARTITIONS, BLOCK).astype(np.float32)
    kalman.path = np.fft.rfft(parts, 2 * BLOCK, axis=1).astype(np.complex64)
    kalman.hasten(0.4)
    assert level(kalman.response() - earlier) < level(earlier) - 40


def test_spectral_subtraction_weakens_noise_and_spares_a_voice() -> None:
    hiss, voice = noise(3 * RATE, scale=0.003), np.zeros(3 * RATE, np.float32)
    voice[2 * RATE :] = 0.5 * tone(RATE, 700.0)
    subtraction = SpectralSubtraction()
    cleaned = np.concatenate([subtraction.feed(block) for block in blocks(hiss + voice)])
    quiet, spoken = slice(RATE, 2 * RATE), slice(int(2.1 * RATE), 3 * RATE)
    assert level(hiss[quiet]) - level(cleaned[quiet]) > 5
    assert level(cleaned[spoken]) == pytest.approx(level(voice[spoken]), abs=1.0)


def test_the_gate_silences_what_is_soft_and_stays_open_between_words() -> None:
    gate = NoiseGate(-35.0)
    loud, soft = np.full(BLOCK, 0.1, np.float32), np.full(BLOCK, 0.01, np.float32)
    assert level(gate.feed(loud)) == pytest.approx(level(loud), abs=0.1)
    after = [level(gate.feed(soft)) - level(soft) for _ in range(60)]
    assert after[20] == pytest.approx(0.0, abs=0.1)
    assert after[50] == pytest.approx(-30.0, abs=0.1)


def test_gain_control_raises_a_soft_voice() -> None:
    control, soft = GainControl(), 0.05 * tone(RATE, seconds=2.0)
    raised = np.concatenate([control.feed(block) for block in blocks(soft)])
    assert level(raised[RATE:]) - level(soft[RATE:]) > 6


def test_where_livekit_is_missing_our_own_parts_step_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "livekit.rtc.apm", None)
    front = frontend(echo="webrtc", noise_suppression="webrtc", gain_control="webrtc")
    assert front.report.engine == "linear"
    assert front.report.parts == {
        "high_pass": "own",
        "echo": "own (linear)",
        "noise_suppression": "own (spectral)",
        "noise_gate": "off",
        "gain_control": "own",
    }


def test_every_part_can_be_switched_off() -> None:
    front = frontend(high_pass=False, echo="off")
    assert set(front.report.parts.values()) == {"off"}
    sound = babble(1.0)
    assert np.array_equal(front.clean(sound, 1.0), sound)
    assert not np.any(front.played(0, 1_000))
    assert not front.echo.playing


def test_webrtc_parts_say_whose_they_are() -> None:
    parts = frontend(echo="webrtc", noise_suppression="webrtc", gain_control="webrtc").report.parts
    assert [parts[key] for key in ("echo", "noise_suppression", "gain_control")] == [
        "webrtc (livekit)"
    ] * 3
