"""Speech as Opus in Ogg (RFC 7845), by the libopus that comes with the av package."""

import struct
from typing import Any, Final

import numpy as np

from device.audio.format import Samples
from device.audio.ogg import OggReader, OggWriter
from device.errors import EngineMissing

OPUS_RATE: Final = 48_000
"""Hz: Opus counts and gives samples at this rate, whatever went in."""
_PACKET_SECONDS: Final = 0.02
_BIT_RATE: Final = 32_000
_TAGS: Final = b"OpusTags" + struct.pack("<I6sI", 6, b"parlor", 0)
_SERIAL: Final = 1
_NOTHING: Final = np.zeros(0, dtype=np.int16)


class OpusWriter:
    """Encodes one mono stream."""

    def __init__(self, rate: int) -> None:
        """`rate`: 8,000, 12,000, 16,000, 24,000 or 48,000 Hz. Raises EngineMissing."""
        self._av = _load()
        self._rate = rate
        self._encoder = self._av.CodecContext.create("libopus", "w")
        self._encoder.sample_rate = rate
        self._encoder.layout = "mono"
        self._encoder.format = "s16"
        self._encoder.bit_rate = _BIT_RATE
        self._encoder.options = {"application": "voip"}
        self._encoder.open()
        self._ogg = OggWriter(_SERIAL)
        self._rest = _NOTHING
        self._coded = 0
        self._begun = False

    def feed(self, samples: Samples) -> bytes:
        """Take samples of shape (n,) and give the pages that are complete; the first with heads."""
        pages = [] if self._begun else self._heads()
        self._begun = True
        size = round(self._rate * _PACKET_SECONDS)
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // size * size
        for start in range(0, whole, size):
            pages += self._encode(samples[start : start + size])
        self._rest = samples[whole:]
        return b"".join(pages)

    def _heads(self) -> list[bytes]:
        head = bytes(self._encoder.extradata)
        return [self._ogg.page(head, 0), self._ogg.page(_TAGS, 0)]

    def _encode(self, samples: Samples) -> list[bytes]:
        frame = self._av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
        frame.sample_rate = self._rate
        pages = []
        for packet in self._encoder.encode(frame):
            self._coded += round(OPUS_RATE * _PACKET_SECONDS)
            pages.append(self._ogg.page(bytes(packet), self._coded))
        return pages


class OpusReader:
    """Decodes one stream, however its bytes are cut; what is damaged is skipped."""

    def __init__(self) -> None:
        """Raises EngineMissing."""
        self._av = _load()
        self._ogg = OggReader()
        self._decoder: Any = None

    def feed(self, data: bytes) -> Samples:
        """Take bytes and give what they complete: mono at `OPUS_RATE`, shape (n,)."""
        return np.concatenate((_NOTHING, *map(self._take, self._ogg.feed(data))))

    def _take(self, packet: bytes) -> Samples:
        try:
            if packet.startswith(b"OpusHead"):
                self._decoder = self._open(packet)
            elif self._decoder is not None and not packet.startswith(b"OpusTags"):
                decoded = self._decoder.decode(self._av.Packet(packet))
                return np.concatenate((_NOTHING, *map(_first_channel, decoded)))
        except (self._av.FFmpegError, ValueError):
            pass
        return _NOTHING

    def _open(self, head: bytes) -> Any:
        decoder = self._av.CodecContext.create("libopus", "r")
        decoder.extradata = head
        decoder.open()
        return decoder


def _first_channel(frame: Any) -> Samples:
    """Of 16-bit samples that are interleaved."""
    return np.asarray(frame.to_ndarray()).reshape(-1, frame.layout.nb_channels)[:, 0]


def _load() -> Any:
    try:
        import av
    except ImportError as error:
        raise EngineMissing("Opus needs the av package: install parlor-speaker[opus]") from error
    return av
