"""Accounts at services that stand in for those on the Internet."""

from pathlib import Path
from typing import Any

import numpy as np

from device.audio.format import RATE
from device.config import CloudConfig, SttConfig
from device.outside import Unit
from device.pipeline.stt.cloud import open_cloud
from tests.fakes import iflytek, tencent
from tests.fakes.azure_recognition import AzureRecognition
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini_transcription import GeminiTranscription
from tests.fakes.openai_transcription import OpenAiTranscription
from tests.fakes.posted_speech import KEY, PostedSpeech
from tests.fakes.spoken_speech import SpokenSpeech
from tests.leaving import Left, noting

POSTED: dict[str, type[PostedSpeech]] = {
    "openai": OpenAiTranscription,
    "groq": OpenAiTranscription,
    "azure": AzureRecognition,
    "gemini": GeminiTranscription,
}
SPOKEN: dict[str, type[SpokenSpeech]] = {
    "deepgram": FakeDeepgram,
    "tencent": tencent.FakeTencent,
    "iflytek": iflytek.FakeIflytek,
}
SAID = np.random.default_rng(0).normal(0, 1000, RATE).astype(np.int16)
"""A sentence of 1 s."""
HOST = "127.0.0.1"
Spent = list[tuple[str, Unit, float]]


def account(engine: str, url: str, folder: Path, key: str = KEY) -> dict[str, Any]:
    """[cloud.<engine>] complete."""
    whole: dict[str, Any] = {"base_url": url, "key_file": secret(folder / f"{engine}.key", key)}
    if engine == "tencent":
        whole |= {"app_id": tencent.APP_ID, "secret_id": tencent.SECRET_ID}
    if engine == "iflytek":
        file = secret(folder / "iflytek.secret", iflytek.SECRET)
        whole |= {"app_id": iflytek.APP_ID, "secret_file": file}
    return whole


def secret(file: Path, text: str) -> Path:
    """A file that only its owner may read."""
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def opened(
    engine: str, url: str, folder: Path, language: str = "en", *, left: Left | None = None,
    spent: Spent | None = None, key: str = KEY, options: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The engine of this name, at a server that stands in."""
    config = SttConfig.model_validate({engine: options or {}})
    cloud = CloudConfig.model_validate({engine: account(engine, url, folder, key)})
    door = noting([] if left is None else left)
    counted: Spent = [] if spent is None else spent
    door.spend = lambda service, unit, amount: counted.append((service, unit, amount))
    return open_cloud(engine, config, cloud, language, door)
