"""A card of ALSA devices: loopbacks, cables, or a loudspeaker and a microphone in a room."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.card import CUSHION_MS, Sink, sound_file
from benchmarks.hil.devices import Devices
from benchmarks.sink_recording import RATE, SinkRecording
from device.audio.format import Samples
from device.errors import DeviceMissing, EngineMissing

_FORM: Final = ("-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1")
_PERIOD_MICROSECONDS: Final = 5_000
_BUFFER_MICROSECONDS: Final = 100_000
_START_SECONDS: Final = 0.5
_LISTEN_MS: Final = 5


class WiredCard:
    """The devices of a rig, as a `Card`."""

    def __init__(self, devices: Devices, folder: Path) -> None:
        """Raises EngineMissing without alsa-utils."""
        for program in ("arecord", "aplay"):
            if shutil.which(program) is None:
                raise EngineMissing(f"{program} is not installed: sudo apt-get install alsa-utils")
        self.devices = devices
        self.folder = folder
        self.environment: dict[str, str] = {}
        self.microphone, self.loudspeaker = devices.microphone, devices.loudspeaker
        self.tapped = bool(devices.tap)
        self.simulated = not devices.in_a_room
        self.cushion_ms = CUSHION_MS

    def check(self) -> None:
        """Capture a moment from every ear. Raises DeviceMissing that tells what ALSA says."""
        for device in filter(None, dict.fromkeys((self.devices.ear, self.devices.tap))):
            command = [*_capture(device), "-d", "1"]
            try:
                done = subprocess.run(command, capture_output=True, timeout=10, check=False)
            except subprocess.TimeoutExpired:
                said = "it delivers nothing"
            else:
                if done.returncode == 0 and done.stdout:
                    continue
                said = done.stderr.decode(errors="replace").strip() or "it delivers nothing"
            raise DeviceMissing(f"cannot capture from {device}: {said}; see arecord -L")

    def listening(self) -> "subprocess.Popen[bytes]":
        """arecord at the ear."""
        return subprocess.Popen(
            _capture(self.devices.ear), env=_with_latency(_LISTEN_MS),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def talking(self, cushion_ms: int, log: Path) -> "subprocess.Popen[bytes]":
        """Aplay at the player. Raises DeviceMissing where it gives up at once."""
        buffer = cushion_ms * 1_000
        command = ["aplay", "-D", self.devices.player, *_FORM, "-B", str(buffer)]
        command += ["-F", str(buffer // 4)]
        with log.open("wb") as said:
            program = subprocess.Popen(
                command, env=_with_latency(cushion_ms), stdin=subprocess.PIPE, stderr=said
            )
        try:
            program.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            return program
        raise DeviceMissing(
            f"cannot play on {self.devices.player}: {log.read_text().strip()}; see aplay -L"
        )

    @contextmanager
    def recording(self, sink: Sink = "spk") -> Iterator[SinkRecording]:
        """Record at the ear, or at the tap, while the block runs."""
        device = self.devices.ear if sink == "spk" else self.devices.tap
        recording = SinkRecording(_capture(device), _with_latency(_LISTEN_MS))
        try:
            yield recording
        finally:
            recording.stop()

    def play(
        self, sink: Sink, sound: Path | Samples, rate: int = RATE
    ) -> "subprocess.Popen[bytes]":
        """Start to play a WAV, or samples at `rate`: by the player, or the speaker's own device."""
        file = sound_file(self.folder, sound, rate)
        device = self.loudspeaker if sink == "spk" else self.devices.player
        return subprocess.Popen(["aplay", "-q", "-D", device, str(file)])


@contextmanager
def wired_card(devices: Devices) -> Iterator[WiredCard]:
    """The card for a block. Raises DeviceMissing where an ear hears nothing."""
    with tempfile.TemporaryDirectory(prefix="hil-") as folder:
        card = WiredCard(devices, Path(folder))
        card.check()
        yield card


def _with_latency(milliseconds: int) -> dict[str, str]:
    """Where ALSA's device is a sound server, that heeds this and not the buffer it is asked for."""
    return {**os.environ, "PULSE_LATENCY_MSEC": str(milliseconds)}


def _capture(device: str) -> list[str]:
    times = ["-F", str(_PERIOD_MICROSECONDS), "-B", str(_BUFFER_MICROSECONDS)]
    return ["arecord", "-q", "-D", device, *_FORM, *times]
