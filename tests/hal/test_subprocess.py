"""The arecord and aplay backend over programs that a test writes."""

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.config import AudioConfig
from device.errors import (
    AudioError,
    DeviceBusy,
    DeviceLost,
    DeviceMissing,
    EngineMissing,
    FormatUnsupported,
)
from device.hal.subprocess import list_devices, open_microphone, open_speaker

CONFIG = AudioConfig(backend="subprocess", input="hw:1", output="hw:1", rate=16_000)


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("audio open error: Device or resource busy", DeviceBusy),
        ("audio open error: No such file or directory", DeviceMissing),
        ("set_params:1406: Channels count non available", FormatUnsupported),
        ("", DeviceMissing),
    ],
)
async def test_what_the_program_complains_of_becomes_our_error(
    folder: Path, said: str, error: type[AudioError]
) -> None:
    for name in ("arecord", "aplay"):
        program(folder, name, f"sys.exit({said!r})")
    with pytest.raises(error, match="hw:1"):
        open_microphone(CONFIG)
    with pytest.raises(error, match="hw:1"):
        open_speaker(CONFIG)


async def test_a_missing_program_says_what_to_install(folder: Path) -> None:
    with pytest.raises(EngineMissing, match="apt install alsa-utils"):
        open_microphone(CONFIG)
    with pytest.raises(EngineMissing, match="apt install alsa-utils"):
        list_devices()


async def test_a_recorder_that_dies_is_a_lost_microphone(folder: Path) -> None:
    body = "sys.stdout.buffer.write(bytes(1280)); sys.stdout.flush(); time.sleep(0.5)\n"
    program(folder, "arecord", body + "sys.exit('card pulled out')")
    microphone = open_microphone(CONFIG)
    assert await microphone.read() is not None
    assert await microphone.read() is not None
    with pytest.raises(DeviceLost, match="card pulled out"):
        await microphone.read()
    await microphone.close()


async def test_an_overrun_is_counted_as_a_lost_chunk(folder: Path) -> None:
    body = "for n in range(99):\n  sys.stdout.buffer.write(bytes(640)); sys.stdout.flush()\n"
    body += "  time.sleep(0.02)\n  n == 15 and print('overrun!!!', file=sys.stderr, flush=True)"
    program(folder, "arecord", body)
    microphone = open_microphone(CONFIG)
    chunks = [await microphone.read() for _ in range(25)]
    await microphone.close()
    assert microphone.counters.overflows == 1
    last = chunks[-1]
    assert last is not None
    assert last.start_sample == 25 * 320


async def test_the_player_gets_every_sample_and_never_much_ahead(folder: Path) -> None:
    out = folder / "played"
    body = f"file = open({str(out)!r}, 'wb', 0)\n"
    body += "while part := sys.stdin.buffer.read(160):\n  file.write(part); time.sleep(0.005)"
    program(folder, "aplay", body)
    speaker = open_speaker(CONFIG)
    sound = np.arange(1, 8_001, dtype=np.int16)
    for at in range(0, len(sound), 320):
        await speaker.write(AudioChunk.from_samples(sound[at : at + 320], 16_000))
        assert speaker.latency_seconds < 0.2
    await speaker.drain()
    await speaker.close()
    played = np.frombuffer(out.read_bytes(), dtype="<i2")
    assert np.array_equal(played[played != 0], sound)


async def test_a_player_that_dies_is_a_lost_speaker(folder: Path) -> None:
    program(folder, "aplay", "time.sleep(0.6); sys.exit('card pulled out')")
    speaker = open_speaker(CONFIG)
    await asyncio.sleep(0.5)
    chunk = AudioChunk.from_samples(np.ones(16_000, dtype=np.int16), 16_000)
    with pytest.raises(DeviceLost, match="hw:1"):
        await speaker.write(chunk)
    await speaker.close()


async def test_every_pcm_name_is_listed_once(folder: Path) -> None:
    program(folder, "arecord", "print('null\\n    Discard\\nhw:CARD=mic\\n    A microphone')")
    program(folder, "aplay", "print('null\\n    Discard\\nhw:CARD=box\\n    A loudspeaker')")
    found = {device.name: (device.inputs, device.outputs) for device in list_devices()}
    assert found == {"null": (1, 1), "hw:CARD=mic": (1, 0), "hw:CARD=box": (0, 1)}
