from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.executor import InlineExecutor
from device.pipeline.stt.openai_whisper import OpenAiWhisperStt

needs_whisper = pytest.mark.skipif(
    find_spec("whisper") is None, reason="openai-whisper is not installed"
)


def noise(seconds: float) -> Samples:
    return np.random.default_rng(0).normal(0, 2_000, int(seconds * RATE)).astype(np.int16)


def make_checkpoint(folder: Path, variety: float = 10.0) -> Path:
    """Write a checkpoint in OpenAI's form: real layout, tiny, random weights.

    With no `variety` it writes one word over and over, with much it writes words at random.
    """
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(0)
    dimensions = ModelDimensions(80, 1_500, 32, 2, 1, 51_865, 448, 32, 2, 1)
    path = folder / "toy.pt"
    weights = Whisper(dimensions).state_dict()
    places = weights["decoder.positional_embedding"]
    weights["decoder.positional_embedding"] = torch.randn(places.shape) * variety
    torch.save({"dims": vars(dimensions), "model_state_dict": weights}, path)
    return path


def stt(folder: Path, **options: Any) -> OpenAiWhisperStt:
    return OpenAiWhisperStt(InlineExecutor(), "toy", threads=1, folders=[folder], **options)


@pytest.mark.skipif(find_spec("whisper") is not None, reason="openai-whisper is installed")
def test_the_missing_package_is_named_with_the_line_that_mends_it() -> None:
    with pytest.raises(EngineMissing, match="pip install 'openai-whisper"):
        OpenAiWhisperStt(InlineExecutor())


@needs_whisper
def test_an_utterance_goes_through_the_reference_implementation(tmp_path: Path) -> None:
    make_checkpoint(tmp_path)
    transcript = run_virtual(stt(tmp_path, names=["Kitchen light"]).transcribe(noise(1), "en"))
    assert (transcript.engine, transcript.language) == ("openai-whisper", "en")
    assert 0 < transcript.confidence < 1
    assert len(set(transcript.text.split())) > 5
    assert transcript.text == " ".join(segment.text for segment in transcript.segments)


@needs_whisper
def test_a_loop_is_not_believed(tmp_path: Path) -> None:
    make_checkpoint(tmp_path, variety=0)
    transcript = run_virtual(stt(tmp_path).transcribe(noise(1), "en"))
    assert (transcript.text, transcript.confidence) == ("", 0.0)


@needs_whisper
def test_the_language_is_detected_when_none_is_given(tmp_path: Path) -> None:
    make_checkpoint(tmp_path)
    engine = stt(tmp_path, beam=2)
    run_virtual(engine.warm_up())
    assert len(run_virtual(engine.transcribe(noise(1))).language) in (2, 3)
    assert run_virtual(engine.transcribe(noise(0.05))).text == ""
    engine.close()


@needs_whisper
def test_a_model_that_is_missing_or_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"toy\.pt"):
        stt(tmp_path)
    path = make_checkpoint(tmp_path)
    path.write_bytes(path.read_bytes()[:1_000])
    with pytest.raises(ModelInvalid, match="fetch the model again"):
        stt(tmp_path)
    path.write_bytes(b"garbage")
    with pytest.raises(ModelInvalid):
        stt(tmp_path)
