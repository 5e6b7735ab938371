"""Microphone and loudspeaker through PyAudio, that is PortAudio on ALSA."""

import queue
import time
from typing import Any, Final

from device.audio.format import RATE, AudioFormat
from device.config import AudioConfig
from device.hal import portaudio
from device.hal.base import DeviceInfo
from device.hal.reader import Captured, ThreadedMicrophone
from device.hal.thread import STALL_SECONDS
from device.hal.writer import ThreadedSpeaker

_CHUNK_SECONDS: Final = 0.02
_PERIOD_SECONDS: Final = 0.0075
_INPUT_OVERFLOW: Final = 2
"""paInputOverflow (portaudio.h, PaStreamCallbackFlags)."""


class _Input:
    """An open input stream."""

    def __init__(self, config: AudioConfig) -> None:
        self._chunks: queue.SimpleQueue[tuple[bytes, bool, float]] = queue.SimpleQueue()
        self._audio = portaudio.start()
        try:
            self.device = portaudio.find(self._audio, config.input, captures=True)
            self._stream, form = self._open(config)
            self.format: AudioFormat = form
        except BaseException:
            self._audio.terminate()
            raise
        self._last = time.monotonic()
        self._stream.start_stream()

    def _open(self, config: AudioConfig) -> tuple[Any, AudioFormat]:
        rates = [config.rate] if config.rate else _unique(RATE, self.device.rate)
        stream, rate, channels = portaudio.open_stream(
            self._audio,
            self.device,
            rates,
            _unique(config.channels, max(config.channels, min(2, self.device.inputs))),
            format=portaudio.load().paInt16,
            input=True,
            input_device_index=self.device.index,
            frames_per_buffer=round(_CHUNK_SECONDS * rates[0]),
            stream_callback=self._take,
            start=False,
        )
        return stream, AudioFormat(rate, 2, channels)

    def read(self) -> Captured:
        """Wait for a chunk; after an overflow it is told how many samples passed meanwhile.

        A card that is suspended says nothing of it: its stream stays active and is never called.
        """
        try:
            audio, overflowed, captured_at = self._chunks.get(timeout=STALL_SECONDS)
        except queue.Empty:
            raise OSError("it gives nothing") from None
        samples = len(audio) // self.format.bytes_per_frame
        passed = round((captured_at - self._last) * self.format.rate) - samples
        self._last = captured_at
        return Captured(audio, max(1, passed) if overflowed else 0, captured_at)

    def _take(self, audio: bytes, _samples: int, _times: Any, status: int) -> tuple[None, int]:
        """PortAudio's thread: copy, hand over, return.

        A blocking read could not tell of overflows: PyAudio closes the stream when it does.
        """
        self._chunks.put((audio, bool(status & _INPUT_OVERFLOW), time.monotonic()))
        return None, 0

    def close(self) -> None:
        """Close the stream."""
        _close(self._stream, self._audio)


class _Output:
    """An open output stream."""

    def __init__(self, config: AudioConfig) -> None:
        self._audio = portaudio.start()
        try:
            self.device = portaudio.find(self._audio, config.output, captures=False)
            self._stream, form = self._open(config)
            self.format: AudioFormat = form
        except BaseException:
            self._audio.terminate()
            raise
        self._room: int = self._stream.get_write_available()
        self._stream.stop_stream()

    @property
    def period_samples(self) -> int:
        """A period short enough that a cut is silent within 30 ms."""
        return round(_PERIOD_SECONDS * self.format.rate)

    def _open(self, config: AudioConfig) -> tuple[Any, AudioFormat]:
        rates = [config.rate] if config.rate else _unique(self.device.rate, 48_000, RATE)
        stream, rate, channels = portaudio.open_stream(
            self._audio,
            self.device,
            rates,
            [1, 2],
            format=portaudio.load().paInt16,
            output=True,
            output_device_index=self.device.index,
            frames_per_buffer=round(_PERIOD_SECONDS * rates[0]),
        )
        return stream, AudioFormat(rate, 2, channels)

    def start(self) -> None:
        """Wake the stream."""
        self._stream.start_stream()

    def write(self, audio: bytes) -> bool:
        """Wait until the period fits into the device's buffer.

        PyAudio could tell of underflows, but it closes the stream when it does. Only this write
        starts a stream, and starts it again after it ran dry: to wait for place first waits for
        ever.
        """
        dry = self.unheard_samples() == 0
        self._stream.write(audio, exception_on_underflow=False)
        return not dry

    def unheard_samples(self) -> int:
        """What the device's buffer holds."""
        available: int = self._stream.get_write_available()
        return max(0, self._room - available)

    def stop(self) -> None:
        """Let the stream rest."""
        self._stream.stop_stream()

    def close(self) -> None:
        """Close the stream."""
        _close(self._stream, self._audio)


def open_microphone(config: AudioConfig) -> ThreadedMicrophone:
    """Open the configured microphone. Raises AudioError or EngineMissing."""
    with portaudio.using():
        source = _Input(config)
    return ThreadedMicrophone(source, source.device.name)


def open_speaker(config: AudioConfig) -> ThreadedSpeaker:
    """Open the configured loudspeaker. Raises AudioError or EngineMissing."""
    with portaudio.using():
        sink = _Output(config)
    return ThreadedSpeaker(sink, sink.device.name)


def list_devices() -> list[DeviceInfo]:
    """Every device PortAudio sees. Raises EngineMissing."""
    with portaudio.using():
        audio = portaudio.start()
        try:
            return portaudio.devices(audio)
        finally:
            audio.terminate()


def _close(stream: Any, audio: Any) -> None:
    with portaudio.using():
        try:
            stream.close()
        finally:
            audio.terminate()


def _unique(*numbers: int) -> list[int]:
    return [number for number in dict.fromkeys(numbers) if number > 0]
