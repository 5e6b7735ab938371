import asyncio

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs
from device.clock import run_virtual
from device.errors import DeviceLost
from device.hal.mock import FaultySpeaker, Lost, Overflow, Room, ScriptedMicrophone, Stall, Step
from device.hal.wav import WavMicrophone, WavSpeaker
from tests.audio.signals import noise, silence, tone


def test_a_script_is_delivered_in_its_own_time_with_its_faults() -> None:
    async def main() -> None:
        script: list[Step] = [tone(0.06), Overflow(480), tone(0.03), Stall(2.0), tone(0.03), Lost()]
        microphone = ScriptedMicrophone(script)
        places = [chunk.start_sample for _ in range(4) if (chunk := await microphone.read())]
        with pytest.raises(DeviceLost):
            await microphone.read()
        assert places == [0, 480, 1_440, 1_920 + 2 * RATE]
        assert microphone.counters.overflows == 2
        assert asyncio.get_running_loop().time() == pytest.approx(0.06 + 0.03 + 0.03 + 2 + 0.03)
        assert await microphone.read() is None

    run_virtual(main())


def test_a_script_can_have_several_channels_and_any_rate() -> None:
    async def main() -> None:
        form = AudioFormat(48_000, 2, 2)
        both = np.stack((tone(0.03, rate=48_000), tone(0.03, 800, rate=48_000)), axis=1)
        chunk = await ScriptedMicrophone([both], form).read()
        assert chunk is not None
        assert np.array_equal(chunk.pcm(), both)

    run_virtual(main())


def test_a_speaker_can_hang_and_be_unplugged() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        speaker = FaultySpeaker(RATE)
        speaker.hang(1.5)
        await speaker.write(AudioChunk.from_samples(tone(0.03)))
        assert loop.time() == pytest.approx(1.5)
        speaker.unplug()
        with pytest.raises(DeviceLost):
            await speaker.write(AudioChunk.from_samples(tone(0.03)))
        with pytest.raises(DeviceLost):
            await speaker.drain()

    run_virtual(main())


async def record(microphone: Room, seconds: float) -> Samples:
    parts: list[Samples] = []
    while sum(len(part) for part in parts) < seconds * RATE:
        chunk = await microphone.read()
        assert chunk is not None
        parts.append(chunk.pcm())
    return np.concatenate(parts)


async def play(speaker: WavSpeaker, sound: Samples) -> None:
    for at in range(0, len(sound), 480):
        await speaker.write(AudioChunk.from_samples(sound[at : at + 480], speaker.format.rate))


def lag_of(heard: Samples, sound: Samples) -> int:
    size = len(heard) + len(sound)
    spectra = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound, size))
    return int(np.argmax(np.fft.irfft(spectra, size)))


def test_the_room_returns_the_speaker_later_and_softer() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=RATE)
        room = Room(WavMicrophone(), speaker, delay_seconds=0.08, gain=0.25)
        recording = asyncio.create_task(record(room, 2.0))
        await asyncio.sleep(0.5)
        sound = noise(1.0)
        await play(speaker, sound)
        heard = await recording
        assert lag_of(heard, sound) / RATE == pytest.approx(0.58, abs=0.002)
        echo = heard[round(0.7 * RATE) : round(1.4 * RATE)]
        assert dbfs(echo) == pytest.approx(dbfs(sound) - 12, abs=0.2)

    run_virtual(main())


def test_the_room_has_its_own_response_and_keeps_the_talker() -> None:
    async def main() -> None:
        near, speaker = WavMicrophone(), WavSpeaker(rate=RATE)
        response = np.zeros(800)
        response[[0, 799]] = 1.0
        room = Room(near, speaker, delay_seconds=0.06, gain=0.5, response=response)
        recording = asyncio.create_task(record(room, 1.5))
        click = silence(0.1)
        click[0] = 20_000
        await play(speaker, click)
        await asyncio.sleep(0.4)
        await near.play(tone(0.3))
        heard = await recording
        first, second = np.flatnonzero(np.abs(heard.astype(int)) > 9_500)[[0, -1]]
        assert second - first == 799
        assert dbfs(heard[round(0.6 * RATE) : round(0.8 * RATE)]) > -30

    run_virtual(main())


def test_a_speaker_of_another_rate_is_heard_in_the_room() -> None:
    async def main() -> None:
        speaker = WavSpeaker(rate=22_050)
        room = Room(WavMicrophone(), speaker, gain=1.0)
        recording = asyncio.create_task(record(room, 1.0))
        await play(speaker, tone(1.0, 1_000, rate=22_050))
        heard = (await recording)[RATE // 2 :]
        assert dbfs(heard) == pytest.approx(dbfs(tone(1.0, 1_000)), abs=0.3)

    run_virtual(main())
