import asyncio

import numpy as np
import pytest

from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs
from device.audio.timeline import Timeline
from device.clock import run_virtual
from device.config import AudioConfig
from device.errors import DeviceLost, FormatUnsupported, InputSilent
from device.hal.base import Rendered
from device.hal.mock import Lost, Overflow, ScriptedMicrophone, Stall, Step
from device.hal.reopen import ReopeningMicrophone
from device.hal.wav import WavMicrophone
from device.pipeline.capture import Capture
from device.pipeline.frontend.base import EchoState, FrontendReport
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


class Halving:
    """A front end that plays everything half as loud, one block of 8 ms late."""

    def __init__(self, *, playing: bool = False) -> None:
        self.echo = EchoState(playing=playing)
        self.report = FrontendReport("halving")
        self.rendered: list[tuple[Rendered, int]] = []
        self.ends: list[tuple[int, float]] = []
        """Samples captured so far, and the time of the last one, by call."""
        self.samples = 0
        self.skipped = 0
        self._held: Samples = np.zeros(0, dtype=np.int16)

    def render(self, rendered: Rendered, rate: int) -> None:
        self.rendered.append((rendered, rate))

    def clean(self, samples: Samples, captured_at: float) -> Samples:
        self.samples += len(samples)
        self.ends.append((self.samples, captured_at))
        held = np.concatenate((self._held, samples))
        ready = len(held) // 128 * 128
        self._held = held[ready:]
        return held[:ready] // 2

    def skip(self, samples: int) -> None:
        self.samples += samples
        self.skipped += samples

    def played(self, start_sample: int, stop_sample: int) -> Samples:
        return np.zeros(stop_sample - start_sample, dtype=np.int16)


def cleaned(
    *script: Step,
    form: AudioFormat | None = None,
    config: AudioConfig | None = None,
    muted: bool = False,
) -> tuple[Timeline, Halving]:
    async def main() -> tuple[Timeline, Halving]:
        timeline, frontend = Timeline(), Halving()
        microphone = ScriptedMicrophone(script, form or AudioFormat())
        capture = Capture(microphone, timeline, config or AudioConfig(), frontend)
        capture.set_muted(muted)
        await capture.run()
        return timeline, frontend

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


def test_what_the_front_end_makes_of_it_is_heard() -> None:
    sound = noise(1.024)
    timeline, _ = cleaned(sound)
    assert np.array_equal(all_of(timeline), sound // 2)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_the_front_end_knows_when_each_sample_was_captured_gaps_included(rate: int) -> None:
    script: list[Step] = [tone(0.5, rate=rate), Overflow(rate // 3), tone(0.5, rate=rate)]
    timeline, frontend = cleaned(*script, form=AudioFormat(rate))
    for samples, captured_at in frontend.ends:
        assert captured_at == pytest.approx(samples / RATE, abs=0.000_1)
    assert frontend.skipped == pytest.approx(RATE / 3, abs=1)
    assert frontend.samples == pytest.approx(timeline.end, abs=128)


def test_while_muted_the_front_end_sees_only_time_pass() -> None:
    timeline, frontend = cleaned(tone(0.512), muted=True)
    assert frontend.ends == []
    assert frontend.skipped == timeline.end == 8_192


def test_an_arrays_own_loopback_is_the_reference_and_is_not_heard() -> None:
    config = AudioConfig.model_validate({"channel": "beam", "channels": 3, "loopback": 1})
    room, played = tone(0.6, 500), tone(0.6, 2_000)
    three = np.stack((room, played, room), axis=1)
    timeline, frontend = cleaned(three, form=AudioFormat(RATE, 2, 3), config=config)
    assert loudest_hertz(all_of(timeline)) == pytest.approx(500, abs=5)
    reference = np.concatenate([rendered.samples for rendered, _ in frontend.rendered])
    assert np.array_equal(reference, played)
    first, rate = frontend.rendered[0]
    assert first.heard_at == pytest.approx(0.0)
    assert rate == RATE


def test_a_loopback_that_the_microphone_lacks_is_refused_at_once() -> None:
    with pytest.raises(FormatUnsupported, match="loopback"):
        captured(tone(0.1), config=AudioConfig(loopback=3))


def test_a_microphone_that_gives_nothing_but_zeros_is_opened_anew_and_heard_again() -> None:
    async def main() -> None:
        dead, back = [noise(1.0), np.zeros(20 * RATE, np.int16)], [noise(2.0)]
        devices = iter([ScriptedMicrophone(dead), ScriptedMicrophone(back)])
        timeline = Timeline()
        capture = Capture(ReopeningMicrophone(lambda: next(devices)), timeline, AudioConfig())
        running = asyncio.create_task(capture.run())
        await asyncio.sleep(5.2)
        assert capture.fault is InputSilent
        await running
        assert capture.fault is None
        assert [round(gap.samples / RATE, 1) for gap in timeline.gaps] == [0.5]
        assert timeline.read(timeline.end - RATE, timeline.end).any()

    run_virtual(main())


def test_a_muted_microphone_is_never_taken_for_broken() -> None:
    async def main() -> None:
        microphone = ScriptedMicrophone([np.zeros(60 * RATE, np.int16)])
        capture = Capture(microphone, Timeline(), AudioConfig())
        capture.set_muted(True)
        await capture.run()
        assert capture.fault is None

    run_virtual(main())


def test_files_are_as_still_as_they_like() -> None:
    async def main() -> None:
        microphone = WavMicrophone()
        capture = Capture(microphone, Timeline(), AudioConfig())
        running = asyncio.create_task(capture.run())
        await asyncio.sleep(60)
        microphone.end()
        await running
        assert capture.fault is None

    run_virtual(main())
