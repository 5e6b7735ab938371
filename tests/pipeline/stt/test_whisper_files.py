import shutil
import subprocess
from collections.abc import AsyncGenerator

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")

from benchmarks.scripted_whisper import make_whisper
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.executor import InlineExecutor
from device.pipeline.stt.whisper import WhisperStt
from device.types import Segment

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhisperStt:
    script = "<|0.00|> good morning <|1.00|> <|endoftext|>"
    folder = make_whisper(tmp_path_factory.mktemp("m"), script, prompt_tokens=3, language="de")
    return WhisperStt(InlineExecutor(), str(folder), threads=1)


@pytest.fixture(scope="module")
def sentence() -> Samples:
    import soxr

    spoken = subprocess.run(
        ["espeak-ng", "--stdout", "-s", "120", "this is a sentence of some length for a test"],
        capture_output=True,
        check=True,
    ).stdout[44:]
    samples = np.frombuffer(spoken[: len(spoken) // 2 * 2], dtype="<i2")
    return np.asarray(soxr.resample(samples, 22_050, RATE), dtype=np.int16)


async def _segments(
    engine: WhisperStt, samples: Samples, language: str | None = "en"
) -> tuple[str, float, list[Segment]]:
    found = await engine.transcribe_file(samples, language)
    return found.language, found.duration_seconds, [segment async for segment in found.segments]


@needs_espeak
def test_a_recording_gives_language_duration_and_segments(
    engine: WhisperStt, sentence: Samples
) -> None:
    language, seconds, segments = run_virtual(_segments(engine, sentence, None))
    assert language == "de"
    assert seconds == pytest.approx(len(sentence) / RATE)
    assert segments[0].text == "good morning"
    assert 0 <= segments[0].start_seconds < segments[0].stop_seconds <= seconds + 0.5


@needs_espeak
def test_segments_of_a_long_recording_stand_where_the_speech_is(
    engine: WhisperStt, sentence: Samples
) -> None:
    silence = np.zeros(40 * RATE, np.int16)
    samples = np.concatenate((silence, sentence, silence))
    _, _, segments = run_virtual(_segments(engine, samples))
    assert segments
    assert segments[0].start_seconds == pytest.approx(40, abs=0.6)
    assert [s.start_seconds for s in segments] == sorted(s.start_seconds for s in segments)


@needs_espeak
def test_segments_come_one_by_one_and_may_be_left_early(
    engine: WhisperStt, sentence: Samples
) -> None:
    async def flow() -> Segment:
        found = await engine.transcribe_file(np.tile(sentence, 12), "en")
        first = await anext(found.segments)
        assert isinstance(found.segments, AsyncGenerator)
        await found.segments.aclose()
        return first

    assert run_virtual(flow()).text == "good morning"


@pytest.mark.parametrize("samples", [0, 10, 3 * RATE])
def test_a_recording_without_speech_has_no_segments(engine: WhisperStt, samples: int) -> None:
    _, seconds, segments = run_virtual(_segments(engine, np.zeros(samples, np.int16)))
    assert (seconds, segments) == (samples / RATE, [])


@needs_espeak
def test_an_utterance_beyond_thirty_seconds_is_understood_in_segments(
    engine: WhisperStt, sentence: Samples
) -> None:
    transcript = run_virtual(engine.transcribe(np.tile(sentence, 10)[: 32 * RATE], "en"))
    assert transcript.text.startswith("good morning")
    assert len(transcript.segments) >= 1
