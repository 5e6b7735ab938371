"""A sound card made of PulseAudio or PipeWire: what its microphone hears and its speaker plays.

Two null sinks: programs capture from `parlor_mic`, which hears what tests play into one of them,
and play on `parlor_spk`, whose monitor tests record. Real time; needs no hardware and no D-Bus.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.card import CUSHION_MS, Sink, sound_file
from benchmarks.sink_recording import RATE as RATE
from benchmarks.sink_recording import SinkRecording as SinkRecording
from benchmarks.sound_server import SINK, SoundServer, lacking, sound_server
from device.audio.format import Samples

MICROPHONE: Final = "parlor_mic"
SPEAKER: Final = "parlor_spk"
LATENCY_MS: Final = 30
"""What libpulse is asked for; unpinned it buffers for up to two seconds."""
MONITOR_MS: Final = 5
"""Latency that a recording of a sink asks for."""

_HISS: Final = """\
import array, random, sys
hiss = array.array("h", random.choices(range(-8, 9), k=480_000)).tobytes()
while True:
    sys.stdout.buffer.write(hiss)
"""
"""White noise with an RMS of 5: -76 dBFS. Not every server heeds the volume a stream asks for."""
_AHEAD_MS: Final = 500
"""What is said to the microphone must not stutter on a busy machine."""
_START_SECONDS: Final = 10.0
_PROGRAMS: Final = ("pactl", "paplay", "pacat", "parec")
_ALSA: Final = """\
</usr/share/alsa/alsa.conf>
pcm.parlor_mic {{ type pulse server "unix:{socket}" device "mic.monitor" }}
pcm.parlor_spk {{ type pulse server "unix:{socket}" device "spk" }}
"""


def missing() -> str:
    """What keeps the virtual sound card from starting here; empty when nothing does."""
    absent = [*lacking(sound_server()), *(one for one in _PROGRAMS if shutil.which(one) is None)]
    if not absent and not list(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")):
        absent = ["libasound2-plugins"]
    return f"no {', '.join(absent)}" if absent else ""


def monitor_command(sink: Sink) -> list[str]:
    """The program that writes what a sink plays to its output: 16 bit, mono, at `RATE`."""
    command = ["parec", f"--device={sink}.monitor", "--format=s16le", f"--rate={RATE}"]
    return [*command, "--channels=1", f"--latency-msec={MONITOR_MS}", "--raw"]


class SoundCard:
    """The running card."""

    microphone = MICROPHONE
    loudspeaker = SPEAKER
    tapped = True
    simulated = True
    cushion_ms = CUSHION_MS

    def __init__(self, folder: Path, server: SoundServer | None = None) -> None:
        self.folder = folder
        """Where the card keeps its files; it goes with the card."""
        self._kind = server or sound_server()
        self._socket = folder / self._kind.socket
        self._server: subprocess.Popen[bytes] | None = None
        self._noise: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
            "PULSE_LATENCY_MSEC": str(LATENCY_MS),
            "PULSE_SERVER": f"unix:{self._socket}",
            "JACK_NO_START_SERVER": "1",
        }
        """What programs need in their environment to find the card."""

    def start(self) -> None:
        """Start the server and wait until it answers."""
        asound = _ALSA.format(socket=self._socket)
        (self.folder / "asound.conf").write_text(asound)
        # PipeWire is several programs, which end as a group. Not as a session: the kernel shares a
        # busy machine out among sessions, and a server in one of its own keeps its players waiting.
        with (self.folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                self._kind.command(self.folder), cwd=self.folder, process_group=0,
                env=self._kind.environment(self.folder), stdout=log, stderr=log,
            )  # fmt: skip
        self._await("", "info")
        for sink in ("mic", "spk"):
            self._load(sink)
        self._await("spk.monitor", "list", "short", "sources")
        self.revive()

    def revive(self) -> None:
        """Let the microphone have the noise of a converter: real ones are never quite still."""
        self.die_down()
        command = ["pacat", "--device=mic", "--raw", "--format=s16le", f"--rate={RATE}"]
        quiet = subprocess.DEVNULL
        noise = subprocess.Popen(
            [sys.executable, "-S", "-c", _HISS], stdout=subprocess.PIPE, stderr=quiet
        )
        assert noise.stdout is not None
        with noise.stdout as hiss:
            env = self.with_latency(_AHEAD_MS)
            play = subprocess.Popen([*command, "--channels=1"], stdin=hiss, env=env, stderr=quiet)
        self._noise = [play, noise]

    def stop(self) -> None:
        """Unplug everything: end the server."""
        if self._server is not None:
            with suppress(ProcessLookupError):  # it ended by itself
                self._signal(signal.SIGCONT)
                self._signal(signal.SIGKILL)
            self._server.wait(5)
            self._server = None
        self.die_down()

    def freeze(self) -> None:
        """Let the server hang, as a card does whose cable is half out."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a server that hung go on."""
        self._signal(signal.SIGCONT)

    def suspend(self, sink: Sink, *, suspended: bool = True) -> None:
        """Put a sink and what it is heard by to sleep, or wake both up."""
        self._control("suspend-sink", sink, "1" if suspended else "0")

    def insert(self, sink: Sink) -> None:
        """Plug one of the two in again."""
        self._load(sink)
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
        for program in self._noise:
            program.kill()
            program.wait(5)
        self._noise = []

    def play_into_mic(self, sound: Path | Samples, rate: int = RATE) -> "subprocess.Popen[bytes]":
        """Start to play a WAV, or samples at `rate`, to the microphone."""
        return self.play("mic", sound, rate)

    def play(
        self, sink: Sink, sound: Path | Samples, rate: int = RATE
    ) -> "subprocess.Popen[bytes]":
        """Start to play a WAV, or samples at `rate`, into a sink."""
        file = sound_file(self.folder, sound, rate)
        return subprocess.Popen(
            ["paplay", f"--device={sink}", str(file)], env=self.with_latency(_AHEAD_MS)
        )

    def with_latency(self, milliseconds: int) -> dict[str, str]:
        """An environment in which a program's stream has that latency, whatever it asks for."""
        return {**os.environ, **self.environment, "PULSE_LATENCY_MSEC": str(milliseconds)}

    def listening(self) -> "subprocess.Popen[bytes]":
        """A program that writes what the speaker plays to its output: 16 bit, mono, at `RATE`."""
        env = self.with_latency(MONITOR_MS)
        return subprocess.Popen(monitor_command("spk"), env=env, stdout=subprocess.PIPE)

    def talking(self, cushion_ms: int, log: Path) -> "subprocess.Popen[bytes]":
        """A program whose input the microphone hears; "underrun" in its log is a hole."""
        command = ["pacat", "--playback", "--device=mic", "--format=s16le", f"--rate={RATE}"]
        command += ["--channels=1", "--raw", "--verbose"]
        env = self.with_latency(cushion_ms)
        with log.open("wb") as said:
            return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stderr=said)

    @contextmanager
    def recording(self, sink: Sink = "spk") -> Iterator["SinkRecording"]:
        """Record what the speaker plays, or what the microphone hears, while the block runs."""
        env = {**os.environ, **self.environment}
        recording = SinkRecording(monitor_command(sink), env)
        try:
            yield recording
        finally:
            recording.stop()

    def _load(self, sink: str) -> None:
        form = SINK.format(rate=RATE).split()
        self._control("load-module", "module-null-sink", f"sink_name={sink}", *form)

    def _signal(self, number: signal.Signals) -> None:
        assert self._server is not None
        os.killpg(self._server.pid, number)

    def _await(self, answer: str, *question: str) -> None:
        """Ask the server until it gives the answer. Raises RuntimeError."""
        assert self._server is not None
        deadline = time.monotonic() + _START_SECONDS
        while not (told := self._control(*question, check=False)) or answer not in told:
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError((self.folder / "server.log").read_text())
            time.sleep(0.05)

    def _control(self, *arguments: str, check: bool = True) -> str:
        result = subprocess.run(
            ["pactl", "-s", f"unix:{self._socket}", *arguments],
            capture_output=True,
            text=True,
            check=check,
            timeout=10,
        )
        return result.stdout


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
