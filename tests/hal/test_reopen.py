import asyncio
from collections import deque
from functools import partial

import pytest

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, AudioFormat
from device.clock import run_virtual
from device.errors import DeviceLost, DeviceMissing
from device.hal.base import Microphone, Rendered
from device.hal.mock import FaultySpeaker, Lost, Overflow, ScriptedMicrophone
from device.hal.reopen import ReopeningMicrophone, ReopeningSpeaker
from tests.audio.signals import tone


class Port:
    """Where devices are plugged in, in order; None is an empty socket."""

    def __init__(self, *devices: Microphone | None) -> None:
        self.devices = deque(devices)
        self.tries = 0

    def open(self) -> Microphone:
        self.tries += 1
        device = self.devices.popleft() if self.devices else None
        if device is None:
            raise DeviceMissing("nothing is plugged in")
        return device


def test_a_lost_microphone_comes_back_after_a_gap_as_long_as_it_was_away() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        port = Port(ScriptedMicrophone([tone(0.06), Lost()]), None, None)
        microphone = ReopeningMicrophone(port.open)
        before = [await microphone.read(), await microphone.read()]
        back = ScriptedMicrophone([tone(0.03), Overflow(160), tone(0.03)])
        port.devices.append(back)
        lost_at = loop.time()
        after = await microphone.read()
        away = loop.time() - lost_at - 0.03
        assert before[1] is not None
        assert after is not None
        assert away >= 0.5 + 1.0 + 2.0
        assert (after.start_sample - before[1].stop_sample) / RATE == pytest.approx(away, abs=0.001)
        assert await microphone.read() is not None
        assert microphone.counters.overflows == 2
        assert await microphone.read() is None

    run_virtual(main())


def test_waits_between_tries_grow_and_stay_bounded() -> None:
    async def main() -> None:
        port = Port(ScriptedMicrophone([Lost()]))
        microphone = ReopeningMicrophone(port.open)
        reading = asyncio.create_task(microphone.read())
        await asyncio.sleep(600)
        assert 600 / 15 - 1 <= port.tries <= 600 / 15 + 6
        port.devices.append(ScriptedMicrophone([tone(0.03)]))
        assert await reading is not None

    run_virtual(main())


def test_what_refuses_to_open_is_counted_and_what_gives_no_sound_is_tried_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        port = Port(ScriptedMicrophone([tone(0.03), Lost()]), None, None)
        port.devices.extend(ScriptedMicrophone([Lost()]) for _ in range(100))
        microphone = ReopeningMicrophone(port.open)
        assert await microphone.read() is not None
        reading = asyncio.create_task(microphone.read())
        await asyncio.sleep(300)
        assert microphone.counters.refused == 2
        assert 300 / 15 - 1 <= port.tries <= 300 / 15 + 6
        port.devices.clear()
        port.devices.append(ScriptedMicrophone([tone(0.03)]))
        assert await reading is not None

    caplog.set_level("INFO")
    run_virtual(main())
    assert len(caplog.messages) == 2, "one line when it goes, one when it is back"


def test_the_first_opening_fails_like_any_other() -> None:
    with pytest.raises(DeviceMissing):
        ReopeningMicrophone(Port().open)


def test_another_format_ends_the_capture_with_a_reason() -> None:
    async def main() -> None:
        stereo = ScriptedMicrophone([tone(0.03)], AudioFormat(48_000, 2, 2))
        microphone = ReopeningMicrophone(Port(ScriptedMicrophone([Lost()]), stereo).open)
        with pytest.raises(DeviceLost, match="came back with"):
            await microphone.read()

    run_virtual(main())


def test_closing_ends_the_waiting_for_a_lost_microphone() -> None:
    async def main() -> None:
        microphone = ReopeningMicrophone(Port(ScriptedMicrophone([Lost()])).open)
        reading = asyncio.create_task(microphone.read())
        await asyncio.sleep(5)
        await microphone.close()
        assert await reading is None

    run_virtual(main())


def test_what_plays_on_a_lost_speaker_fails_and_the_next_thing_is_heard() -> None:
    async def main() -> None:
        first, second = FaultySpeaker(RATE), FaultySpeaker(RATE)
        waiting = deque([first, second])
        speaker = ReopeningSpeaker(waiting.popleft)
        sound = AudioChunk.from_samples(tone(0.1))
        await speaker.write(sound)
        first.unplug()
        with pytest.raises(DeviceLost):
            await speaker.write(sound)
        assert speaker.latency_seconds == 0
        assert await speaker.drop() == 0
        assert speaker.soften(0.1, 0.01) == 1.0
        await speaker.drain()
        await speaker.write(sound)
        await speaker.drain()
        assert len(second.heard()) == sound.samples

    run_virtual(main())


def test_a_speaker_that_is_still_away_is_still_lost() -> None:
    def nothing(devices: deque[FaultySpeaker]) -> FaultySpeaker:
        if not devices:
            raise DeviceMissing("nothing is plugged in")
        return devices.popleft()

    async def main() -> None:
        speaker = ReopeningSpeaker(partial(nothing, deque([FaultySpeaker(RATE)])))
        await speaker.close()
        with pytest.raises(DeviceLost, match="nothing is plugged in"):
            await speaker.write(AudioChunk.from_samples(tone(0.1)))

    run_virtual(main())


def test_a_speaker_that_comes_back_as_another_one_is_refused_and_not_kept() -> None:
    class Listed(FaultySpeaker):
        open = True

        async def close(self) -> None:
            self.open = False
            await super().close()

    async def main() -> None:
        other = Listed(2 * RATE)
        speaker = ReopeningSpeaker(deque([FaultySpeaker(RATE), other]).popleft)
        await speaker.close()
        with pytest.raises(DeviceLost, match="came back with"):
            await speaker.write(AudioChunk.from_samples(tone(0.1)))
        assert not other.open

    run_virtual(main())


def test_what_every_one_of_the_devices_plays_is_told() -> None:
    async def main() -> None:
        told: list[Rendered] = []
        first, second = FaultySpeaker(RATE), FaultySpeaker(RATE)
        speaker = ReopeningSpeaker(deque([first, second]).popleft)
        speaker.on_rendered(told.append)
        sound = AudioChunk.from_samples(tone(0.1))
        await speaker.write(sound)
        await asyncio.sleep(0.2)
        assert sum(len(rendered.samples) for rendered in told) == sound.samples
        await speaker.close()
        await speaker.write(sound)
        await asyncio.sleep(0.2)
        assert sum(len(rendered.samples) for rendered in told) == 2 * sound.samples

    run_virtual(main())


def test_time_of_capture_passes_through() -> None:
    async def main() -> None:
        microphone = ReopeningMicrophone(Port(ScriptedMicrophone([tone(0.06), Lost()])).open)
        for captured_at in (0.03, 0.06):
            chunk = await microphone.read()
            assert chunk is not None
            assert chunk.captured_at == pytest.approx(captured_at)

    run_virtual(main())


def test_a_microphone_that_is_given_up_is_opened_anew_after_a_gap() -> None:
    async def main() -> None:
        port = Port(ScriptedMicrophone([tone(9.0)]), ScriptedMicrophone([tone(0.03)]))
        microphone = ReopeningMicrophone(port.open)
        before = await microphone.read()
        microphone.give_up("it gives nothing but zeros")
        after = await microphone.read()
        assert port.tries == 2
        assert before is not None
        assert after is not None
        assert (after.start_sample - before.stop_sample) / RATE == pytest.approx(0.5)

    run_virtual(main())


def test_a_driver_that_fails_in_its_own_way_is_tried_again() -> None:
    async def main() -> None:
        answers: deque[Microphone | OSError] = deque(
            [ScriptedMicrophone([Lost()]), OSError("no memory"), ScriptedMicrophone([tone(0.03)])]
        )

        def opened() -> Microphone:
            answer = answers.popleft()
            if isinstance(answer, OSError):
                raise answer
            return answer

        assert await ReopeningMicrophone(opened).read() is not None

    run_virtual(main())
