"""microWakeWord models (https://github.com/kahrendt/microWakeWord): half a per cent of a core.

A streaming model keeps its state inside, so every stream has its own interpreters.
"""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from device.audio.format import Samples
from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.pipeline.wake.probe import inspect
from device.pipeline.wake.spotting import SpottingEngine
from device.pipeline.wake.threshold import Thresholds

BUILTIN: Final = ("alexa", "hey_jarvis", "hey_mycroft", "okay_nabu")
"""Words whose models come with the package."""
_BLOCK_SAMPLES: Final = 480
_MELS: Final = 40
_QUANTISED: Final = (3, 9)
"""TfLiteType: uint8, int8."""


class MicroWakeWordEngine(SpottingEngine):
    """Knows microWakeWord words, built-in ones (path None) and custom .json + .tflite pairs."""

    def __init__(
        self,
        words: Mapping[str, Path | None],
        thresholds: Thresholds,
        refractory_samples: int,
    ) -> None:
        """Raises EngineMissing, ModelMissing, ModelInvalid."""
        super().__init__(partial(MicroWakeWordScorer, dict(words)), thresholds, refractory_samples)


class MicroWakeWordScorer:
    """Scores every 30 ms of one session's audio."""

    block_samples = _BLOCK_SAMPLES
    trigger_delay_samples = 1_600

    def __init__(self, words: Mapping[str, Path | None]) -> None:
        library = _library()
        self._features = library.MicroWakeWordFeatures()
        self._models = {word: _load(library, word, path) for word, path in words.items()}

    def score(self, block: Samples) -> dict[str, float]:
        """Mean scores, 0 to 1, over each model's sliding window; the highest in the block."""
        scores: dict[str, float] = {}
        for features in self._features.process_streaming(block.tobytes()):
            for word, model in self._models.items():
                score = model.process_streaming_prob(features)
                scores[word] = max(float(score or 0.0), scores.get(word, 0.0))
        return scores

    def close(self) -> None:
        """Give memory back; idempotent."""
        for model in self._models.values():
            model.close()


def default_threshold(word: str, path: Path | None) -> float:
    """The cut-off that the model's author chose. Raises as the engine does."""
    model = _load(_library(), word, path)
    model.close()
    return float(model.probability_cutoff)


def _library() -> Any:
    try:
        import pymicro_wakeword
    except ImportError as error:
        raise EngineMissing(
            "the wake engine microwakeword needs a package: pip install pymicro-wakeword"
        ) from error
    return pymicro_wakeword


def _load(library: Any, word: str, path: Path | None) -> Any:
    if path is None:
        if word not in BUILTIN:
            raise ModelInvalid(
                f"microWakeWord has no built-in word {word!r}; there are {', '.join(BUILTIN)}; "
                "or give the path of a model's .json in [[wake.word]]"
            )
        return library.MicroWakeWord.from_builtin(library.Model(word))
    _check(path)
    return library.MicroWakeWord.from_config(path)


def _check(path: Path) -> None:
    """Raises ModelMissing, ModelInvalid."""
    shape = inspect(path.parent / _model_name(path))
    fits = len(shape.input) == 3 and shape.input[2] == _MELS and shape.input_type in _QUANTISED
    if not fits:
        raise ModelInvalid(
            f"the model of {path} is no microWakeWord model: it takes {list(shape.input)} "
            f"instead of [1, n, {_MELS}] quantised numbers"
        )


def _model_name(path: Path) -> str:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        settings = facts["micro"]
        float(settings["probability_cutoff"]), int(settings["sliding_window_size"])
        return str(facts["wake_word"]) and str(facts["model"])
    except FileNotFoundError:
        raise ModelMissing(f"there is no model {path}; correct the path in [[wake.word]]") from None
    except OSError as error:
        raise ModelMissing(f"cannot read the model {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelInvalid(
            f"{path} does not describe a microWakeWord model in JSON (wake_word, model, micro): "
            f"{error!r}"
        ) from error
