"""Custom openWakeWord models in ONNX form, run by the `openwakeword` package (Python 3.11 only).

The package finds its two feature models in its own folder or in models/openwakeword.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from device.audio.format import Samples
from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.folders import models_folders
from device.models.advice import how_to_get
from device.models.soundness import need_sound
from device.pipeline.wake.spotting import SpottingEngine
from device.pipeline.wake.threshold import Thresholds

_BLOCK_SAMPLES: Final = 1_280
_FEATURES: Final = "openwakeword"
"""What the two feature models are called as one model."""


class OpenWakeWordOnnxEngine(SpottingEngine):
    """Knows custom .onnx models."""

    def __init__(
        self,
        words: Mapping[str, Path | None],
        thresholds: Thresholds,
        refractory_samples: int,
    ) -> None:
        """Raises EngineMissing, ModelMissing, ModelInvalid."""
        paths = {word: _checked(word, path) for word, path in words.items()}
        super().__init__(partial(OpenWakeWordOnnxScorer, paths), thresholds, refractory_samples)


class OpenWakeWordOnnxScorer:
    """Scores every 80 ms of one session's audio."""

    block_samples = _BLOCK_SAMPLES
    trigger_delay_samples = 2_880

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._words = {path.stem: word for word, path in paths.items()}
        if len(self._words) < len(paths):
            raise ModelInvalid("two ONNX wake models have the same file name; rename one")
        self._model: Any = _model(paths)

    def score(self, block: Samples) -> dict[str, float]:
        """Scores, 0 to 1, of all words after exactly `block_samples` more samples."""
        scores = self._model.predict(block)
        return {word: float(scores[stem]) for stem, word in self._words.items()}

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._model = None


def _model(paths: Mapping[str, Path]) -> Any:
    try:
        from openwakeword.model import Model
    except ImportError as error:
        raise EngineMissing(
            "the wake engine openwakeword-onnx needs Python 3.11 and a package: "
            "pip install 'parlor-speaker[openwakeword]'; elsewhere use a .tflite model with the "
            "engine openwakeword"
        ) from error
    try:
        return Model(
            wakeword_models=[str(path) for path in paths.values()],
            inference_framework="onnx",
            melspec_model_path=str(_feature_model("melspectrogram.onnx")),
            embedding_model_path=str(_feature_model("embedding_model.onnx")),
        )
    except ModelMissing:
        raise
    except Exception as error:  # onnxruntime's errors have no common parent of their own
        named = ", ".join(str(path) for path in paths.values())
        raise ModelInvalid(f"the openwakeword package cannot use {named}: {error}") from error


def _feature_model(name: str) -> Path:
    import openwakeword

    packaged = Path(openwakeword.__file__).parent / "resources" / "models" / name
    if packaged.is_file():
        return packaged
    for folder in models_folders():
        if (found := folder / _FEATURES / name).is_file():
            need_sound(found, folder)
            return found
    advice = how_to_get([_FEATURES], models_folders())
    raise ModelMissing(f"openWakeWord's {name} is missing; {advice}")


def _checked(word: str, path: Path | None) -> Path:
    if path is None:
        raise ModelInvalid(f"the engine openwakeword-onnx needs the path of a model for {word!r}")
    if not path.is_file():
        raise ModelMissing(f"there is no model {path}; correct the path in [[wake.word]]")
    if path.suffix != ".onnx":
        raise ModelInvalid(f"{path} is no .onnx file; use the engine openwakeword for .tflite")
    return path
