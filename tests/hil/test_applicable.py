"""What can be judged on which rig."""

from typing import Any

import pytest

from benchmarks.hil.applicable import Rig, judged, obstacle
from benchmarks.hil.play import repeated
from benchmarks.scenario.parse import read
from benchmarks.scenario.shipped import FOLDER
from device.config import Config
from tests.hil.accounts import scenario

VIRTUAL = Rig(breakable=True)
WIRED = Rig()
IN_A_ROOM = Rig(wired=False)


def daemon(**sections: Any) -> Rig:
    return Rig(daemon=Config(**sections))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_on_a_virtual_card_every_scenario_is_judged_whole(path: Any) -> None:
    one = read(path)
    assert obstacle(one, VIRTUAL) == ""
    assert judged(one, VIRTUAL) == (one, [])


@pytest.mark.parametrize(
    ("values", "rig", "why"),
    [
        ({"script": [{"fault": "microphone_unplugged"}]}, WIRED, "needs a virtual card"),
        ({"script": [{"fault": "broker_killed"}]}, WIRED, ""),
        ({"script": [{"fault": "broker_killed"}]}, daemon(), "broker_killed is nothing"),
        ({"script": [{"command": "press"}]}, WIRED, ""),
        ({"script": [{"command": "press"}]}, daemon(), "nobody presses"),
        ({"model": "an answer"}, daemon(), "no scripted language model"),
        ({"config": {"audio": {"earcons": "false"}}}, WIRED, ""),
        (
            {"script": [{"after": "speech_suspected", "say": "a"}]},
            daemon(),
            "cue 1 waits for speech_suspected: not told by MQTT",
        ),
        ({"script": [{"after": "playback_started", "say": "a"}]}, daemon(), ""),
        (
            {"script": [{"after": {"event": "playback_started", "fields": {"turn_id": 2}},
                         "say": "a"}]},
            daemon(),
            "MQTT does not tell its turn_id",
        ),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_played_says_why(
    values: dict[str, Any], rig: Rig, why: str
) -> None:
    found = obstacle(scenario(**values), rig)
    assert why in found
    assert bool(found) == bool(why)


def test_a_running_speaker_must_be_configured_as_the_scenario_wants_it() -> None:
    quiet = scenario(config={"audio": {"earcons": False}})
    assert "[audio] earcons = True, not False" in obstacle(quiet, daemon())
    assert obstacle(quiet, daemon(audio={"earcons": False})) == ""


def test_from_outside_nothing_hidden_is_passed_over_in_silence() -> None:
    one = scenario(
        script=[{"say": "hey jarvis", "as": "onset"}],
        expect=[
            {"event": "wake_word_detected", "of": "onset", "within_ms": 500},
            {"event": "speech_suspected", "as": "suspected"},
            {"silent_within_ms": 100, "of": "suspected"},
            {"event": "interrupted", "within_ms": 900},
            {"event": "action_requested"},
        ],
        never=["stage_failed", "playback_held"],
        heard={1: "whole"},
        told=[],
    )
    can, cannot = judged(one, daemon())
    assert [sought.event.event for sought in can.expect if sought.event] == [
        "wake_word_detected", "action_requested",
    ]  # fmt: skip
    assert [sought.event for sought in can.never] == ["stage_failed"]
    assert (can.heard, can.told) == ({}, ())
    assert [one.what for one in cannot] == [
        "speech_suspected", "silent", "interrupted", "never playback_held",
        "whole of reply 1 is heard",
    ]  # fmt: skip
    assert all(not one.applies and one.why for one in cannot)


@pytest.mark.parametrize(
    "home",
    [
        {"learn": False},
        {"entity": [{"name": "Kitchen Light", "domain": "light", "preset": "zigbee2mqtt"}]},
    ],
)
def test_lamps_that_the_speaker_does_not_use_are_not_judged(home: dict[str, Any]) -> None:
    one = scenario(expect=[{"event": "action_requested"}], told=[["kitchen light", {}]])
    can, cannot = judged(one, daemon(home=home))
    assert (can.expect, can.told) == ((), None)
    assert [one.what for one in cannot] == ["action_requested", "what lamps are told"]


def test_an_ear_in_a_room_says_nothing_of_silence() -> None:
    one = scenario(
        script=[{"say": "stop", "as": "onset"}],
        expect=[{"silent_within_ms": 100, "of": "onset"}, {"event": "stop_requested"}],
    )
    can, cannot = judged(one, IN_A_ROOM)
    assert len(can.expect) == 1
    assert [(one.what, one.why) for one in cannot] == [("silent", "the ear hears people too")]


def test_a_scenario_is_repeated_as_often_as_asked_for() -> None:
    assert repeated(scenario(repeat=2), 5).repeat == 10
