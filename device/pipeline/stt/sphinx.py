"""A pocketsphinx decoder that computes without holding the interpreter's lock.

The package's own classes hold it for as long as a search or the building of one takes, half a
second and more, and no other thread runs meanwhile, those of microphone and loudspeaker included.
So its C functions (pocketsphinx.h, fsg_model.h of 5.1) are called here through ctypes.
"""

import ctypes
import importlib
import json
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.pipeline.stt.command_score import Word

Vectors = npt.NDArray[np.float32]
"""Cepstra and how they change, shape (n, 39)."""

_HANDLE, _TEXT, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_NUMBER = ctypes.POINTER(_INT)
_FUNCTIONS: Mapping[str, tuple[Any, ...]] = {
    "ps_config_parse_json": (_HANDLE, _HANDLE, _TEXT),
    "ps_config_free": (_INT, _HANDLE),
    "ps_init": (_HANDLE, _HANDLE),
    "ps_free": (_INT, _HANDLE),
    "ps_get_logmath": (_HANDLE, _HANDLE),
    "fsg_model_readfile": (_HANDLE, _TEXT, _HANDLE, ctypes.c_float),
    "fsg_model_free": (_INT, _HANDLE),
    "ps_add_fsg": (_INT, _HANDLE, _TEXT, _HANDLE),
    "ps_activate_search": (_INT, _HANDLE, _TEXT),
    "ps_start_utt": (_INT, _HANDLE),
    "ps_process_cep": (_INT, _HANDLE, _HANDLE, _INT, _INT, _INT),
    "ps_end_utt": (_INT, _HANDLE),
    "ps_get_hyp": (_TEXT, _HANDLE, _NUMBER),
    "ps_seg_iter": (_HANDLE, _HANDLE),
    "ps_seg_next": (_HANDLE, _HANDLE),
    "ps_seg_word": (_TEXT, _HANDLE),
    "ps_seg_frames": (None, _HANDLE, _NUMBER, _NUMBER),
    "ps_seg_prob": (_INT, _HANDLE, _NUMBER, _NUMBER, _NUMBER),
}
"""Result and arguments of each function."""
_SEARCH = b"search"
_WIDTH, _ROOM = 39, 256
"""Numbers in a vector, and vectors that a decoder has room for."""
_SHARES_AS_THEY_ARE = 1.0
"""Power to which the shares of a graph are raised."""
_SETTINGS = {"loglevel": "FATAL", "compallsen": True, "bestpath": False}
_FEATURES = ("cmn none", "remove_noise no", "feat 39", "ceplen 39", "ncep 39", "nfilt 40")
"""Vectors are taken as they come; the last two only suit a front end that is never asked."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The best path of one utterance."""

    text: str
    score: float
    """Log score, to base 1.0001."""
    words: tuple[Word, ...]
    """In order, with the pauses."""
    lead: float = 0.0
    """How much better the best path is that may still go on: log score, to base 1.0001."""


class _Decoder:
    """A decoder of the library, which lives as long as anybody holds this."""

    def __init__(self, address: int) -> None:
        self._as_parameter_ = address  # what ctypes hands to a function


class Sphinx:
    """One decoder with one search; one thread may use it at a time."""

    def __init__(
        self,
        model: Path,
        dictionary: str,
        settings: Mapping[str, object],
        graph: str = "",
    ) -> None:
        """`model` is the folder of the acoustic model, `dictionary` and `graph` are texts.

        Dictionary in CMU form; graph in Sphinx's FSG form, or empty where `settings` name a
        language model. Raises EngineMissing, ModelMissing or ModelInvalid.
        """
        self._library = _library()
        self._current: Utterance | None = None
        if not (model / "mdef").is_file():
            raise ModelMissing(f"there is no acoustic model in {model}")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            words = folder / "words.dict"
            words.write_text(dictionary, encoding="utf-8")
            files = {"hmm": str(_plain_features(model, folder)), "dict": str(words)}
            address = self._open({**_SETTINGS, **files, **settings})
            self._decoder = _Decoder(address)
            self._free = weakref.finalize(self._decoder, self._library.ps_free, address)
            # At the end of the process a search may still be running.
            self._free.atexit = False
            if graph:
                self._add(graph, folder / "graph.fsg")
        self._make_room()

    def begin(self) -> "Utterance":
        """Hear another utterance, step by step; what was begun before is given up."""
        self._end()
        self._library.ps_start_utt(self._decoder)
        self._current = Utterance(self._library, self._decoder)
        return self._current

    def hear(self, vectors: Vectors) -> Heard | None:
        """The best path through a whole utterance; None where nothing fits."""
        utterance = self.begin()
        utterance.feed(vectors)
        return utterance.finish()

    def close(self) -> None:
        """Give the memory back; idempotent."""
        self._end()
        self._free()

    def _end(self) -> None:
        if self._current is not None:
            self._current.give_up()
        self._current = None

    def _open(self, settings: Mapping[str, object]) -> int:
        config = self._library.ps_config_parse_json(None, json.dumps(settings).encode())
        if not config:
            raise ModelInvalid(f"pocketsphinx does not take these settings: {settings}")
        decoder: int | None = self._library.ps_init(config)
        self._library.ps_config_free(config)
        if decoder is None:
            raise ModelInvalid(
                f"pocketsphinx cannot load {settings['hmm']}; install it again: "
                "pip install --force-reinstall pocketsphinx"
            )
        return decoder

    def _make_room(self) -> None:
        """Let its buffer grow once: step by step there would be too little to look ahead in."""
        library, decoder = self._library, self._decoder
        library.ps_start_utt(decoder)
        nothing = np.zeros((_ROOM, _WIDTH), np.float32)
        library.ps_process_cep(decoder, _rows(nothing), _ROOM, True, True)
        library.ps_end_utt(decoder)

    def _add(self, graph: str, file: Path) -> None:
        library, decoder = self._library, self._decoder
        file.write_text(graph, encoding="utf-8")
        scale = library.ps_get_logmath(decoder)
        automaton = library.fsg_model_readfile(str(file).encode(), scale, _SHARES_AS_THEY_ARE)
        failed = not automaton or library.ps_add_fsg(decoder, _SEARCH, automaton) < 0
        if automaton:
            library.fsg_model_free(automaton)
        if failed or library.ps_activate_search(decoder, _SEARCH) < 0:
            raise ModelInvalid("pocketsphinx cannot search this grammar; a word has no phones")


class Utterance:
    """One utterance on its way through a decoder, which hears no other meanwhile."""

    def __init__(self, library: ctypes.CDLL, decoder: _Decoder) -> None:
        self._library = library
        self._decoder = decoder
        self.alive = True
        """False once it is finished, or the decoder has begun another or is closed."""

    def feed(self, vectors: Vectors) -> None:
        """Search on through the next vectors."""
        held = np.array(vectors, np.float32, order="C")
        for start in range(0, len(held) if self.alive else 0, _ROOM // 2):
            block = held[start : start + _ROOM // 2]
            self._library.ps_process_cep(self._decoder, _rows(block), len(block), False, False)

    def so_far(self) -> str:
        """The words of the best path, which may still become others."""
        text = self._library.ps_get_hyp(self._decoder, None) if self.alive else None
        return text.decode() if text else ""

    def give_up(self) -> None:
        """Make place for another; idempotent."""
        if self.alive:
            self.alive = False
            self._library.ps_end_utt(self._decoder)

    def finish(self) -> Heard | None:
        """The best path through all of it; None where nothing fits."""
        if not self.alive:
            return None
        library, decoder, score = self._library, self._decoder, _INT()
        open_score = score.value if library.ps_get_hyp(decoder, ctypes.byref(score)) else None
        self.give_up()
        text = library.ps_get_hyp(decoder, ctypes.byref(score))
        if not text:
            return None
        lead = 0.0 if open_score is None else float(open_score - score.value)
        return Heard(text.decode(), score.value, self._words(), lead)

    def _words(self) -> tuple[Word, ...]:
        library, words = self._library, []
        start, stop, sound, unused = _INT(), _INT(), _INT(), _INT()
        segment = library.ps_seg_iter(self._decoder)
        while segment:
            library.ps_seg_frames(segment, ctypes.byref(start), ctypes.byref(stop))
            library.ps_seg_prob(
                segment, ctypes.byref(sound), ctypes.byref(unused), ctypes.byref(unused)
            )
            text = library.ps_seg_word(segment).decode()
            words.append(Word(text, stop.value - start.value + 1, sound.value))
            segment = library.ps_seg_next(segment)
        return tuple(words)


def _rows(vectors: Vectors) -> Any:
    """Pointers to the rows of a contiguous array, which must outlive them."""
    first, step = vectors.ctypes.data, vectors.strides[0]
    return (ctypes.c_void_p * len(vectors))(*range(first, first + len(vectors) * step, step))


def _plain_features(folder: Path, scratch: Path) -> Path:
    """The model with a front end that does nothing: `cepstra` does all of it."""
    plain = scratch / "model"
    plain.mkdir()
    for file in folder.iterdir():
        if file.name != "feat.params":
            (plain / file.name).symlink_to(file.resolve())
    ours = [f"-{feature}" for feature in _FEATURES]
    replaced = {line.split()[0] for line in ours}
    kept = (folder / "feat.params").read_text(encoding="utf-8").splitlines()
    kept = [line for line in kept if not replaced.intersection(line.split()[:1])]
    (plain / "feat.params").write_text("\n".join([*kept, *ours, ""]))
    return plain


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(importlib.import_module("pocketsphinx._pocketsphinx").__file__)
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (ImportError, AttributeError) as error:
        raise EngineMissing(
            f"pocketsphinx is not installed, or not as it should be ({error}); "
            "run: pip install 'pocketsphinx>=5.1'"
        ) from error
    return library
