"""Microphone and loudspeaker through `arecord` and `aplay`.

A driver that crashes takes a child process with it instead of the speaker. The pipe to aplay is
kept nearly empty, or what counts as heard would run seconds ahead of what is.
"""

import array
import fcntl
import os
import select
import shutil
import subprocess
import tempfile
import termios
import time
from typing import Final

from device.audio.format import RATE, AudioFormat
from device.config import AudioConfig
from device.errors import AudioError, DeviceBusy, DeviceMissing, EngineMissing, FormatUnsupported
from device.hal.base import DeviceInfo
from device.hal.reader import Captured, ThreadedMicrophone
from device.hal.thread import STALL_SECONDS
from device.hal.writer import ThreadedSpeaker

_CHUNK_SECONDS: Final = 0.02
_PERIOD_SECONDS: Final = 0.005
_BUFFER_SECONDS: Final = 0.03
_PLAY_RATE: Final = 48_000
_PIPE_BYTES: Final = 4096
_START_SECONDS: Final = 0.25
_POLL_SECONDS: Final = 0.002
_END_SECONDS: Final = 1.0
_PULSE_LATENCY_MS: Final = "30"


class _Program:
    """A running arecord or aplay."""

    def __init__(self, name: str, device: str, form: AudioFormat) -> None:
        period, buffer = round(_PERIOD_SECONDS * 1e6), round(_BUFFER_SECONDS * 1e6)
        plays = name == "aplay"
        command = [_path(name), "-q", "-D", device, "-t", "raw", "-f", "S16_LE"]
        command += ["-r", str(form.rate), "-c", str(form.channels)]
        command += ["-F", str(period), "-B", str(buffer if plays else 10 * buffer)]
        self._device, self._format = device, form
        # A pipe that nobody empties would stop the program after a thousand complaints.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if plays else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if plays else subprocess.PIPE,
            stderr=self._said,
            bufsize=0,
            env={"PULSE_LATENCY_MSEC": _PULSE_LATENCY_MS, **os.environ},
        )
        pipe = self._process.stdin if plays else self._process.stdout
        assert pipe is not None
        self._stream = pipe
        self.pipe = pipe.fileno()
        """Its end of the audio."""

    def see_it_stay(self) -> None:
        """Return when it has the device. Raises AudioError when it gives up at once."""
        try:
            self._process.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            return
        complaint = self.complaint()
        self.end()
        raise _reason(self._device, complaint, self._format)

    def complaint_bytes(self) -> int:
        """How much it has complained so far."""
        return os.fstat(self._said.fileno()).st_size

    def complaint(self) -> str:
        """Its last words."""
        said = os.pread(self._said.fileno(), 4096, max(0, self.complaint_bytes() - 4096))
        lines = said.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "the program says nothing"

    def end(self) -> None:
        """Kill it: nothing that it holds is worth waiting for."""
        self._process.kill()
        self._process.wait(_END_SECONDS)
        self._stream.close()
        self._said.close()


class _Recorder:
    """Captures with arecord."""

    def __init__(self, config: AudioConfig) -> None:
        self.format = AudioFormat(config.rate or RATE, 2, config.channels)
        self.name = str(config.input)
        self._chunk_bytes = round(_CHUNK_SECONDS * self.format.rate) * self.format.bytes_per_frame
        self._program = _Program("arecord", self.name, self.format)
        self._program.see_it_stay()
        self._complained = 0

    def read(self) -> Captured:
        """Wait for a chunk; an overrun is counted as one lost chunk, arecord does not say more."""
        audio = bytearray()
        while len(audio) < self._chunk_bytes:
            ready, _, _ = select.select([self._program.pipe], [], [], STALL_SECONDS)
            missing = self._chunk_bytes - len(audio)
            part = os.read(self._program.pipe, missing) if ready else b""
            if not part:
                raise OSError(self._program.complaint())
            audio += part
        before, self._complained = self._complained, self._program.complaint_bytes()
        lost = self._chunk_bytes // self.format.bytes_per_frame
        return Captured(bytes(audio), lost if self._complained > before else 0)

    def close(self) -> None:
        """End arecord."""
        self._program.end()


class _Player:
    """Plays with an aplay that runs while there is something to play."""

    def __init__(self, config: AudioConfig) -> None:
        self.format = AudioFormat(config.rate or _PLAY_RATE)
        self.name = str(config.output)
        self.period_samples = round(_PERIOD_SECONDS * self.format.rate)
        self._program: _Program | None = None
        self._complained = self._given = 0
        self._running().see_it_stay()

    def start(self) -> None:
        """Start aplay, unless it runs."""
        self._running()

    def write(self, audio: bytes) -> bool:
        """Wait until aplay has taken all but the last period, then hand over the next."""
        program = self._running()
        deadline = time.monotonic() + STALL_SECONDS
        while self._in_pipe() >= self.period_samples or not _put(program, audio):
            if time.monotonic() > deadline:
                raise OSError("aplay takes nothing")
            time.sleep(_POLL_SECONDS)
        self._given += self.period_samples
        before, self._complained = self._complained, program.complaint_bytes()
        return self._complained <= before

    def unheard_samples(self) -> int:
        """The pipe, the period in aplay's hand, and the buffer that it keeps full once it is."""
        buffer = round(_BUFFER_SECONDS * self.format.rate)
        return min(self._given, self._in_pipe() + self.period_samples + buffer)

    def stop(self) -> None:
        """End aplay; it has played silence for a while."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def close(self) -> None:
        """End aplay."""
        self.stop()

    def _running(self) -> _Program:
        if self._program is None:
            self._program = _Program("aplay", self.name, self.format)
            self._complained = self._given = 0
            fcntl.fcntl(self._program.pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            os.set_blocking(self._program.pipe, False)
        return self._program

    def _in_pipe(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self._running().pipe, termios.FIONREAD, count)
        return count[0] // self.format.bytes_per_frame


def open_microphone(config: AudioConfig) -> ThreadedMicrophone:
    """Open the configured ALSA PCM with arecord. Raises AudioError or EngineMissing."""
    source = _Recorder(config)
    return ThreadedMicrophone(source, source.name)


def open_speaker(config: AudioConfig) -> ThreadedSpeaker:
    """Open the configured ALSA PCM with aplay. Raises AudioError or EngineMissing."""
    sink = _Player(config)
    return ThreadedSpeaker(sink, sink.name)


def list_devices() -> list[DeviceInfo]:
    """Every PCM that ALSA names. Raises EngineMissing."""
    found: dict[str, DeviceInfo] = {}
    for program, inputs, outputs in (("arecord", 1, 0), ("aplay", 0, 1)):
        result = subprocess.run(
            [_path(program), "-L"], capture_output=True, text=True, timeout=10, check=False
        )
        for name in (line for line in result.stdout.splitlines() if line and line[0] != " "):
            both = found.get(name, DeviceInfo(name, "subprocess"))
            found[name] = DeviceInfo(
                name, "subprocess", None, both.inputs + inputs, both.outputs + outputs
            )
    return list(found.values())


def _path(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise EngineMissing(f"{name} is not installed: apt install alsa-utils")
    return path


def _put(program: _Program, audio: bytes) -> bool:
    try:
        os.write(program.pipe, audio)
    except BlockingIOError:
        return False
    except BrokenPipeError as error:
        raise OSError(program.complaint()) from error
    return True


def _reason(device: str, complaint: str, form: AudioFormat) -> AudioError:
    said = complaint.casefold()
    if "busy" in said:
        return DeviceBusy(
            f"{device} is in use by another program; stop that, or share it by dsnoop"
        )
    if "non available" in said or "not available" in said:
        return FormatUnsupported(
            f"{device} does not offer {form.rate} Hz with {form.channels} channels ({complaint}); "
            f"set [audio] rate and channels, or use plug{device}"
        )
    return DeviceMissing(
        f"{device} cannot be opened ({complaint}); `parlor devices` lists what [audio] can name"
    )
