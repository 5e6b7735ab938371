"""A sound card made of PulseAudio: what is played into its microphone and out of its speaker.

Two null sinks: programs capture from `parlor_mic`, which hears what tests play into one of them,
and play on `parlor_spk`, whose monitor tests record. Real time; needs no hardware and no D-Bus.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import numpy as np

from device.audio.files import write_sound
from device.audio.format import Samples

RATE: Final = 48_000
"""Rate of both sinks."""
MICROPHONE: Final = "parlor_mic"
SPEAKER: Final = "parlor_spk"
LATENCY_MS: Final = 30
"""What libpulse is asked for; unpinned it buffers for up to two seconds."""
MONITOR_MS: Final = 5
"""Latency that a recording of a sink asks for."""

_HISS_VOLUME: Final = 4_100
"""White noise at full scale, so soft, has an RMS of 5: -76 dBFS."""
_AHEAD_MS: Final = 500
"""What is said to the microphone must not stutter on a busy machine."""
_PROGRAMS: Final = ("pulseaudio", "pactl", "paplay", "pacat", "parec")
# Without rewinds the sinks render 50 ms at a time at most; with them, up to two seconds.
_SINK: Final = f"rate={RATE} channels=1 norewinds=1"
_SETTINGS: Final = """\
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=mic {sink}
load-module module-null-sink sink_name=spk {sink}
"""
_DAEMON: Final = """\
# A card that is unplugged is gone: nothing goes on sounding elsewhere.
rescue-streams = no
"""
_ALSA: Final = """\
</usr/share/alsa/alsa.conf>
pcm.parlor_mic {{ type pulse server "unix:{socket}" device "mic.monitor" }}
pcm.parlor_spk {{ type pulse server "unix:{socket}" device "spk" }}
"""

Sink = Literal["mic", "spk"]
"""What the microphone hears, and what the speaker plays."""


def missing() -> str:
    """What keeps the virtual sound card from starting here; empty when nothing does."""
    lacking = [name for name in _PROGRAMS if shutil.which(name) is None]
    if not lacking and not list(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")):
        lacking = ["libasound2-plugins"]
    return f"no {', '.join(lacking)}" if lacking else ""


def monitor_command(sink: Sink) -> list[str]:
    """The program that writes what a sink plays to its output: 16 bit, mono, at `RATE`."""
    command = ["parec", f"--device={sink}.monitor", "--format=s16le", f"--rate={RATE}"]
    return [*command, "--channels=1", f"--latency-msec={MONITOR_MS}", "--raw"]


class SoundCard:
    """The running card."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where the card keeps its files; it goes with the card."""
        self._socket = folder / "pulse.sock"
        self._server: subprocess.Popen[bytes] | None = None
        self._noise: subprocess.Popen[bytes] | None = None
        self.environment = {
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
            "PULSE_LATENCY_MSEC": str(LATENCY_MS),
            "PULSE_SERVER": f"unix:{self._socket}",
            "JACK_NO_START_SERVER": "1",
        }
        """What programs need in their environment to find the card."""

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._write("card.pa", _SETTINGS)
        self._write("asound.conf", _ALSA)
        self._write("daemon.conf", _DAEMON)
        command = ["pulseaudio", "-n", "-F", str(self.folder / "card.pa"), "--daemonize=no"]
        command += ["--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr"]
        private = {
            "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder),
            "PULSE_CONFIG": str(self.folder / "daemon.conf"),
        }  # fmt: skip
        with (self.folder / "pulse.log").open("wb") as log:
            self._server = subprocess.Popen(
                command, env={**os.environ, **private}, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 10
        while "spk.monitor" not in self._control("list", "short", "sources", check=False):
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError((self.folder / "pulse.log").read_text())
            time.sleep(0.05)
        self.revive()

    def revive(self) -> None:
        """Let the microphone have the noise of a converter: real ones are never quite still."""
        self.die_down()
        command = ["pacat", "--device=mic", "--raw", "--format=s16le", f"--rate={RATE}"]
        command += ["--channels=1", f"--volume={_HISS_VOLUME}"]
        with Path("/dev/urandom").open("rb") as noise:
            self._noise = subprocess.Popen(
                command, stdin=noise, env=self.with_latency(_AHEAD_MS), stderr=subprocess.DEVNULL
            )

    def stop(self) -> None:
        """Unplug everything: end the server."""
        if self._server is not None:
            self._server.send_signal(signal.SIGCONT)
            self._server.kill()
            self._server.wait(5)
            self._server = None
        self.die_down()

    def freeze(self) -> None:
        """Let the server hang, as a card does whose cable is half out."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a server that hung go on."""
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def suspend(self, sink: Sink, *, suspended: bool = True) -> None:
        """Put a sink and what it is heard by to sleep, or wake both up."""
        self._control("suspend-sink", sink, "1" if suspended else "0")

    def insert(self, sink: Sink) -> None:
        """Plug one of the two in again."""
        self._control("load-module", "module-null-sink", f"sink_name={sink}", *_SINK.split())
        if sink == "mic":
            self.revive()

    def remove(self, sink: Sink) -> None:
        """Unplug one of the two."""
        if sink == "mic":
            # Its noise has nowhere to go then.
            self.die_down()
        modules = self._control("list", "short", "modules").splitlines()
        (number,) = [line.split()[0] for line in modules if f"sink_name={sink} " in line]
        self._control("unload-module", number)

    def die_down(self) -> None:
        """Let the microphone give nothing but zeros."""
        if self._noise is not None:
            self._noise.kill()
            self._noise.wait(5)
            self._noise = None

    def play_into_mic(self, sound: Path | Samples, rate: int = RATE) -> "subprocess.Popen[bytes]":
        """Start to play a WAV, or samples at `rate`, to the microphone."""
        return self.play("mic", sound, rate)

    def play(
        self, sink: Sink, sound: Path | Samples, rate: int = RATE
    ) -> "subprocess.Popen[bytes]":
        """Start to play a WAV, or samples at `rate`, into a sink."""
        if isinstance(sound, np.ndarray):
            path = self.folder / f"said-{time.monotonic_ns()}.wav"
            write_sound(path, sound, rate)
            sound = path
        return subprocess.Popen(
            ["paplay", f"--device={sink}", str(sound)], env=self.with_latency(_AHEAD_MS)
        )

    def with_latency(self, milliseconds: int) -> dict[str, str]:
        """An environment in which a program's stream has that latency, whatever it asks for."""
        return {**os.environ, **self.environment, "PULSE_LATENCY_MSEC": str(milliseconds)}

    @contextmanager
    def recording(self, sink: Sink = "spk") -> Iterator["SinkRecording"]:
        """Record what the speaker plays, or what the microphone hears, while the block runs."""
        recording = SinkRecording(sink, {**os.environ, **self.environment})
        try:
            yield recording
        finally:
            recording.stop()

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text.format(socket=self._socket, sink=_SINK))

    def _control(self, *arguments: str, check: bool = True) -> str:
        result = subprocess.run(
            ["pactl", "-s", f"unix:{self._socket}", *arguments],
            capture_output=True,
            text=True,
            check=check,
            timeout=10,
        )
        return result.stdout


class SinkRecording:
    """What came out of the speaker or into the microphone, with the time at which it did."""

    def __init__(self, sink: Sink, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            monitor_command(sink), env=environment, stdout=subprocess.PIPE
        )
        self._audio = bytearray()
        self._began = 0.0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"{sink}-recording", daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the sink's monitor delivers nothing")

    @property
    def began_at(self) -> float:
        """Monotonic time of the first sample; late by the few milliseconds of a monitor."""
        return self._began

    @property
    def samples(self) -> Samples:
        """Everything so far at `RATE`, shape (n,)."""
        audio = bytes(self._audio)
        return np.frombuffer(audio[: len(audio) // 2 * 2], dtype="<i2")

    def sounding_between(self, threshold: int = 100) -> tuple[float, float]:
        """Monotonic time of the first and of the last sample above `threshold`."""
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) > threshold)
        if len(loud) == 0:
            raise AssertionError("nothing was heard")
        return self._began + loud[0] / RATE, self._began + loud[-1] / RATE

    def sounding_seconds(self, threshold: int = 100) -> float:
        """How long there was sound, holes of 5 ms and more taken out.

        A busy machine makes the server itself insert silence, which no program sees.
        """
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) > threshold)
        steps = np.diff(loud)
        return float(np.sum(steps[steps < 0.005 * RATE])) / RATE

    def time_of(self, sound: Samples) -> float:
        """Monotonic time at which a known sound, at `RATE`, begins; where it fits best."""
        heard, known = self.samples.astype(np.float32), sound.astype(np.float32)
        size = 1 << (len(heard) + len(known)).bit_length()
        spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(known, size))
        fit = np.fft.irfft(spectrum, size)[: max(1, len(heard))]
        return self._began + int(np.argmax(np.abs(fit))) / RATE

    def stop(self) -> None:
        """End the recording."""
        self._process.kill()
        self._process.wait(5)
        self._thread.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while part := os.read(pipe.fileno(), 4096):
                self._audio += part
                began = time.monotonic() - len(self._audio) / 2 / RATE
                self._began = began if not self._ready.is_set() else min(self._began, began)
                self._ready.set()


@contextmanager
def sound_card() -> Iterator[SoundCard]:
    """A card for the block, and this process's environment pointing to it."""
    folder = Path(tempfile.mkdtemp(prefix="soundcard-"))
    card = SoundCard(folder)
    before = {name: os.environ.get(name) for name in card.environment}
    try:
        card.start()
        os.environ.update(card.environment)
        yield card
    finally:
        card.stop()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)
