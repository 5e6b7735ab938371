"""The wake engines on recorded voices: the cascade loses nobody whom openWakeWord hears."""

from itertools import islice

import numpy as np
import pytest

from benchmarks.recordings import folder, recordings
from benchmarks.wake_audio import recorded
from device.audio.format import Samples
from device.config import WakeConfig, WakeWordConfig
from device.pipeline.wake import open_wake
from device.pipeline.wake.combined import AdjustableWakeEngine

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(folder() is None, reason="no recordings; set PARLOR_RECORDINGS"),
]
WORDS = ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy", "okay_nabu")


def engine(name: str, *words: str) -> AdjustableWakeEngine:
    named = tuple(WakeWordConfig(name=word) for word in words)
    return open_wake(WakeConfig.model_validate({"engine": name, "word": named}))


def hears(knows: AdjustableWakeEngine, audio: Samples) -> bool:
    stream = knows.open()
    parts = np.array_split(audio, max(1, len(audio) // 1280))
    found = any(stream.feed(part) is not None for part in parts)
    stream.close()
    return found


@pytest.mark.parametrize("word", WORDS)
def test_the_cascade_hears_whom_openwakeword_hears(word: str) -> None:
    voices = [recorded(row) for row in recordings(f"wake_{word}") if row.origin == "human"][::3]
    alone, cascade = engine("openwakeword", word), engine("cascade", word)
    heard = [hears(alone, audio) for audio in voices]
    assert any(heard)
    both = [hears(cascade, audio) for audio in voices]
    assert all(ours for ours, theirs in zip(both, heard, strict=True) if theirs)


def test_conversation_does_not_wake() -> None:
    knows = engine("cascade", *WORDS)
    rows = list(islice(recordings("speech_background", "music", "noise_room"), 0, None, 2))
    assert rows
    assert not any(hears(knows, recorded(row)) for row in rows)
