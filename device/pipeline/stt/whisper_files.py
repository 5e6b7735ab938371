"""Whisper on recordings of any length: what was said, when, in which language."""

import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from device.audio.format import Signal
from device.errors import EngineError
from device.executor import Executor
from device.types import Segment

_VAD = {"min_silence_duration_ms": 500, "speech_pad_ms": 200}


@dataclass(frozen=True, slots=True)
class FileTranscription:
    """A recording being understood."""

    language: str
    """Whisper's code of the language spoken, or of the one asked for."""
    duration_seconds: float
    segments: AsyncIterator[Segment]
    """What is said, as soon as each piece is ready; iterate once. Raises EngineError."""


async def transcribe_signal(
    executor: Executor, whisper: Any, signal: Signal, language: str | None, names: str, beam: int
) -> tuple[str, AsyncGenerator[Segment, None]]:
    """Language and segments of a signal; `whisper` is a faster_whisper.WhisperModel.

    Silence of half a second parts stretches of speech, which keep 0.2 s around them.
    """

    def begin() -> tuple[Any, Any]:
        return whisper.transcribe(  # type: ignore[no-any-return]
            signal,
            language=language,
            beam_size=beam,
            temperature=0.0,
            condition_on_previous_text=False,
            hotwords=names or None,
            vad_filter=True,
            vad_parameters=_VAD,
        )

    try:
        segments, info = await executor.run(begin)
    except (RuntimeError, ValueError) as error:
        raise _failed(error) from error
    return info.language, _each(executor, iter(segments))


async def _each(executor: Executor, segments: Iterator[Any]) -> AsyncGenerator[Segment, None]:
    try:
        while (one := await executor.run(lambda: next(segments, None))) is not None:
            sure = min(1.0, math.exp(one.avg_logprob))
            yield Segment(one.text.strip(), one.start, one.end, sure, "whisper")
    except (RuntimeError, ValueError) as error:
        raise _failed(error) from error


def _failed(error: Exception) -> EngineError:
    return EngineError(f"Whisper failed ({error}); try another whisper_model")
