"""The bench of a whole house coming back runs, and a small house comes back complete."""

import pytest

from benchmarks.broker import find_mosquitto
from benchmarks.storm import EVENTS, STATES, reconnect_storm


@pytest.mark.broker
@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")
async def test_three_speakers_come_back_with_all_states_and_events() -> None:
    figures = {one.name: one for one in await reconnect_storm(3, outage_seconds=0.0)}
    assert figures["storm_states_wrong"].value == 0
    assert figures["storm_states_wrong"].n == 3 * (STATES + 1)
    assert figures["storm_events_lost"].value == 0
    assert figures["storm_events_lost"].n == 3 * EVENTS
    assert figures["storm_connections_per_speaker"].value >= 1
