"""espeak-ng in process: hundreds of voices, and the sample at which every word begins.

The command line does not tell where words begin, the library's word events do. How espeak-ng speaks
depends on what it said before, so a process of its own forks for every utterance: the same text and
manner always give the same samples.
"""

import ctypes
import ctypes.util
import os
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np
import soxr

from device.audio.format import RATE, Samples
from device.errors import EngineMissing

_SYNCHRONOUS: Final = 2
"""espeak_AUDIO_OUTPUT.AUDIO_OUTPUT_SYNCHRONOUS: no thread, which a fork would lose."""
_WORD_EVENT: Final = 1
_RATE_PARAMETER: Final = 1
_PITCH_PARAMETER: Final = 3
_RANGE_PARAMETER: Final = 4
_UTF8: Final = 1
_PHONEMES: Final = 0x100
"""Text in [[ ]] is phonemes, as espeak-ng writes them."""

ACCENTS: Final = (
    "en-us",
    "en",
    "en-gb-x-rp",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-029",
    "en-us-nyc",
)
"""English accents that espeak-ng speaks without MBROLA."""

VARIANTS: Final = (
    *(f"m{n}" for n in range(1, 9)),
    *(f"f{n}" for n in range(1, 6)),
    *("Adam", "Alicia", "Andrea", "Annie", "Antonio", "Belinda", "Benjamin", "Caleb", "David"),
    *("Diogo", "Gene", "Gustave", "Henrique", "Hugo", "Iven", "Jacky", "John", "Lee", "Linda"),
    *("Marcelo", "Mario", "Max", "Michael", "Mike", "Pablo", "Paul", "Pedro", "Quincy", "Rob"),
    *("Robert", "Steph", "Travis", "Zac", "klatt", "klatt3"),
)
"""Human-like voice variants; robots, whispers and croaks are left out."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is said."""

    voice: str = "en-us"
    """Accent, or accent+variant."""
    words_a_minute: int = 165
    pitch: int = 50
    """0 to 99."""
    intonation: int = 50
    """0 (monotone) to 99."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Speech and the place of its words."""

    samples: Samples
    """16 kHz, silence trimmed by espeak-ng as it sees fit."""
    word_starts: tuple[int, ...]
    """First sample of every word, in order."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Library:
    """The loaded library; its state is one per process."""

    def __init__(self) -> None:
        found = ctypes.util.find_library("espeak-ng")
        if found is None:
            raise EngineMissing("espeak-ng is not installed: sudo apt-get install espeak-ng")
        self._lib: Any = ctypes.CDLL(found)
        self.rate = int(self._lib.espeak_Initialize(_SYNCHRONOUS, 0, None, 0))
        self._parts: list[Samples] = []
        self._starts: list[int] = []
        self._callback = _Callback(self._take)
        self._lib.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, manner: Manner) -> tuple[Samples, list[int]]:
        """Samples at the library's rate, and where words begin in them."""
        self._parts, self._starts = [], []
        lib = self._lib
        if lib.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {manner.voice!r}")
        lib.espeak_SetParameter(_RATE_PARAMETER, manner.words_a_minute, 0)
        lib.espeak_SetParameter(_PITCH_PARAMETER, manner.pitch, 0)
        lib.espeak_SetParameter(_RANGE_PARAMETER, manner.intonation, 0)
        raw = text.encode() + b"\0"
        lib.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, 1, 0, _UTF8 | _PHONEMES, None, None)
        lib.espeak_Synchronize()
        return np.concatenate([*self._parts, np.zeros(0, np.int16)]), self._starts

    def _take(self, audio: Any, count: int, events: Any) -> int:
        if audio and count > 0:
            self._parts.append(np.ctypeslib.as_array(audio, shape=(count,)).copy())
        place = 0
        while events[place].type != 0:
            if events[place].type == _WORD_EVENT:
                self._starts.append(int(events[place].sample))
            place += 1
        return 0


def _serve(requests: Connection) -> None:
    """Answer each (text, manner) from a fork that has never spoken."""
    library = _Library()
    requests.send(library.rate)
    while True:
        text, manner = requests.recv()
        if (child := os.fork()) == 0:
            try:
                requests.send(library.say(text, manner))
            except ValueError as error:
                requests.send(error)
            os._exit(0)
        os.waitpid(child, 0)


class _Speaker:
    """The process that forks; it ends with this one."""

    def __init__(self) -> None:
        if ctypes.util.find_library("espeak-ng") is None:
            raise EngineMissing("espeak-ng is not installed: sudo apt-get install espeak-ng")
        context = get_context("spawn")
        self._requests, theirs = context.Pipe()
        context.Process(target=_serve, args=(theirs,), name="espeak-ng", daemon=True).start()
        theirs.close()
        self.rate: int = self._requests.recv()

    def say(self, text: str, manner: Manner) -> tuple[Samples, list[int]]:
        """Samples at `rate`, and where words begin in them."""
        self._requests.send((text, manner))
        answer = self._requests.recv()
        if isinstance(answer, ValueError):
            raise answer
        samples, starts = answer
        return samples, starts


@cache
def _speaker(process: int) -> _Speaker:
    return _Speaker()


def speak(text: str, manner: Manner | None = None) -> Spoken:
    """Say `text`. Raises EngineMissing without espeak-ng, ValueError for an unknown voice."""
    speaker = _speaker(os.getpid())
    raw, starts = speaker.say(text, manner or Manner())
    samples = soxr.resample(raw, speaker.rate, RATE)
    scale = RATE / speaker.rate
    return Spoken(samples.astype(np.int16), tuple(round(start * scale) for start in starts))
