import numpy as np
import pytest

from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs
from device.audio.timeline import Timeline
from device.clock import run_virtual
from device.config import AudioConfig
from device.errors import DeviceLost, FormatUnsupported
from device.hal.mock import Lost, Overflow, ScriptedMicrophone, Stall, Step
from device.pipeline.capture import Capture
from tests.audio.signals import loudest_hertz, noise, tone


def captured(
    *script: Step, form: AudioFormat | None = None, config: AudioConfig | None = None
) -> Timeline:
    async def main() -> Timeline:
        timeline = Timeline()
        microphone = ScriptedMicrophone(script, form or AudioFormat())
        await Capture(microphone, timeline, config or AudioConfig()).run()
        return timeline

    return run_virtual(main())


def all_of(timeline: Timeline) -> Samples:
    return timeline.read(0, timeline.end)


def test_sixteen_kilohertz_arrive_bit_by_bit_and_close_the_timeline() -> None:
    sound = noise(1.0)
    timeline = captured(sound)
    assert np.array_equal(all_of(timeline), sound)
    assert timeline.closed
    assert timeline.missing_samples == 0


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_another_rate_is_brought_to_ours_without_loss(rate: int) -> None:
    timeline = captured(tone(1.0, 1_000, rate=rate), form=AudioFormat(rate))
    assert timeline.end == pytest.approx(RATE, abs=2)
    assert loudest_hertz(all_of(timeline)) == pytest.approx(1_000, abs=2)


def test_the_configured_channel_is_heard() -> None:
    both = np.stack((tone(0.6, 300), tone(0.6, 2_000)), axis=1)
    timeline = captured(both, form=AudioFormat(RATE, 2, 2), config=AudioConfig(channel=1))
    assert loudest_hertz(all_of(timeline)) == pytest.approx(2_000, abs=5)


@pytest.mark.parametrize("choice", ["best", "beam"])
def test_several_microphones_become_one_of_the_same_length(choice: str) -> None:
    config = AudioConfig.model_validate({"channel": choice, "channels": 4})
    four = np.stack([tone(0.6, 500)] * 4, axis=1)
    timeline = captured(four, form=AudioFormat(RATE, 2, 4), config=config)
    assert timeline.end == len(four)
    assert loudest_hertz(all_of(timeline)) == pytest.approx(500, abs=5)


def test_a_channel_that_the_microphone_lacks_is_refused_at_once() -> None:
    with pytest.raises(FormatUnsupported):
        captured(tone(0.1), config=AudioConfig(channel=3))


def test_only_sixteen_bit_is_taken() -> None:
    with pytest.raises(FormatUnsupported):
        captured(tone(0.1), form=AudioFormat(RATE, 4))


def test_an_overflow_is_a_gap_at_its_place() -> None:
    timeline = captured(tone(0.3), Overflow(1_600), tone(0.3))
    assert [(gap.start_sample, gap.samples) for gap in timeline.gaps] == [(4_800, 1_600)]
    assert timeline.end == 2 * 4_800 + 1_600
    assert not timeline.read(4_800, 6_400).any()
    assert timeline.read(6_400, timeline.end).any()


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_time_is_kept_over_gaps_at_any_rate(rate: int) -> None:
    script: list[Step] = [tone(0.3, rate=rate), Stall(1.5), tone(0.3, rate=rate)]
    timeline = captured(*script, form=AudioFormat(rate))
    assert timeline.end / RATE == pytest.approx(2.1, abs=0.001)
    assert timeline.missing_samples / RATE == pytest.approx(1.5, abs=0.001)
    assert dbfs(timeline.read(round(1.85 * RATE), timeline.end)) > -20


def test_a_lost_microphone_closes_the_timeline_and_is_an_error() -> None:
    async def main() -> None:
        timeline = Timeline()
        capture = Capture(ScriptedMicrophone([tone(0.3), Lost()]), timeline, AudioConfig())
        with pytest.raises(DeviceLost):
            await capture.run()
        assert timeline.closed
        assert timeline.end == 4_800

    run_virtual(main())


def test_muting_lets_time_go_on_and_nothing_be_heard() -> None:
    async def main() -> None:
        timeline = Timeline()
        capture = Capture(ScriptedMicrophone([tone(0.3)]), timeline, AudioConfig())
        capture.set_muted(True)
        await capture.run()
        assert timeline.end == 4_800
        assert not all_of(timeline).any()

    run_virtual(main())


def test_unmuting_hears_again() -> None:
    async def main() -> None:
        timeline = Timeline()
        capture = Capture(ScriptedMicrophone([tone(0.3)]), timeline, AudioConfig())
        capture.set_muted(True)
        capture.set_muted(False)
        await capture.run()
        assert all_of(timeline).any()

    run_virtual(main())


def test_what_the_microphone_lost_is_counted() -> None:
    async def main() -> None:
        microphone = ScriptedMicrophone([tone(0.3), Overflow(160), tone(0.3)])
        capture = Capture(microphone, Timeline(), AudioConfig())
        await capture.run()
        assert (capture.counters.overflows, capture.counters.lost_samples) == (1, 160)

    run_virtual(main())
