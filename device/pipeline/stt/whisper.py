"""Whisper on the CPU through CTranslate2: open vocabulary, no network.

`WhisperModel.transcribe` of faster-whisper always encodes 30 s. A command lasts three, so here the
encoder gets the utterance and a margin (whisper.cpp discussion 1855: length + 2.56 s), which takes
a fraction of the time; a decoding that is not to be believed is tried once more with all 30 s.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.audio.format import RATE, Samples, Signal
from device.errors import EngineError
from device.executor import Executor
from device.grammar import Grammar
from device.pipeline.stt.mel import HOP_SAMPLES, LogMel
from device.pipeline.stt.models import find_model
from device.pipeline.stt.phrases import as_phrase
from device.pipeline.stt.whisper_files import FileTranscription, transcribe_signal
from device.pipeline.stt.whisper_model import load_whisper
from device.pipeline.stt.whisper_prompt import (
    MOST_NAMES,
    decoder_prompt,
    likeliest_code,
    name_tokens,
    whisper_code,
    whisper_language,
)
from device.pipeline.stt.whisper_rules import Decoding, better, token_limit
from device.types import Transcript

PREFIXES = ("", "whisper/", "faster-whisper-", "whisper/faster-whisper-")
"""Where a model of a name may lie in the models folders."""

FULL_SECONDS = 30.0
_MARGIN_SECONDS = 2.56
_SHORTEST_SAMPLES = RATE // 10
_WARM_UP_SECONDS = 2


class WhisperStt:
    """Understands one utterance with a faster-whisper model."""

    def __init__(
        self,
        executor: Executor,
        model: str = "tiny.en",
        names: Sequence[str] = (),
        *,
        candidates: Sequence[str] = (),
        compute_type: str = "int8",
        threads: int = 0,
        beam: int = 1,
        short_context: bool = True,
        folders: Sequence[Path] | None = None,
    ) -> None:
        """`model` is a path or a name in the models folders; `names` are words worth expecting.

        Where a language is to be found out, it is one of `candidates`, if any: the first one when
        that fails.
        Raises EngineMissing, ModelMissing or ModelInvalid.
        """
        self._executor = executor
        self._whisper = load_whisper(find_model(model, PREFIXES, folders), compute_type, threads)
        self._mel = LogMel(self._whisper.feature_extractor.mel_filters)
        tokenizer = self._whisper.hf_tokenizer
        known = self._whisper.supported_languages
        self._languages = tuple(
            code for code in known if len(known) == 1 or tokenizer.token_to_id(f"<|{code}|>")
        )
        self._candidates = {
            code: given for given in candidates if (code := whisper_code(given)) in self._languages
        }
        self._expect(names)
        self._beam = beam
        self._short = short_context
        self.retries = 0
        """How often an utterance was decoded a second time, with full context."""

    @property
    def name(self) -> str:
        """Engine name."""
        return "whisper"

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages the model knows."""
        return self._languages

    @property
    def model(self) -> Any:
        """The ctranslate2.models.Whisper."""
        return self._whisper.model

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Understand an utterance of shape (n,).

        Language None: detected, or the model's only one. With `phrases` the text is the one of
        them that was said, or empty. Raises EngineError.
        """
        if phrases:
            heard = await self._executor.run(
                lambda: self._transcribe(samples, language, self._tokens(phrases))
            )
            return as_phrase(heard, phrases)
        if len(samples) <= FULL_SECONDS * RATE:
            return await self._executor.run(
                lambda: self._transcribe(samples, language, self._names)
            )
        long = await self.transcribe_file(samples, language, self._beam)
        segments = tuple([segment async for segment in long.segments])
        text = " ".join(segment.text for segment in segments)
        return Transcript(
            text, language or long.language, True, float(bool(text)), self.name, segments
        )

    async def transcribe_file(
        self, samples: Samples, language: str | None = None, beam: int = 5
    ) -> FileTranscription:
        """Understand a recording of any length, its segments as they become ready.

        Raises EngineError.
        """
        signal, seconds = as_signal(samples), len(samples) / RATE
        code = whisper_language(language, self.languages)
        found, segments = await transcribe_signal(
            self._executor, self._whisper, signal, code, self._hotwords, beam
        )
        return FileTranscription(found, seconds, segments)

    async def adopt(self, grammar: Callable[[], Grammar], names: Sequence[str]) -> None:
        """Expect these names from now on; the vocabulary is open, whatever the grammar."""
        await self._executor.run(lambda: self._expect(names))

    async def warm_up(self) -> None:
        """Encode and decode once, so that the first utterance does not pay for it."""
        noise = np.random.default_rng(0).normal(0, 300, _WARM_UP_SECONDS * RATE)
        code = self.languages[0] if len(self.languages) == 1 else "en"
        signal = as_signal(noise.astype(np.int16))
        await self._executor.run(lambda: self._decode(signal, code, _MARGIN_SECONDS))

    def close(self) -> None:
        """Give the worker thread back; idempotent."""
        self._executor.close()

    def _expect(self, names: Sequence[str]) -> None:
        self._names = self._tokens(names)
        self._hotwords = ", ".join(names[:MOST_NAMES])

    def _tokens(self, names: Sequence[str]) -> tuple[int, ...]:
        return tuple(name_tokens(self._whisper.hf_tokenizer, names))

    def _transcribe(
        self, samples: Samples, language: str | None, expected: Sequence[int]
    ) -> Transcript:
        code = whisper_language(language, self.languages)
        signal = as_signal(samples[: int(FULL_SECONDS * RATE)])
        if len(signal) < _SHORTEST_SAMPLES:
            return Transcript("", language or code or "en", confidence=0.0, engine=self.name)
        try:
            decoding, code = self._understand(signal, code, expected)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"Whisper failed ({error}); try another whisper_model") from error
        text = "" if decoding.is_silence or decoding.runs_on else decoding.text.strip()
        confidence = decoding.confidence if text else 0.0
        found = self._candidates.get(code, code)
        return Transcript(text, language or found, confidence=confidence, engine=self.name)

    def _understand(
        self, signal: Signal, code: str | None, expected: Sequence[int]
    ) -> tuple[Decoding, str]:
        margin = _MARGIN_SECONDS if self._short else FULL_SECONDS
        decoding, code = self._decode(signal, code, margin, expected)
        full = len(signal) / RATE + margin >= FULL_SECONDS
        if decoding.is_doubtful and not decoding.is_silence and not full:
            self.retries += 1
            again, code = self._decode(signal, code, FULL_SECONDS, expected)
            decoding = better(again, decoding)
        return decoding, code

    def _decode(
        self,
        signal: Signal,
        code: str | None,
        margin_seconds: float,
        expected: Sequence[int] = (),
    ) -> tuple[Decoding, str]:
        encoded = self.encode(signal, margin_seconds)
        whisper = self._whisper.model
        if code is None:
            (told,) = whisper.detect_language(encoded)
            code = likeliest_code(told, tuple(self._candidates))
        tokenizer = self._whisper.hf_tokenizer
        prompt = decoder_prompt(tokenizer, code if whisper.is_multilingual else None, expected)
        limit = token_limit(len(signal) / RATE, code)
        (result,) = whisper.generate(
            encoded,
            [prompt],
            beam_size=self._beam,
            max_length=max(2 * limit, limit + len(prompt)),
            return_scores=True,
            return_no_speech_prob=True,
        )
        end = tokenizer.token_to_id("<|endoftext|>")
        tokens = tuple(token for token in result.sequences_ids[0] if token < end)
        drawn = len(result.sequences_ids[0])
        log_probability = result.scores[0] * drawn / (drawn + 1)
        text = tokenizer.decode(list(tokens))
        return Decoding(text, tokens, limit, log_probability, result.no_speech_prob), code

    def encode(self, signal: Signal, margin_seconds: float) -> Any:
        """Encoder output, shape (1, positions of 20 ms, width), for the signal and a margin."""
        import ctranslate2

        samples = min(len(signal) + int(margin_seconds * RATE), int(FULL_SECONDS * RATE))
        positions = math.ceil(samples / (2 * HOP_SAMPLES))
        padded = np.pad(signal, (0, positions * 2 * HOP_SAMPLES - len(signal)))
        features = self._mel(padded)[np.newaxis]
        return self._whisper.model.encode(ctranslate2.StorageView.from_array(features))


def as_signal(samples: Samples) -> Signal:
    """Float samples, full scale ±1.0."""
    return samples.astype(np.float32) / np.float32(32_768)
