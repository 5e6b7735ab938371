"""A Piper voice made on the spot: it loads and runs like a real one, hums, and means nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES_A_PHONEME = 256
"""Length of one phoneme id at normal rate, at 16 kHz."""


def make_piper_voice(folder: Path, name: str = "en_US-toy-low", **changes: Any) -> Path:
    """Write a Piper voice that hums one pitch a phoneme; give its .onnx path.

    It has Piper's signature: phoneme ids, their count and the three scales in, audio out.
    `changes` replaces keys of the description.
    """
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    path.write_bytes(_humming_graph())
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


def _humming_graph() -> bytes:
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
        node("Reshape", ["waves", "flat"], ["output"]),
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
