"""Sound in Wyoming frames: whatever rate, width and channels, out comes mono with 16 bit."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, AudioFormat, Samples
from device.gateway.wyoming.frames import BadFrame, Frame

_LEAST_RATE: Final = 4_000
_MOST_RATE: Final = 192_000
_MOST_CHANNELS: Final = 8
_CHUNK_SAMPLES: Final = 1_600


def format_of(frame: Frame) -> AudioFormat:
    """What an audio-start or audio-chunk says of its sound. Raises BadFrame."""
    rate, width, channels = (frame.number(key) for key in ("rate", "width", "channels"))
    if not (_LEAST_RATE <= rate <= _MOST_RATE and 1 <= channels <= _MOST_CHANNELS):
        raise BadFrame(f"no sound has {channels} channels at {rate} Hz")
    if width not in (1, 2, 3, 4):
        raise BadFrame(f"no sample has {width} bytes")
    return AudioFormat(rate, width, channels)


def sound_of(frame: Frame) -> AudioChunk:
    """The sound of an audio-chunk, mono with 16 bit at its own rate. Raises BadFrame."""
    form = format_of(frame)
    whole = len(frame.payload) // form.bytes_per_frame
    raw = np.frombuffer(frame.payload[: whole * form.bytes_per_frame], np.uint8)
    samples = _with_16_bit(raw.reshape(-1, form.width)).reshape(whole, form.channels)
    mono = samples[:, 0] if form.channels == 1 else samples.mean(axis=1).astype(np.int16)
    return AudioChunk.from_samples(mono, form.rate)


def start_of_sound(rate: int = RATE) -> Frame:
    """What comes before sound, mono with 16 bit."""
    return Frame("audio-start", {"rate": rate, "width": 2, "channels": 1, "timestamp": 0})


def frames_of(samples: Samples, rate: int = RATE) -> Iterator[Frame]:
    """Sound of shape (n,), a tenth of a second at 16 kHz in each frame."""
    for begin in range(0, len(samples), _CHUNK_SAMPLES):
        audio = samples[begin : begin + _CHUNK_SAMPLES].astype("<i2").tobytes()
        milliseconds = begin * 1_000 // rate
        about = {"rate": rate, "width": 2, "channels": 1, "timestamp": milliseconds}
        yield Frame("audio-chunk", about, audio)


def end_of_sound() -> Frame:
    """What comes after sound."""
    return Frame("audio-stop", {"timestamp": None})


def _with_16_bit(raw: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> Samples:
    """The upper 16 bits of each sample, shape (n, bytes) of little-endian ones; 8 are unsigned."""
    if raw.shape[1] == 1:
        return ((raw[:, 0].astype(np.int16) - 128) << 8).astype(np.int16)
    return np.ascontiguousarray(raw[:, -2:]).view("<i2")[:, 0].astype(np.int16)
