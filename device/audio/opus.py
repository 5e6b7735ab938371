"""Speech as Opus, bare (RFC 6716) or in Ogg (RFC 7845), by the libopus of the av package."""

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


class OpusEncoder:
    """Encodes one mono stream, a packet of 20 ms each."""

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
        self._size = round(rate * _PACKET_SECONDS)
        self._rest = _NOTHING

    @property
    def head(self) -> bytes:
        """The OpusHead of RFC 7845."""
        return bytes(self._encoder.extradata)

    def feed(self, samples: Samples) -> list[bytes]:
        """Take samples of shape (n,) and give the packets that are complete."""
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // self._size * self._size
        self._rest = samples[whole:]
        starts = range(0, whole, self._size)
        return [one for at in starts for one in self._encode(samples[at : at + self._size])]

    def flush(self) -> list[bytes]:
        """The packet that is not complete, with silence after it; the stream may go on."""
        return self.feed(np.zeros(-len(self._rest) % self._size, dtype=np.int16))

    def clear(self) -> None:
        """Forget what is not complete."""
        self._rest = _NOTHING

    def _encode(self, samples: Samples) -> list[bytes]:
        frame = self._av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
        frame.sample_rate = self._rate
        return [bytes(packet) for packet in self._encoder.encode(frame)]


class OpusDecoder:
    """Decodes one mono stream, packet by packet."""

    def __init__(self, head: bytes = b"") -> None:
        """`head`: the OpusHead of RFC 7845, where there is one. Raises EngineMissing."""
        self._av = _load()
        self._decoder = self._av.CodecContext.create("libopus", "r")
        if head:
            self._decoder.extradata = head
        else:
            self._decoder.sample_rate = OPUS_RATE
            self._decoder.layout = "mono"
        try:
            self._decoder.open()
        except self._av.FFmpegError as error:
            raise ValueError(f"not a head of Opus: {error}") from error

    def feed(self, packet: bytes) -> Samples:
        """The sound of a packet: at `OPUS_RATE`, shape (n,). Raises ValueError for what is none."""
        if not packet:  # would be the end of the stream
            raise ValueError("an empty packet")
        try:
            decoded = self._decoder.decode(self._av.Packet(packet))
        except self._av.FFmpegError as error:
            raise ValueError(f"not a packet of Opus: {error}") from error
        return np.concatenate((_NOTHING, *map(_first_channel, decoded)))


class OpusWriter:
    """Encodes one mono stream into Ogg."""

    def __init__(self, rate: int) -> None:
        """`rate`: 8,000, 12,000, 16,000, 24,000 or 48,000 Hz. Raises EngineMissing."""
        self._encoder = OpusEncoder(rate)
        self._ogg = OggWriter(_SERIAL)
        self._coded = 0
        self._begun = False

    def feed(self, samples: Samples) -> bytes:
        """Take samples of shape (n,) and give the pages that are complete; the first with heads."""
        pages = [] if self._begun else self._heads()
        self._begun = True
        for packet in self._encoder.feed(samples):
            self._coded += round(OPUS_RATE * _PACKET_SECONDS)
            pages.append(self._ogg.page(packet, self._coded))
        return b"".join(pages)

    def _heads(self) -> list[bytes]:
        return [self._ogg.page(self._encoder.head, 0), self._ogg.page(_TAGS, 0)]


class OpusReader:
    """Decodes one stream in Ogg, however its bytes are cut; what is damaged is skipped."""

    def __init__(self) -> None:
        """Raises EngineMissing."""
        _load()
        self._ogg = OggReader()
        self._decoder: OpusDecoder | None = None

    def feed(self, data: bytes) -> Samples:
        """Take bytes and give what they complete: mono at `OPUS_RATE`, shape (n,)."""
        return np.concatenate((_NOTHING, *map(self._take, self._ogg.feed(data))))

    def _take(self, packet: bytes) -> Samples:
        try:
            if packet.startswith(b"OpusHead"):
                self._decoder = OpusDecoder(packet)
            elif self._decoder is not None and not packet.startswith(b"OpusTags"):
                return self._decoder.feed(packet)
        except ValueError:
            pass
        return _NOTHING


def _first_channel(frame: Any) -> Samples:
    """Of 16-bit samples that are interleaved."""
    return np.asarray(frame.to_ndarray()).reshape(-1, frame.layout.nb_channels)[:, 0]


def _load() -> Any:
    try:
        import av
    except ImportError as error:
        raise EngineMissing("Opus needs the av package: install parlor-speaker[opus]") from error
    return av
