"""openWakeWord models in the runtime of pyopen-wakeword (https://github.com/dscripka/openWakeWord).

The pretrained models are CC BY-NC-SA 4.0. One feature stream serves all words of a stream: features
are nearly all of the cost.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from device.audio.format import Samples
from device.errors import EngineMissing, ModelInvalid
from device.pipeline.wake.probe import inspect
from device.pipeline.wake.spotting import SpottingEngine
from device.pipeline.wake.threshold import Thresholds

BLOCK_SAMPLES: Final = 1_280
"""80 ms, the step of the models."""
DEFAULT_THRESHOLD: Final = 0.5
BUILTIN: Final = ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy", "okay_nabu")
"""Words whose models come with the package."""
_FEATURES: Final = 96
_OVERLAP_SAMPLES: Final = 480
"""Audio that one spectrogram window shares with the one before; the library would wait for more."""
_FLOAT32: Final = 1


class OpenWakeWordEngine(SpottingEngine):
    """Knows openWakeWord words, built-in ones (path None) and custom .tflite models."""

    def __init__(
        self,
        words: Mapping[str, Path | None],
        thresholds: Thresholds,
        refractory_samples: int,
    ) -> None:
        """Raises EngineMissing, ModelMissing, ModelInvalid."""
        for word, path in words.items():
            _check(word, path)
        super().__init__(partial(OpenWakeWordScorer, dict(words)), thresholds, refractory_samples)


class OpenWakeWordScorer:
    """Scores every 80 ms of one session's audio."""

    block_samples = BLOCK_SAMPLES
    trigger_delay_samples = 2_880

    def __init__(self, words: Mapping[str, Path | None]) -> None:
        library = _library()
        self._features = library.OpenWakeWordFeatures.from_builtin()
        self._models = {word: _load(library, word, path) for word, path in words.items()}
        self._start_in_silence()

    def score(self, block: Samples) -> dict[str, float]:
        """Scores, 0 to 1, of all words after exactly `block_samples` more samples."""
        scores: dict[str, float] = {}
        for embedding in self._features.process_streaming(block.tobytes()):
            for word, model in self._models.items():
                for score in model.process_streaming(embedding):
                    scores[word] = max(float(score), scores.get(word, 0.0))
        return scores

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._features.close()
        for model in self._models.values():
            model.close()

    def _start_in_silence(self) -> None:
        """Fill the buffers with silence. The library would compute 8 s of it, 80 ms suffice."""
        self._features.new_audio_samples = _OVERLAP_SAMPLES
        embedding = next(_silent_embeddings(self._features))
        for model in self._models.values():
            model.embeddings[:] = np.asarray(embedding).reshape(1, _FEATURES)
            model.new_embeddings = model.input_windows - 1


def _silent_embeddings(features: Any) -> Iterator[Any]:
    while True:
        yield from list(features.process_streaming(bytes(2 * BLOCK_SAMPLES)))


def _library() -> Any:
    try:
        import pyopen_wakeword
    except ImportError as error:
        raise EngineMissing(
            "the wake engine openwakeword needs a package: pip install pyopen-wakeword"
        ) from error
    return pyopen_wakeword


def _load(library: Any, word: str, path: Path | None) -> Any:
    if path is None:
        return library.OpenWakeWord.from_builtin(library.Model(word))
    return library.OpenWakeWord.from_model(path)


def _check(word: str, path: Path | None) -> None:
    if path is None:
        if word not in BUILTIN:
            raise ModelInvalid(
                f"openWakeWord has no built-in word {word!r}; there are {', '.join(BUILTIN)}; "
                "or give the path of a model in [[wake.word]]"
            )
        return
    shape = inspect(path)
    if len(shape.input) != 3 or shape.input[2] != _FEATURES or shape.input_type != _FLOAT32:
        raise ModelInvalid(
            f"{path} is no openWakeWord model: it takes {list(shape.input)} instead of "
            f"[1, n, {_FEATURES}] numbers"
        )
    if int(np.prod(shape.output)) != 1:
        raise ModelInvalid(f"{path} gives {list(shape.output)} numbers instead of one score")
