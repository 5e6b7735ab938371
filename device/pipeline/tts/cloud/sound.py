"""PCM out of the bytes that a service streams, which may come in any pieces."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from device.errors import EngineError

_SAMPLE_BYTES: Final = 2
_BLOCK_SECONDS: Final = 0.1
"""Less is not worth a chunk: playback begins with as much."""
_TELLING_BYTES: Final = 12
"""So many tell one format from another."""
_HEADER_BYTES: Final = 4_096
"""The header of a WAV is no longer."""
_FOREIGN: Final = {
    b"ID3": "MP3", b"OggS": "Ogg", b"fLaC": "FLAC", b'{"': "JSON", b"<!": "a web page",
    b"<html": "a web page",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """A part of what a service says."""

    pcm: bytes
    """16 bit little-endian mono, cut anywhere; empty: it says something else than sound."""
    rate: int
    """Samples a second."""


@contextmanager
def documented() -> Iterator[None]:
    """Raise EngineError where an answer is not what the reader of it takes it for."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        if isinstance(error, EngineError):
            raise
        raise EngineError(f"what it answers is not as documented ({error})") from error


class Decoder(Protocol):
    """Makes sound of one answer of a service."""

    def feed(self, data: bytes) -> list[Sound]:
        """The sound in the next bytes. Raises EngineError for what is not as documented."""
        ...

    def end(self) -> list[Sound]:
        """What is left when the answer ends. Raises EngineError when it may not end here."""
        ...


class RawPcm:
    """Samples without a header; a WAV is understood too, and anything else refused."""

    def __init__(self, rate: int) -> None:
        """`rate` is what was asked for; the header of a WAV knows better."""
        self._rate = rate
        self._head: bytes | None = b""

    def feed(self, data: bytes) -> list[Sound]:
        """The samples in the next bytes."""
        if self._head is None:
            return [Sound(data, self._rate)]
        self._head += data
        if len(self._head) < _TELLING_BYTES:
            return []
        begin = self._begin(self._head)
        if begin < 0:
            return []
        head, self._head = self._head, None
        return [Sound(head[begin:], self._rate)]

    def end(self) -> list[Sound]:
        """What was too little to tell what it is."""
        return [Sound(self._head, self._rate)] if self._head and self._head[:4] != b"RIFF" else []

    def _begin(self, head: bytes) -> int:
        """Where the samples begin; -1: further on."""
        for mark, kind in _FOREIGN.items():
            if head.lstrip()[: len(mark)].lower() == mark.lower():
                raise EngineError(f"it answers with {kind} and not with PCM; check its base_url")
        if head[:4] != b"RIFF":
            return 0
        data = head.find(b"data")
        if data < 0 or len(head) < data + 8:
            if len(head) > _HEADER_BYTES:
                raise EngineError("it answers with a WAV without sound")
            return -1
        self._read_format(head)
        return data + 8

    def _read_format(self, head: bytes) -> None:
        channels, rate, bits = (
            int.from_bytes(head[begin:end], "little")
            for begin, end in ((22, 24), (24, 28), (34, 36))
        )
        if (channels, bits) != (1, 16) or not 8_000 <= rate <= 48_000:
            raise EngineError(f"it answers with {channels} x {bits} bit at {rate} Hz")
        self._rate = rate


class Blocks:
    """Whole samples in blocks that are worth playing."""

    def __init__(self, most_seconds: float, host: str = "the service") -> None:
        """More than `most_seconds` of sound is refused: the answer would not end."""
        self._host = host
        self._left_seconds = most_seconds
        self._waiting = b""
        self._rate = 0

    def feed(self, sound: Sound) -> list[Sound]:
        """The blocks that are full now. Raises EngineError when it is too much."""
        full = self.rest() if sound.rate != self._rate else []
        self._rate = sound.rate
        self._left_seconds -= len(sound.pcm) / _SAMPLE_BYTES / sound.rate
        if self._left_seconds < 0:
            raise EngineError(f"{self._host} does not stop talking")
        self._waiting += sound.pcm
        if len(self._waiting) < _SAMPLE_BYTES * _BLOCK_SECONDS * self._rate:
            return full
        return full + self._take()

    def rest(self) -> list[Sound]:
        """What is left, without the half of a sample that may be at its end."""
        rest, self._waiting = self._take(), b""
        return rest

    def _take(self) -> list[Sound]:
        whole = len(self._waiting) // _SAMPLE_BYTES * _SAMPLE_BYTES
        block, self._waiting = self._waiting[:whole], self._waiting[whole:]
        return [Sound(block, self._rate)] if block else []
