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
"""Cepstra, shape (n, 13)."""

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
_SHARES_AS_THEY_ARE = 1.0
"""Power to which the shares of a graph are raised."""
_SETTINGS = {"loglevel": "FATAL", "compallsen": True, "bestpath": False}


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
        if not (model / "mdef").is_file():
            raise ModelMissing(f"there is no acoustic model in {model}")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            words = folder / "words.dict"
            words.write_text(dictionary, encoding="utf-8")
            files = {"hmm": str(_plain_features(model, folder)), "dict": str(words)}
            self._decoder = self._open({**_SETTINGS, **files, **settings})
            self.close = weakref.finalize(self, self._library.ps_free, self._decoder)
            """Give the memory back; idempotent."""
            # At the end of the process a search may still be running.
            self.close.atexit = False
            if graph:
                self._add(graph, folder / "graph.fsg")

    def hear(self, vectors: Vectors) -> Heard | None:
        """The best path through an utterance; None where nothing fits."""
        library, decoder = self._library, self._decoder
        held = np.array(vectors, np.float32, order="C")
        rows = (ctypes.c_void_p * len(held))(
            *range(held.ctypes.data, held.ctypes.data + held.nbytes, held.strides[0])
        )
        library.ps_start_utt(decoder)
        library.ps_process_cep(decoder, rows, len(held), False, True)
        score = _INT()
        open_score = score.value if library.ps_get_hyp(decoder, ctypes.byref(score)) else None
        library.ps_end_utt(decoder)
        text = library.ps_get_hyp(decoder, ctypes.byref(score))
        if not text:
            return None
        lead = 0.0 if open_score is None else float(open_score - score.value)
        return Heard(text.decode(), score.value, self._words(), lead)

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


def _plain_features(folder: Path, scratch: Path) -> Path:
    """The model without its own normalisation and noise removal, which `cepstra` does instead."""
    plain = scratch / "model"
    plain.mkdir()
    for file in folder.iterdir():
        if file.name != "feat.params":
            (plain / file.name).symlink_to(file.resolve())
    kept = (folder / "feat.params").read_text(encoding="utf-8").splitlines()
    kept = [line for line in kept if line.split()[:1] not in (["-cmn"], ["-remove_noise"])]
    (plain / "feat.params").write_text("\n".join([*kept, "-cmn none", "-remove_noise no", ""]))
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
