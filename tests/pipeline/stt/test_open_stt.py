import asyncio
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")

from benchmarks.scripted_whisper import make_whisper
from device.config import SttConfig
from device.errors import ModelMissing
from device.grammar import Grammar
from device.pipeline.stt import open_stt
from device.pipeline.stt.chain import ChainStt


def _grammar() -> Grammar:
    raise AssertionError("nobody but the command recogniser may ask for the grammar")


def test_the_configured_whisper_is_loaded_off_the_loop_and_understands(tmp_path: Path) -> None:
    folder = make_whisper(tmp_path, "hello <|endoftext|>")
    config = SttConfig(engines=("whisper",), whisper_model=str(folder), threads=1)

    async def flow() -> tuple[str, str]:
        stt: ChainStt = await asyncio.to_thread(open_stt, config, "en", _grammar)
        await stt.warm_up()
        transcript = await stt.transcribe(np.zeros(16_000, np.int16), "en")
        stt.close()
        return stt.name, transcript.text

    assert asyncio.run(flow()) == ("whisper", "hello")


def test_a_whisper_without_weights_says_where_to_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match="whisper_model"):
        open_stt(SttConfig(engines=("whisper",)), "en", _grammar)
