"""The whole front end, as capture and loudspeaker use it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.hal.base import Rendered
from tests.pipeline.frontend.scene import BEGAN, ROOM, babble, frontend, heard, level, live

REPLY = babble(5.0)


def after(seconds: float, samples: Samples, until: float = 4.9) -> Samples:
    """From so long after the reply began on."""
    lead = 0.5 + ROOM.delay_seconds
    return samples[int((lead + seconds) * RATE) : int((lead + until) * RATE)]


def test_while_nothing_is_played_every_sample_passes_unchanged() -> None:
    voice = babble(2.0)
    assert np.array_equal(frontend(high_pass=False).clean(voice, BEGAN), voice)


def test_without_echo_only_rumble_is_taken_away() -> None:
    time = np.arange(2 * RATE) / RATE
    hum, tone = (8_000 * np.sin(2 * np.pi * f * time) for f in (25.0, 1_000.0))
    for sound, least, most in ((hum, -200, -30), (tone, -0.1, 0.1)):
        cleaned = frontend().clean(sound.astype(np.int16), BEGAN)
        assert least < level(cleaned[RATE:]) - level(sound[RATE:]) < most


PARTS: list[tuple[dict[str, object], int]] = [
    ({"echo": "off"}, 0),
    ({"echo": "linear"}, 0),
    ({"echo": "nlms"}, 0),
    ({"echo": "webrtc"}, 160),
    ({"echo": "webrtc", "noise_suppression": "webrtc", "gain_control": "webrtc"}, 320),
    ({"echo": "linear", "noise_suppression": "webrtc"}, 160),
    ({"noise_suppression": "spectral", "noise_gate": True, "gain_control": "own"}, 0),
]
"""Settings, and how many samples more may be held back."""


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=20), st.sampled_from(PARTS))
def test_less_than_ten_milliseconds_are_held_back(
    sizes: list[int], parts: tuple[dict[str, object], int]
) -> None:
    keys, late = parts
    front, given, back = frontend(**{"high_pass": False, **keys}), 0, list[Samples]()
    voice = babble(1.0)
    for size in sizes:
        back.append(front.clean(voice[given : given + size], BEGAN + (given + size) / RATE))
        given = min(given + size, len(voice))
        assert given - sum(map(len, back)) < RATE // 100 + late
    if len(keys) == 1:
        whole = np.concatenate(back) if back else voice[:0]
        assert np.array_equal(whole, voice[: len(whole)])


@pytest.mark.parametrize("keys", [keys for keys, _ in PARTS])
def test_what_comes_out_is_not_late(keys: dict[str, object]) -> None:
    echo = heard(REPLY) // 8
    voice = babble(len(echo) / RATE, seed=7)
    voice[RATE // 2 : 3 * RATE] = 0
    cleaned = live(frontend(**{"high_pass": False, **keys}), echo + voice, [(0.5, REPLY)])
    for spoken in (slice(1_000, RATE // 2), slice(3 * RATE, 5 * RATE)):
        sound, out = np.diff(voice[spoken].astype(float)), np.diff(cleaned[spoken].astype(float))
        alike = np.correlate(out, sound[400:-400], "valid")
        assert abs(int(np.argmax(alike)) - 400) <= 4


def test_after_a_gap_samples_keep_their_numbers() -> None:
    front = frontend(high_pass=False)
    voice = babble(1.0)
    first = front.clean(voice[:1_000], BEGAN)
    front.skip(500)
    second = front.clean(voice[1_500:], BEGAN + 1.0)
    line = np.concatenate((first, np.zeros(500, np.int16), second))
    assert np.array_equal(line[1_500:], voice[1_500 : len(line)])


def test_our_own_voice_is_taken_out_within_a_second() -> None:
    microphone = heard(REPLY)
    cleaned = live(frontend(), microphone, [(0.5, REPLY)])
    assert level(after(1.0, microphone)) - level(after(1.0, cleaned)) > 25


@pytest.mark.parametrize(("echo", "least"), [("nlms", 1), ("webrtc", 10)])
def test_other_cancellers_take_less_out(echo: str, least: float) -> None:
    microphone = heard(REPLY)
    cleaned = live(frontend(echo=echo), microphone, [(0.5, REPLY)])
    assert level(after(3.0, microphone)) - level(after(3.0, cleaned)) > least


def test_a_loudspeaker_at_another_rate_is_taken_out() -> None:
    rate = 44_100
    reply = babble(5.0, rate=rate)
    microphone = heard(resample(reply, rate))
    cleaned = live(frontend(), microphone, [(0.5, reply)], rate=rate)
    assert level(after(1.0, microphone)) - level(after(1.0, cleaned)) > 25


def test_a_voice_over_the_reply_stays() -> None:
    microphone = heard(REPLY)
    voice = np.zeros(len(microphone), np.int16)
    talk = babble(1.5, seed=9)
    voice[int(3 * RATE) : int(3 * RATE) + len(talk)] = talk
    voice = (voice * 10 ** ((level(after(1, microphone)) - level(talk)) / 20)).astype(np.int16)
    cleaned = live(frontend(high_pass=False), microphone + voice, [(0.5, REPLY)])
    spoken = slice(3 * RATE, 3 * RATE + len(talk))
    assert level(voice[spoken]) - level(cleaned[spoken] - voice[spoken]) > 5


def test_a_hiss_over_the_reply_stays() -> None:
    """The first sound of "stop" has nothing below 4 kHz."""
    microphone = heard(REPLY)
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(RATE // 8))
    spectrum[: RATE // 8 * 9 // 32] = 0  # below 4.5 kHz
    hiss = np.zeros(len(microphone), np.int16)
    spoken = slice(3 * RATE, 3 * RATE + RATE // 8)
    hiss[spoken] = 300 * np.fft.irfft(spectrum) / np.std(np.fft.irfft(spectrum))
    cleaned = live(frontend(), microphone + hiss, [(0.5, REPLY)])
    assert level(hiss[spoken]) - level(cleaned[spoken]) < 3


def test_a_second_reply_is_taken_out_from_its_first_word_on() -> None:
    second = babble(2.0, seed=4)
    room = replace(ROOM, drift_ppm=0.0)
    far = np.concatenate((REPLY, np.zeros(2 * RATE, np.int16), second))
    microphone = heard(far, room)
    cleaned = live(frontend(), microphone, [(0.5, REPLY), (7.5, second)])
    begin = int((7.5 + ROOM.delay_seconds) * RATE)
    word = slice(begin, begin + RATE // 2)
    assert level(microphone[word]) - level(cleaned[word]) > 15


def test_a_voice_over_the_first_of_a_soft_sound_stays() -> None:
    soft, talk = (babble(0.3, seed=4) // 8).astype(np.int16), babble(1.0, seed=9)
    begin = int((7.5 + ROOM.delay_seconds) * RATE)
    far = np.concatenate((REPLY, np.zeros(2 * RATE, np.int16), soft, np.zeros(RATE, np.int16)))
    microphone = heard(far, replace(ROOM, drift_ppm=0.0))
    microphone[begin : begin + len(talk)] += talk
    cleaned = live(frontend(high_pass=False), microphone, [(0.5, REPLY), (7.5, soft)])
    words = [
        slice(at, at + RATE // 20)
        for at in range(begin + RATE // 20, begin + RATE // 4, RATE // 20)
    ]
    assert all(level(microphone[word]) - level(cleaned[word]) < 6 for word in words)


@pytest.mark.parametrize("between", ["nothing", "all but silence"])
@pytest.mark.parametrize("pause", [5, 60])
def test_a_reply_after_a_long_pause_is_taken_out_though_clocks_drift(
    pause: int, between: str
) -> None:
    second = babble(2.0, seed=4)
    hiss = np.random.default_rng(2).integers(-1, 2, pause * RATE).astype(np.int16)
    microphone = heard(np.concatenate((REPLY, hiss, second)), replace(ROOM, drift_ppm=100.0))
    begin = 0.5 + len(REPLY) / RATE / (1 + 100e-6)
    again = begin + pause / (1 + 100e-6)
    rendered = [(0.5, REPLY), (begin, hiss), (again, second)]
    played = [part for part in rendered if between != "nothing" or part[1] is not hiss]
    cleaned = live(frontend(), microphone, played)
    first = int((again + ROOM.delay_seconds) * RATE)
    words = [slice(at, at + RATE // 10) for at in range(first, first + RATE, RATE // 10)]
    loudest = max(level(microphone[word]) for word in words)
    assert max(level(cleaned[word]) for word in words) < loudest - 25


def test_what_was_played_is_told_by_captured_samples() -> None:
    room = replace(ROOM, drift_ppm=0.0)
    front = frontend()
    live(front, heard(REPLY, room), [(0.5, REPLY)], jitter_seconds=0.0)
    begin = int((0.5 + ROOM.delay_seconds) * RATE)
    own = front.played(begin + RATE, begin + 2 * RATE).astype(float)
    likeness = np.correlate(own, REPLY[RATE - 100 : 2 * RATE + 100].astype(float), "full")
    middle = len(own) + 100 - 1
    assert abs(int(np.argmax(np.abs(likeness))) - middle) < 0.005 * RATE
    assert not np.any(front.played(0, RATE // 4))


def test_the_state_tells_whether_we_play_and_what_is_left() -> None:
    front = frontend()
    microphone = heard(REPLY)
    assert not front.echo.playing
    live(front, microphone[: 4 * RATE], [(0.5, REPLY)])
    assert front.echo.playing
    assert front.echo.settled
    assert front.echo.residual_dbfs < level(after(1, microphone)) - 90.3 - 10
    front.clean(np.zeros(3 * RATE, np.int16), BEGAN + 7)
    front.clean(np.zeros(3 * RATE, np.int16), BEGAN + 10)
    assert not front.echo.playing
    assert front.echo.residual_dbfs == -120


def test_the_report_tells_delay_and_drift() -> None:
    front = frontend()
    assert front.report.delay_ms is None
    live(front, heard(REPLY), [(0.5, REPLY)], jitter_seconds=0.0)
    report = front.report
    assert report.delay_ms == pytest.approx(1_000 * ROOM.delay_seconds, abs=10)
    assert report.drift_ppm == pytest.approx(ROOM.drift_ppm, abs=25)
    assert report.erle_db > 20
    assert report.active


def test_a_reference_for_which_there_is_no_echo_harms_nothing() -> None:
    voice = babble(5.0, seed=7)
    cleaned = live(frontend(high_pass=False), voice, [(0.5, babble(4.0, seed=8))])
    assert level(cleaned[3 * RATE :] - voice[3 * RATE :]) < level(voice) - 20


def test_where_our_own_voice_cannot_be_heard_nothing_of_it_is_feared() -> None:
    front = frontend(high_pass=False)
    reply, voice = babble(6.0, seed=8), babble(3.0, seed=7)
    live(front, voice, [(0.2, reply)])
    assert front.echo.playing
    assert front.echo.residual_dbfs < level(voice) - 90.3 - 40


def test_until_the_way_of_the_echo_is_known_all_may_be_our_own_voice() -> None:
    front = frontend(high_pass=False)
    microphone = heard(REPLY)[: int(0.75 * RATE)]
    cleaned = live(front, microphone, [(0.5, REPLY)])
    last = slice(-RATE // 20, None)
    assert front.report.delay_ms is None
    assert level(cleaned[last]) < level(microphone[last]) - 15
    assert front.echo.residual_dbfs > level(cleaned[last]) - 90.3 + 10


def test_a_missing_reference_changes_nothing() -> None:
    microphone = heard(REPLY)
    assert np.array_equal(live(frontend(high_pass=False), microphone, []), microphone)


def test_a_reference_that_comes_wildly_late_harms_nothing() -> None:
    microphone = heard(REPLY)
    cleaned = live(frontend(high_pass=False), microphone, [(2.5, REPLY)])
    assert level(cleaned) < level(microphone) + 0.5


def test_a_device_that_lies_about_its_rate_harms_nothing() -> None:
    microphone = heard(REPLY)
    lying = live(frontend(), microphone, [(0.5, REPLY)], rate=48_000)
    assert level(lying) < level(microphone) + 0.5


@pytest.mark.parametrize("sound", [0, 32_767, -32_768])
def test_silence_and_full_scale_stay_finite(sound: int) -> None:
    flat = np.full(2 * RATE, sound, np.int16)
    front = frontend(noise_suppression="spectral", noise_gate=True, gain_control="own")
    cleaned = live(front, flat, [(0.1, flat)])
    assert len(cleaned) == len(flat)
    assert np.isfinite(front.report.erle_db)


def test_a_loud_clipping_echo_is_weakened() -> None:
    loud = replace(ROOM, coupling_db=12.0)
    microphone = heard(REPLY, loud)
    assert np.max(np.abs(microphone.astype(int))) >= 32_767
    cleaned = live(frontend(), microphone, [(0.5, REPLY)])
    assert level(after(1.5, microphone)) - level(after(1.5, cleaned)) > 10


def test_a_thousand_ppm_of_drift_are_followed() -> None:
    microphone = heard(REPLY, replace(ROOM, drift_ppm=1_000.0))
    cleaned = live(frontend(), microphone, [(0.5, REPLY)])
    assert level(after(2.5, microphone)) - level(after(2.5, cleaned)) > 15


def test_a_device_gap_in_the_middle_is_found_again() -> None:
    microphone = heard(REPLY)
    front = frontend()
    lost = 2 * RATE
    first = live(front, microphone[:lost], [(0.5, REPLY[: lost - RATE // 2])])
    front.skip(RATE // 4)
    rest = REPLY[lost - RATE // 2 + RATE // 4 :]
    for n in range(0, len(rest), 320):
        front.render(Rendered(rest[n : n + 320], BEGAN + 2.25 + n / RATE), RATE)
    tail = microphone[lost + RATE // 4 :]
    second = np.concatenate(
        [
            front.clean(tail[n : n + 480], BEGAN + 2.25 + (n + 480) / RATE)
            for n in range(0, len(tail) - 480, 480)
        ]
    )
    assert len(first) == lost
    late = slice(RATE // 2, 2 * RATE)
    assert level(tail[late]) - level(second[late]) > 20
