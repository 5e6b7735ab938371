"""A Piper voice made on the spot: it loads and runs like a real one, hums, and means nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES_A_PHONEME = 256
"""Length of one phoneme id at normal rate, at 16 kHz."""


LAYERS_OF_A_MEDIUM_VOICE = 15
"""Of a million weights each: then the file is as large as that of a medium voice, 63 MB."""
_WIDTH = 1024
_FRAMES_A_PHONEME = 7
"""Of 256 samples at 22,050 Hz, 80 ms: a phoneme takes about so long."""


def make_piper_voice(
    folder: Path, name: str = "en_US-toy-low", layers: int = 0, **changes: Any
) -> Path:
    """Write a Piper voice that hums one pitch a phoneme; give its .onnx path.

    It has Piper's signature: phoneme ids, their count and the three scales in, audio out. Each of
    `layers` costs a million multiplications a frame, which nobody hears. `changes` replaces keys
    of the description.
    """
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    path.write_bytes(_humming_graph(layers))
    description = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "num_symbols": 256,
        "num_speakers": 1,
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
    }
    path.with_name(f"{name}.onnx.json").write_text(json.dumps({**description, **changes}))
    return path


def _humming_graph(layers: int) -> bytes:
    """sin(id * t / 40) for t in 0 .. 256 * length_scale, one after the other."""
    from onnx import TensorProto, checker, helper, numpy_helper

    constants: dict[str, Any] = {
        "one": np.array(1.0, np.float32),
        "zero": np.array(0.0, np.float32),
        "pace": np.array(1 / 40, np.float32),
        "samples": np.array(SAMPLES_A_PHONEME, np.float32),
        "second": np.array(1, np.int64),
        "last_axis": np.array([2], np.int64),
        "flat": np.array([1, 1, 1, -1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["scales", "second"], ["length"]),
        node("Mul", ["length", "samples"], ["limit"]),
        node("Range", ["zero", "limit", "one"], ["ramp"]),
        node("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["ids", "last_axis"], ["column"]),
        node("Mul", ["column", "ramp"], ["turns"]),
        node("Mul", ["turns", "pace"], ["phase"]),
        node("Sin", ["phase"], ["waves"]),
        node("Reshape", ["waves", "flat"], ["hum"]),
        *_labour(layers, constants),
        node("Add", ["hum", "labour"], ["output"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            value("input", TensorProto.INT64, [1, "phonemes"]),
            value("input_lengths", TensorProto.INT64, [1]),
            value("scales", TensorProto.FLOAT, [3]),
        ],
        [value("output", TensorProto.FLOAT, [1, 1, 1, "samples"])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _labour(layers: int, constants: dict[str, Any]) -> list[Any]:
    """What a voice of this size computes for every frame; the sum of it is as good as 0."""
    from onnx import helper

    node = helper.make_node
    random = np.random.default_rng(5)
    constants["many"] = np.array([1, _FRAMES_A_PHONEME, 1], np.int64)
    constants["wide"] = np.ones((1, _WIDTH), np.float32)
    constants["nothing"] = np.array(1e-9, np.float32)
    made = [
        node("Tile", ["column", "many"], ["frames"]),
        node("MatMul", ["frames", "wide"], ["layer_0"]),
    ]
    for layer in range(layers):
        weights = random.standard_normal((_WIDTH, _WIDTH)) / np.sqrt(_WIDTH)
        constants[f"weights_{layer}"] = weights.astype(np.float32)
        made.append(node("MatMul", [f"layer_{layer}", f"weights_{layer}"], [f"layer_{layer + 1}"]))
    return [
        *made,
        node("ReduceMean", [f"layer_{layers}"], ["mean"], keepdims=0),
        node("Mul", ["mean", "nothing"], ["labour"]),
    ]
