"""The self-test tells what is wrong with loudspeaker, room and microphone, and what to do."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from device.care.acoustics.ears import Recall
from device.care.acoustics.plan import LEVELS_DB
from device.care.acoustics.verdict import verdict
from device.config import AudioConfig
from device.health import Finding
from tests.care.acoustics.rig import (
    Rig,
    Wandering,
    amplified,
    constant,
    muted,
    offset,
)


def examined(rig: Rig, **audio: object) -> Mapping[str, Finding]:
    found = verdict(rig.measure(audio=audio), AudioConfig.model_validate(audio))
    return {finding.check: finding for finding in found}


def ills(rig: Rig, **audio: object) -> dict[str, str]:
    """Codes by what is not as it should be."""
    found = examined(rig, **audio)
    assert all(
        ";" in one.message or "?" in one.message for one in found.values() if not one.healthy
    )
    return {name: one.code for name, one in found.items() if not one.healthy}


def test_all_is_well_and_measured() -> None:
    found = examined(Rig(speaks=True))
    assert [one.check for one in found.values() if not one.healthy or one.code] == []
    figures = {name: value for one in found.values() for name, value in one.figures.items()}
    assert figures["noise_dbfs"] == pytest.approx(-65, abs=1)
    assert figures["delay_ms"] == pytest.approx(61, abs=3)
    assert figures["spread_ms"] < 1
    assert figures["echo_return_loss_db"] == pytest.approx(12, abs=2)
    assert figures["level_dbfs"] == pytest.approx(-32, abs=2)
    assert figures["erle_db"] > 20
    assert (figures["recall"], figures["said"]) == (1.0, 1.0)
    assert 0.1 < figures["recall_low"] < 0.5, "one of one tells little"


@pytest.mark.parametrize(
    ("rig", "check", "code"),
    [
        (Rig(faults=(muted,)), "microphone", "audio-input-silent"),
        (Rig(faults=(constant,)), "microphone", "audio-input-dc"),
        (Rig(faults=(offset(0.2),)), "microphone", "audio-input-dc"),
        (Rig(faults=(amplified(5_000),)), "microphone", "audio-input-clipped"),
        (Rig(noise_dbfs=-85, faults=(amplified(60),)), "clipping", "audio-input-clipped"),
        (Rig(noise_dbfs=-30), "noise floor", "too-noisy"),
        (Rig(coupling_db=-200), "loudspeaker", "sound-missed"),
        (Rig(coupling_db=-38), "loudspeaker", "too-quiet"),
        (Rig(delay_seconds=0.36), "echo delay", "delay-too-long"),
        (Rig(faults=(Wandering(0.005),)), "echo delay", "delay-unstable"),
    ],
)
def test_every_fault_has_its_reason(rig: Rig, check: str, code: str) -> None:
    assert ills(rig, echo="off")[check] == code


def test_after_a_fault_of_the_microphone_nothing_is_said_of_the_rest() -> None:
    assert list(examined(Rig(faults=(muted,)))) == ["microphone"]
    assert "echo delay" not in examined(Rig(coupling_db=-200))


@pytest.mark.parametrize(
    ("channels", "audio", "ill"),
    [
        (("room", "wire"), {"channel": 0, "loopback": 1}, {}),
        (("wire", "room"), {"channel": 0, "loopback": 1},
         {"channel": "wrong-channel", "loopback": "wrong-loopback"}),
        (("nothing", "room"), {"channel": 0}, {"channel": "wrong-channel"}),
        (("room", "nothing"), {"channel": 0, "loopback": 1}, {"loopback": "wrong-loopback"}),
    ],
)  # fmt: skip
def test_channels_that_are_swapped_are_told_apart(
    channels: tuple[str, ...], audio: dict[str, object], ill: dict[str, str]
) -> None:
    found = ills(Rig(channels=channels), channels=2, echo="off", **audio)
    assert {name: found[name] for name in ("channel", "loopback") if name in found} == ill


def test_a_channel_that_could_help_is_pointed_out() -> None:
    found = examined(Rig(channels=("room", "wire")), channels=2, echo="off")["loopback"]
    assert (found.healthy, found.code) == (True, "wrong-loopback")
    assert "channel 1" in found.message


@pytest.mark.parametrize(
    ("heard", "well"),
    [((5, 5, 5), True), ((0, 0, 4), True), ((5, 5, 3), False), ((0, 0, 0), False)],
)
def test_a_wake_word_must_be_heard_when_it_is_as_loud_as_a_reply(
    heard: tuple[int, ...], well: bool
) -> None:
    levels = zip(LEVELS_DB, heard, strict=True)
    recalls = [Recall(level, times, 5) for level, times in levels]
    measured = replace(Rig().measure(audio={"echo": "off"}), recalls=recalls)
    (found,) = (one for one in verdict(measured, AudioConfig(echo="off")) if one.check == "wake")
    assert (found.healthy, found.code) == (well, "" if well else "wake-missed")
    assert found.figures["recall"] == heard[-1] / 5
    assert found.figures["recall_low"] <= found.figures["recall"] <= found.figures["recall_high"]


def test_a_speaker_whose_echo_is_left_alone_says_so_and_fails_nobody() -> None:
    found = examined(Rig(), echo="off")["echo"]
    assert (found.healthy, "erle_db" in found.figures) == (True, False)


def test_a_loudspeaker_that_fails_once_plays_again_and_that_is_told() -> None:
    found = examined(Rig(fails_after=1.2), echo="off")
    assert (found["devices"].healthy, found["devices"].code) == (True, "audio-lost")
    assert found["devices"].figures["failures"] == 1
    assert found["loudspeaker"].figures["heard"] == 5
    assert found["echo delay"].healthy
