"""The barge-in bench on made-up accounts: what it takes for ducked, confirmed and silent."""

from typing import Any

import numpy as np
import pytest

from benchmarks.barge_in import p95_interval
from benchmarks.barge_in_scene import Trial, judged
from benchmarks.rooms import Room
from benchmarks.scenario.account import Account, Happening, Sound
from benchmarks.scenario.script import Cue, Scenario

RATE = 16_000
AT = 2.0


def played(*pieces: tuple[float, float]) -> Sound:
    """Noise of a level (share of full scale) for so many seconds, one after the other."""
    rng = np.random.default_rng(1)
    parts = [rng.uniform(-1, 1, round(seconds * RATE)) * level for level, seconds in pieces]
    return Sound((np.concatenate(parts) * 32_767).astype(np.int16), RATE)


def trial(sound: Sound, *events: tuple[float, str, dict[str, Any]]) -> Trial:
    """What is made of a reply that begins at 0.5 s and is interrupted by MQTT at 2 s."""
    cue = Cue.model_validate({"command": "interrupt", "as": "mqtt-0"})
    scene = Scenario(name="one", shows="it", room=Room(seed=1), script=(cue,))
    told = [(0.5, "playback_started", {}), *events]
    happenings = [Happening(at, {"event": name, **fields}) for at, name, fields in told]
    (one,) = judged(scene, Account(happenings, sound, {"mqtt-0": [AT]}), {}, "full")
    return one


def test_silence_counts_from_the_event_that_confirms() -> None:
    sound = played((0.0, 0.5), (0.5, 1.6), (0.0, 2.0))
    one = trial(sound, (2.05, "interrupted", {"by": "mqtt"}))
    assert one.confirmed_ms == pytest.approx(50)
    assert one.silent_ms == pytest.approx(50, abs=6)
    assert not one.stopped_alone


def test_another_reason_to_fall_silent_is_not_counted() -> None:
    sound = played((0.0, 0.5), (0.5, 1.6), (0.0, 2.0))
    one = trial(
        sound, (2.05, "interrupted", {"by": "speech"}), (2.1, "interrupted", {"by": "mqtt"})
    )
    assert (one.confirmed_ms, one.silent_ms) == (None, None)


def test_a_reply_that_stopped_before_anybody_did_anything_is_told() -> None:
    sound = played((0.0, 0.5), (0.5, 0.5), (0.0, 2.0))
    one = trial(sound, (1.0, "interrupted", {"by": "speech"}), (2.1, "interrupted", {"by": "mqtt"}))
    assert one.stopped_alone
    assert one.silent_ms is None


def test_a_pause_of_the_reply_is_no_silence_that_was_made() -> None:
    sound = played((0.0, 0.5), (0.5, 1.0), (0.0, 3.0))
    assert trial(sound, (2.05, "interrupted", {"by": "mqtt"})).silent_ms is None


def test_the_interval_of_the_95th_percentile_holds_it() -> None:
    values = [float(one) for one in range(100)]
    low, high = p95_interval(values)
    assert 85 < low < 95 < high <= 99
