"""Which devices a rig has."""

import pytest

from benchmarks.hil.devices import Devices, cushion_ms, devices
from device.errors import UsageError

WIRED = {"PARLOR_HIL_PLAYER": "dmix:Loopback,0,0", "PARLOR_HIL_EAR": "dsnoop:Loopback,1,1"}
OWN = {"PARLOR_HIL_MIC": "dsnoop:Loopback,1,0", "PARLOR_HIL_SPEAKER": "dmix:Loopback,0,1"}


def test_where_no_device_is_named_a_virtual_card_is_meant() -> None:
    assert devices({"HOME": "/root"}, daemon=False) is None


def test_a_speaker_that_the_rig_starts_is_told_its_devices() -> None:
    found = devices(WIRED | OWN, daemon=False)
    assert found is not None
    assert (found.microphone, found.loudspeaker) == ("dsnoop:Loopback,1,0", "dmix:Loopback,0,1")


def test_a_speaker_that_runs_by_itself_keeps_its_devices() -> None:
    found = devices(WIRED | OWN, daemon=True)
    assert found is not None
    assert (found.microphone, found.loudspeaker) == ("", "")


@pytest.mark.parametrize(
    ("named", "daemon", "missing"),
    [
        ({}, True, "PARLOR_HIL_PLAYER, PARLOR_HIL_EAR"),
        (WIRED, False, "PARLOR_HIL_MIC, PARLOR_HIL_SPEAKER"),
        ({"PARLOR_HIL_TAP": "hw:2"}, False, "PARLOR_HIL_PLAYER, PARLOR_HIL_EAR"),
        ({**WIRED, "PARLOR_HIL_EAR": ""}, True, "PARLOR_HIL_EAR"),
    ],
)
def test_what_is_missing_is_told_by_name(named: dict[str, str], daemon: bool, missing: str) -> None:
    with pytest.raises(UsageError, match=f"set {missing}"):
        devices(named, daemon=daemon)


def test_an_ear_that_is_the_tap_stands_in_a_room() -> None:
    assert Devices("hw:1", "hw:2", "hw:2").in_a_room
    assert not Devices("hw:1", "hw:2", "hw:3").in_a_room
    assert not Devices("hw:1", "hw:2").in_a_room


def test_what_is_held_against_holes_can_be_chosen() -> None:
    assert cushion_ms({}) == cushion_ms({"PARLOR_HIL_CUSHION_MS": ""}) == 120
    assert cushion_ms({"PARLOR_HIL_CUSHION_MS": "500"}) == 500


@pytest.mark.parametrize("said", ["19", "2001", "much", "-5", "1.5"])
def test_a_cushion_that_cannot_be_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match="20 to 2000"):
        cushion_ms({"PARLOR_HIL_CUSHION_MS": said})
