"""The way from the virtual sound card's speaker back into its microphone, in real time.

What programs play comes back through a simulated room, mixed with what is said by a person. The
card's own latencies are pinned and measured at the start, and taken off the room's delay.
"""

import itertools
import os
import queue
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

import numpy as np

from benchmarks.card import Card, Sink
from benchmarks.rooms import EchoStream, Room, captured
from benchmarks.sink_recording import RATE, SinkRecording
from device.audio.format import Samples, Signal
from device.audio.level import to_signal
from device.audio.resample import resample
from device.errors import DeviceError

CUSHION_MS: Final = 60
"""Enough for a machine that does little else; a busy one needs more."""
_NICENESS: Final = -15
_BLOCK: Final = RATE // 100
_MEASURED_SECONDS: Final = 1.0
_LIKE: Final = 0.1
"""Likeness of a sweep to what a room makes of it; noise alone is at 0.02."""


class EchoPath:
    """A room around a running card, as a context manager; room None: only what is said is heard."""

    def __init__(
        self, card: Card, room: Room | None, cushion_ms: int = CUSHION_MS,
        noise: Signal | None = None,
    ) -> None:  # fmt: skip
        """`cushion_ms`: sound held between this thread and the microphone, against holes; `noise`:
        heard over and over, at `RATE`.
        """
        self._card = card
        self._cushion_ms = cushion_ms
        self._room = room
        self._noise = np.zeros(_BLOCK, np.float32) if noise is None else noise
        self._echo: EchoStream | None = None
        self._straight = True
        self._said: queue.SimpleQueue[Signal] = queue.SimpleQueue()
        self._mixing = threading.Event()
        self._mixed_at = 0.0
        self._rest: Signal = np.zeros(0, np.float32)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._log = card.folder / f"echo-path-{time.monotonic_ns()}.log"
        self._thread = threading.Thread(target=self._work, name="echo-path", daemon=True)
        self.latency_seconds = 0.0
        """From the speaker to the microphone without a room, measured where that can be."""
        self.voice_latency_seconds = 0.0
        """From the moment that a voice is mixed in to the microphone; measured where the card is
        tapped, otherwise what is held on the way."""
        self.measured: set[Sink] = set()
        """Which of them is: spk the way from the speaker, mic that of a voice."""

    @property
    def delay_seconds(self) -> float:
        """The bulk delay of the echo: the room's, or the card's own where that is longer."""
        return max(self._room.delay_seconds if self._room else 0.0, self.latency_seconds)

    @property
    def holes(self) -> int:
        """How often the microphone heard nothing because the machine was too busy.

        After a hole both latencies are longer than measured: what was recorded is of no use.
        """
        return self._log.read_bytes().count(b"underrun")

    def __enter__(self) -> Self:
        # What is listened to before somebody talks would be late for ever.
        talking = self._card.talking(self._cushion_ms, self._log)
        self._processes += [self._card.listening(), talking]
        for process in self._processes:
            _hurry(process.pid)
        self._thread.start()
        try:
            self._measure()
        except BaseException:
            self._stop()
            raise
        self._straight = False
        if self._room is not None:
            left = self.delay_seconds - self.latency_seconds
            self._echo = EchoStream(replace(self._room, delay_seconds=left), RATE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def say(self, sound: Samples, rate: int = RATE) -> float:
        """Mix a voice in as it is, after what is being said; monotonic time of its first sample.

        The time is that at which the microphone hears it, as `SinkRecording` counts.
        """
        self._mixing.clear()
        self._said.put(to_signal(resample(sound, rate, RATE)))
        while not self._mixing.wait(0.1):
            if not self._thread.is_alive():
                raise RuntimeError("the echo path has ended")
        return self._mixed_at + self.voice_latency_seconds

    def _measure(self) -> None:
        """Measure both latencies with a sweep each. Raises DeviceError where none comes through."""
        self.latency_seconds = self.voice_latency_seconds = self._cushion_ms / 1_000
        sweep = _sweep()
        card = self._card
        if not card.tapped:
            return
        if card.loudspeaker and card.simulated:
            with card.recording("spk") as far, card.recording("mic") as near:
                with card.play("spk", sweep):
                    time.sleep(_MEASURED_SECONDS)
                self.latency_seconds = _found(near, sweep, "mic") - _found(far, sweep, "spk")
            self.measured.add("spk")
        self.voice_latency_seconds = 0.0
        with card.recording("mic") as near:
            said = self.say(sweep)
            self._heard(near, said + _MEASURED_SECONDS)
            self.voice_latency_seconds = _found(near, sweep, "mic") - said
        self.measured.add("mic")

    def _heard(self, recording: SinkRecording, until: float) -> None:
        while recording.began_at + len(recording.samples) / RATE < until:
            time.sleep(0.02)

    def _stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(5)
        self._thread.join(5)
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # what it had not taken yet is lost
                        pipe.close()

    def _work(self) -> None:
        """Carry block after block until the programs end."""
        source, sink = self._processes[0].stdout, self._processes[1].stdin
        assert source is not None
        assert sink is not None
        # A real room has noise of its own.
        floor = self._room or Room(seed=0, noise_dbfs=-70.0 if self._card.simulated else -96.0)
        _hurry(threading.get_native_id())
        cushion = bytes(RATE * self._cushion_ms // 1000 * 2)
        try:
            for take in itertools.count():
                raw = source.read(2 * _BLOCK)
                if len(raw) < 2 * _BLOCK:
                    return
                if take == 0:  # not before the speaker's monitor delivers, or it were eaten up
                    sink.write(cushion)
                heard = self._heard_of(np.frombuffer(raw, dtype="<i2"))
                heard = heard + self._noise_of(take * _BLOCK, len(heard))
                sink.write(captured(floor, heard + self._voice(len(heard)), take).tobytes())
                sink.flush()
        except (BrokenPipeError, ValueError):  # stopped
            return

    def _heard_of(self, played: Samples) -> Signal:
        if self._straight:
            return to_signal(played)
        if self._echo is None:
            return np.zeros(len(played), np.float32)
        return self._echo.feed(played)

    def _noise_of(self, start: int, samples: int) -> Signal:
        if self._straight:
            return np.zeros(samples, np.float32)
        return np.take(self._noise, np.arange(start, start + samples), mode="wrap")

    def _voice(self, samples: int) -> Signal:
        """The next samples of what is said, silence where nothing is."""
        if len(self._rest) == 0 and not self._said.empty():
            self._rest = self._said.get()
            self._mixed_at = time.monotonic()
            self._mixing.set()
        now, self._rest = self._rest[:samples], self._rest[samples:]
        return np.concatenate((now, np.zeros(samples - len(now), np.float32)))


def _hurry(number: int) -> None:
    """Let a process or thread of this machine go first, where that is allowed."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, number, _NICENESS)


def _found(recording: SinkRecording, sweep: Samples, sink: Sink) -> float:
    at, likeness = recording.find(sweep)
    if likeness < _LIKE:
        heard = "microphone hears" if sink == "mic" else "ear hears"
        raise DeviceError(
            f"a sweep was played and is not what the {heard}; check the wiring, what the devices"
            " are called and how loud they are set (docs/hil.md)"
        )
    return at


def _sweep() -> Samples:
    """A fifth of a second from 300 to 6000 Hz, found again to the sample."""
    at = np.arange(RATE // 5) / RATE
    phase = 2 * np.pi * (300 * at + (6_000 - 300) / (2 * 0.2) * at**2)
    return np.asarray(8_000 * np.sin(phase) * np.hanning(len(at)), np.int16)
