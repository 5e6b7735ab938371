"""The `openwakeword` package with toy ONNX models; needs Python 3.11 and the extra."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from device.audio.format import RATE
from device.errors import ModelInvalid, ModelMissing
from device.pipeline.wake.oww_package import OpenWakeWordOnnxEngine
from device.pipeline.wake.threshold import Thresholds

pytestmark = pytest.mark.filterwarnings("ignore")  # the package warns about its own dependencies


def save(
    path: Path,
    nodes: list[onnx.NodeProto],
    shapes: tuple[list[str | int], list[str | int]],
    constants: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]],
    name: str = "input",
) -> None:
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shapes[1])],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))


def toy_features(folder: Path) -> None:
    """Features that are the mean level of the signal, in the shapes of the real ones."""
    node = helper.make_node
    save(
        folder / "melspectrogram.onnx",
        [
            node("Unsqueeze", ["input", "axis"], ["wide"]),
            node("Conv", ["wide", "mean"], ["bands"], strides=[160]),
            node("Transpose", ["bands"], ["steps"], perm=[0, 2, 1]),
            node("Unsqueeze", ["steps", "axis"], ["output"]),
        ],
        ([1, "n"], [1, 1, "steps", 32]),
        {"axis": np.array([1]), "mean": np.full((32, 1, 400), 1 / 400, dtype=np.float32)},
    )
    save(
        folder / "embedding_model.onnx",
        [
            node("Reshape", ["input_1", "flat"], ["row"]),
            node("MatMul", ["row", "mean"], ["features"]),
            node("Reshape", ["features", "shape"], ["output"]),
        ],
        (["n", 76, 32, 1], ["n", 1, 1, 96]),
        {
            "flat": np.array([-1, 2432]),
            "mean": np.full((2432, 96), 1 / 2432, dtype=np.float32),
            "shape": np.array([-1, 1, 1, 96]),
        },
        "input_1",
    )


def toy_word(path: Path, level: float = 500.0) -> Path:
    """Scores above a half when the features' mean is above `level`."""
    node = helper.make_node
    save(
        path,
        [
            node("Reshape", ["input", "flat"], ["row"]),
            node("ReduceMean", ["row"], ["mean"], axes=[1], keepdims=1),
            node("Sub", ["mean", "level"], ["above"]),
            node("Sigmoid", ["above"], ["output"]),
        ],
        ([1, 16, 96], [1, 1]),
        {"flat": np.array([1, 1536]), "level": np.array([level], dtype=np.float32)},
    )
    return path


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("openwakeword", reason="the extra openwakeword is not installed")
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    (tmp_path / "openwakeword").mkdir()
    toy_features(tmp_path / "openwakeword")
    return tmp_path


def test_a_custom_onnx_model_is_heard_and_its_threshold_can_change(models: Path) -> None:
    word = toy_word(models / "loud.onnx")
    engine = OpenWakeWordOnnxEngine({"computer": word}, Thresholds({"computer": 0.5}), RATE)
    assert engine.words == ("computer",)
    audio = np.concatenate([np.zeros(3 * RATE), np.full(4 * RATE, 20_000)]).astype(np.int16)
    stream = engine.open()
    heard = [stream.feed(part) for part in np.array_split(audio, 80)]
    first = next(detection for detection in heard if detection)
    assert first.word == "computer"
    assert first.at_sample > 3 * RATE
    engine.set_threshold("computer", 1.0)
    quiet = engine.open()
    assert not any(quiet.feed(part) for part in np.array_split(audio[: 3 * RATE], 40))


def test_missing_feature_models_say_where_to_put_them(models: Path) -> None:
    (models / "openwakeword" / "melspectrogram.onnx").unlink()
    with pytest.raises(ModelMissing, match="melspectrogram"):
        OpenWakeWordOnnxEngine({"x": toy_word(models / "x.onnx")}, Thresholds({"x": 0.5}), 0)


def test_a_damaged_onnx_model_is_refused(models: Path) -> None:
    broken = models / "broken.onnx"
    broken.write_bytes(b"no model at all")
    with pytest.raises(ModelInvalid, match="broken"):
        OpenWakeWordOnnxEngine({"x": broken}, Thresholds({"x": 0.5}), 0)
