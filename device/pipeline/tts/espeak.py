"""espeak-ng: the voice that needs no download.

The program speaks one sentence and ends. The next one is started before it is needed: on a
desktop core its start takes 8 ms, and the first sound of a sentence 0.5 ms.
"""

import logging
import re
import shutil
from collections.abc import AsyncIterator

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import EngineError, EngineMissing, ModelMissing
from device.executor import Executor
from device.pipeline.tts.espeak_process import EspeakProcess
from device.pipeline.tts.kana import in_kana
from device.pipeline.tts.prosody import Prosody
from device.types import Voice

_LOGGER = logging.getLogger(__name__)

LICENCE = "GPL-3.0-or-later"

_INSTALL = "install it with: sudo apt install espeak-ng"
_WORDS_A_MINUTE = 175
_SLOWEST, _FASTEST = 80, 500
_HEADER_BYTES = 44
_VOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_PHONEMES = re.compile(r"\[(?=\[)")
_JAPANESE = "ja"
_MANDARIN = "cmn-latn-pinyin"
"""espeak-ng 1.51's voice cmn spells the sounds of Chinese characters as English letters."""
_NOT_THEIR_NAME = {
    "zh": _MANDARIN, "zh-cn": _MANDARIN, "zh-tw": _MANDARIN, "zh-hk": "yue", "no": "nb",
    "en-uk": "en-gb",
}  # fmt: skip


class EspeakTts:
    """Speaks through the espeak-ng program."""

    def __init__(
        self,
        executor: Executor,
        language: str = "en",
        voice: str = "",
        prosody: Prosody | None = None,
        program: str = "espeak-ng",
    ) -> None:
        """`voice` is an espeak-ng name with an optional variant (en-us+f3); empty: by language.

        Raises EngineMissing without the program, ModelMissing without such a voice.
        """
        path = shutil.which(program)
        if path is None:
            raise EngineMissing(f"the program {program} is not installed; {_INSTALL}")
        self._executor = executor
        name = self._name = voice or espeak_language(language)
        if not _VOICE_NAME.fullmatch(name):
            raise ModelMissing(f"{name!r} is no espeak-ng voice; see: parlor voices")
        self._command = [path, "-v", name, *espeak_options(prosody or Prosody()), "--stdin"]
        self._command += ["--stdout", "-z", "-b", "1"]
        self._spare: EspeakProcess | None = None
        self._voice = Voice(name, "espeak", language, _rate(self._probe()), LICENCE)

    @property
    def voice(self) -> Voice:
        """The voice in use."""
        return self._voice

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """Audio of one sentence in chunks of up to 0.75 s; none when there is nothing to say."""
        said = harmless(in_kana(text) if self._name.startswith(_JAPANESE) else text)
        if not said:
            return
        process = await self._executor.run(lambda: self._begin(said))
        try:
            sound = _sound(await self._executor.run(process.read))
            while sound:
                yield AudioChunk(sound, AudioFormat(self._voice.rate, 2, 1))
                sound = _whole_samples(await self._executor.run(process.read))
        finally:
            process.close()
        await self.warm_up()

    async def warm_up(self) -> None:
        """Start the program that speaks the next sentence. Raises EngineError."""
        await self._executor.run(self._prepare)

    def close(self) -> None:
        """Give the worker thread and the waiting program back; idempotent."""
        self._executor.close()
        if self._spare is not None:
            self._spare.close()

    def _begin(self, text: str) -> EspeakProcess:
        spare, self._spare = self._spare, None
        process = spare if spare is not None and spare.waiting else self._start()
        process.say(text)
        return process

    def _prepare(self) -> None:
        if self._spare is None:
            self._spare = self._start()

    def _start(self) -> EspeakProcess:
        return EspeakProcess(self._command, self._name)

    def _probe(self) -> bytes:
        process = self._begin("a")
        try:
            return process.read()
        finally:
            process.close()


def espeak_language(language: str) -> str:
    """The espeak-ng voice for a language code such as en, pt-BR or zh-CN."""
    code = language.lower().replace("_", "-")
    return _NOT_THEIR_NAME.get(code, code)


def espeak_options(prosody: Prosody) -> list[str]:
    """Command line options for a prosody; what the program cannot do is logged."""
    words = round(_WORDS_A_MINUTE * prosody.rate)
    possible = min(max(words, _SLOWEST), _FASTEST)
    if words != possible:
        _LOGGER.warning(
            "espeak-ng speaks %.2f to %.2f times its normal rate; %.2f was asked for",
            _SLOWEST / _WORDS_A_MINUTE,
            _FASTEST / _WORDS_A_MINUTE,
            prosody.rate,
        )
    amplitude, pitch = round(100 * prosody.volume), round(50 + 49 * prosody.pitch)
    return ["-s", str(possible), "-a", str(amplitude), "-p", str(pitch)]


def harmless(text: str) -> str:
    """Text without what espeak-ng would obey: control characters (commands) and [[phonemes]]."""
    return _PHONEMES.sub("[ ", _CONTROL.sub(" ", text)).strip()


def _rate(wav: bytes) -> int:
    """Samples a second of a WAV; written to a pipe, its header cannot know its length."""
    if wav[:4] != b"RIFF" or len(wav) < _HEADER_BYTES:
        raise EngineError("espeak-ng wrote no WAV; reinstall it with: sudo apt install espeak-ng")
    return int.from_bytes(wav[24:28], "little")


def _sound(wav: bytes) -> bytes:
    """What follows the header; nothing where nothing was said."""
    return _whole_samples(wav[_HEADER_BYTES:]) if wav and _rate(wav) else b""


def _whole_samples(sound: bytes) -> bytes:
    return sound[: len(sound) // 2 * 2]
