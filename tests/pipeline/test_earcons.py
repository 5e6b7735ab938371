import numpy as np
import pytest

from benchmarks.espeak import speak
from device.audio.format import RATE
from device.audio.level import dbfs
from device.pipeline.earcons import Earcon, earcon, without_earcon
from tests.audio.signals import loudest_hertz


@pytest.mark.parametrize("kind", Earcon)
@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_a_chime_is_short_audible_and_begins_and_ends_in_silence(kind: Earcon, rate: int) -> None:
    chime = earcon(kind, rate)
    assert 0.05 < len(chime) / rate < 1.5
    assert -30 < dbfs(chime) < -6
    assert abs(int(chime[0])) < 50
    assert abs(int(chime[-1])) < 50


def test_the_chime_can_be_taken_out_of_what_a_person_says_meanwhile() -> None:
    chime = earcon(Earcon.WAKE, RATE)
    said = speak("turn on the light").samples[: RATE // 2]
    window = np.zeros(len(said), dtype=np.int16)
    window[1_000 : 1_000 + len(chime)] = chime
    left = without_earcon(window, Earcon.WAKE, RATE)
    assert dbfs(left) < dbfs(window) - 30
    both = without_earcon(said + window, Earcon.WAKE, RATE)
    assert np.corrcoef(both, said)[0, 1] > 0.9


@pytest.mark.parametrize("kind", Earcon)
def test_a_chime_does_not_click(kind: Earcon) -> None:
    rate = 48_000
    sound = earcon(kind, rate).astype(float) / 32768
    assert np.max(np.abs(np.diff(sound))) < 0.5 * 2 * np.pi * 900 / rate


def test_every_chime_sounds_different() -> None:
    sounds = {earcon(kind, 16_000).tobytes() for kind in Earcon}
    assert len(sounds) == len(Earcon)


def test_waking_rises_and_muting_falls() -> None:
    for kind, rises in ((Earcon.WAKE, True), (Earcon.MUTE_OFF, True), (Earcon.MUTE_ON, False)):
        sound = earcon(kind, 16_000)
        first, last = sound[: len(sound) // 3], sound[-len(sound) // 2 :]
        assert (loudest_hertz(last) > loudest_hertz(first)) is rises
