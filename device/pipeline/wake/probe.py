"""Looks at a TFLite model in a process of its own, because a bad one crashes the runtime.

`python -m device.pipeline.wake.probe MODEL` loads the model, runs it once and prints its shapes.
"""

import json
import subprocess
import sys
from ctypes import c_int32, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from device.errors import ModelInvalid, ModelMissing

_MAGIC: Final = b"TFL3"
_LARGEST_BYTES: Final = 64 * 1024 * 1024
_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What goes into a model and what comes out."""

    input: tuple[int, ...]
    output: tuple[int, ...]
    input_type: int
    """TfLiteType: 1 float32, 3 uint8, 9 int8."""


def inspect(path: Path) -> ModelShape:
    """Check a custom model before any engine loads it. Raises ModelMissing, ModelInvalid."""
    _check_file(path)
    command = [sys.executable, "-m", __name__, str(path.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ModelInvalid(f"{path} hangs when it is run; fetch the model again") from None
    if done.returncode != 0:
        raise ModelInvalid(
            f"{path} is damaged or no wake word model: TensorFlow Lite fails on it; fetch it again"
        )
    facts = json.loads(done.stdout)
    return ModelShape(tuple(facts["input"]), tuple(facts["output"]), facts["input_type"])


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
        size = path.stat().st_size
    except IsADirectoryError:
        raise ModelInvalid(f"{path} is a folder; name the .tflite file in it") from None
    except FileNotFoundError:
        raise ModelMissing(f"there is no model {path}; correct the path in [[wake.word]]") from None
    except OSError as error:
        raise ModelMissing(f"cannot read the model {path}: {error.strerror}") from error
    if head[4:] != _MAGIC:
        raise ModelInvalid(f"{path} is no TensorFlow Lite model; name a .tflite file")
    if size > _LARGEST_BYTES:
        raise ModelInvalid(f"{path} has {size} bytes, too many for a wake word model")


def _look(path: str) -> dict[str, Any]:
    from pyopen_wakeword.openwakeword import _find_tensorflowlite_c
    from pyopen_wakeword.wakeword import TfLiteWakeWord

    lib = TfLiteWakeWord(_find_tensorflowlite_c()).lib
    model = lib.TfLiteModelCreateFromFile(path.encode())
    interpreter = lib.TfLiteInterpreterCreate(model, None) if model else None
    if not interpreter or lib.TfLiteInterpreterAllocateTensors(interpreter) != 0:
        raise SystemExit(1)
    tensors = (
        lib.TfLiteInterpreterGetInputTensor(interpreter, c_int32(0)),
        lib.TfLiteInterpreterGetOutputTensor(interpreter, c_int32(0)),
    )
    if lib.TfLiteInterpreterInvoke(interpreter) != 0:
        raise SystemExit(1)
    shapes = [
        [lib.TfLiteTensorDim(tensor, at) for at in range(lib.TfLiteTensorNumDims(tensor))]
        for tensor in tensors
    ]
    kind = lib.TfLiteTensorType(c_void_p(tensors[0]))
    return {"input": shapes[0], "output": shapes[1], "input_type": kind}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_look(sys.argv[1])))
