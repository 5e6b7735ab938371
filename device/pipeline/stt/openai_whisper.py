"""openai-whisper, the reference implementation (package openai-whisper, pulls PyTorch)."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.audio.format import RATE, Samples, Signal
from device.errors import EngineError, EngineMissing, ModelInvalid
from device.executor import Executor
from device.grammar import Grammar
from device.pipeline.stt.models import find_model
from device.pipeline.stt.phrases import as_phrase
from device.pipeline.stt.whisper_files import FileTranscription
from device.pipeline.stt.whisper_prompt import (
    MOST_NAMES,
    initial_prompt,
    likeliest_code,
    whisper_code,
    whisper_language,
)
from device.pipeline.stt.whisper_rules import MAX_COMPRESSION
from device.types import Segment, Transcript

_INSTALL = "pip install 'openai-whisper>=20250625'"
_SHORTEST_SAMPLES = RATE // 10
_SUFFIX = ".pt"


class OpenAiWhisperStt:
    """Understands one utterance with a checkpoint of OpenAI's own form (.pt)."""

    def __init__(
        self,
        executor: Executor,
        model: str = "tiny.en",
        names: Sequence[str] = (),
        *,
        candidates: Sequence[str] = (),
        threads: int = 0,
        beam: int = 1,
        folders: Sequence[Path] | None = None,
    ) -> None:
        """`model` is a path or a name in the models folders, always a local file.

        Where a language is to be found out, it is one of `candidates`, if any.

        Raises EngineMissing, ModelMissing or ModelInvalid.
        """
        try:
            import torch
            import whisper
        except ImportError as error:
            raise EngineMissing(f"openai-whisper is not installed; {_INSTALL}") from error
        path = find_model(model if "/" in model else model + _SUFFIX, ("", "whisper/"), folders)
        if threads:
            torch.set_num_threads(threads)
        try:
            self._model = whisper.load_model(str(path), device="cpu")
        except Exception as error:  # unpickling a damaged file raises anything
            raise ModelInvalid(
                f"{path} is no Whisper checkpoint ({error}); fetch the model again"
            ) from error
        self._executor = executor
        self._beam = beam
        self._prompt = _prompt(names)
        codes = whisper.tokenizer.LANGUAGES
        self._languages = tuple(codes) if self._model.is_multilingual else ("en",)
        self._candidates = {
            code: given for given in candidates if (code := whisper_code(given)) in self._languages
        }

    @property
    def name(self) -> str:
        """Engine name."""
        return "openai-whisper"

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Understand speech of any length, shape (n,). Raises EngineError.

        Language None: detected, or the model's only one. With `phrases` the text is the one of
        them that was said, or empty.
        """
        prompt = _prompt(phrases) if phrases else self._prompt
        heard = await self._executor.run(lambda: self._transcribe(samples, language, prompt))
        return as_phrase(heard, phrases) if phrases else heard

    async def adopt(self, grammar: Callable[[], Grammar], names: Sequence[str]) -> None:
        """Expect these names from now on; the vocabulary is open, whatever the grammar."""
        self._prompt = _prompt(names)

    async def transcribe_file(
        self, samples: Samples, language: str | None = None
    ) -> FileTranscription:
        """Understand a recording of any length. Raises EngineError."""
        heard = await self.transcribe(samples, language)
        return FileTranscription(heard.language, len(samples) / RATE, _each(heard.segments))

    async def warm_up(self) -> None:
        """Decode a second of noise, so that the first utterance does not pay for it."""
        noise = np.random.default_rng(0).normal(0, 300, RATE).astype(np.int16)
        await self.transcribe(noise, "en")

    def close(self) -> None:
        """Give the worker thread back; idempotent."""
        self._executor.close()

    def _transcribe(self, samples: Samples, language: str | None, prompt: str) -> Transcript:
        code = whisper_language(language, self._languages)
        if len(samples) < _SHORTEST_SAMPLES:
            return Transcript("", language or code or "en", confidence=0.0, engine=self.name)
        signal = samples.astype(np.float32) / np.float32(32_768)
        try:
            if code is None and self._candidates:
                code = self._detected(signal)
            result = self._model.transcribe(
                signal,
                language=code,
                temperature=0.0,
                beam_size=self._beam if self._beam > 1 else None,
                condition_on_previous_text=False,
                initial_prompt=(initial_prompt(code) + prompt) or None,
                fp16=False,
                verbose=None,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"openai-whisper failed ({error}); try another model") from error
        return self._transcript(result, language)

    def _detected(self, signal: Signal) -> str:
        from whisper.audio import log_mel_spectrogram, pad_or_trim

        mel = log_mel_spectrogram(pad_or_trim(signal), self._model.dims.n_mels)
        _, told = self._model.detect_language(mel)
        return likeliest_code(tuple(told.items()), tuple(self._candidates))

    def _transcript(self, result: dict[str, Any], language: str | None) -> Transcript:
        segments = [
            one
            for one in result["segments"]
            if one["text"].strip() and one["compression_ratio"] <= MAX_COMPRESSION
        ]
        mean = (
            sum(one["avg_logprob"] for one in segments) / len(segments) if segments else -math.inf
        )
        return Transcript(
            " ".join(one["text"].strip() for one in segments),
            language or self._candidates.get(result["language"], result["language"]),
            confidence=min(1.0, math.exp(mean)),
            engine=self.name,
            segments=tuple(
                Segment(
                    one["text"].strip(),
                    one["start"],
                    one["end"],
                    min(1.0, math.exp(one["avg_logprob"])),
                    self.name,
                )
                for one in segments
            ),
        )


def _prompt(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES])


async def _each(segments: Sequence[Segment]) -> AsyncIterator[Segment]:
    for segment in segments:
        yield segment
