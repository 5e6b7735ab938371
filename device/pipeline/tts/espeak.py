"""espeak-ng: the voice that needs no download.

The program is started once a sentence (8 ms on a desktop core); the text goes through its
standard input, so nothing in it can be taken for an option or reach a shell.
"""

import logging
import re
import shutil
import subprocess
from collections.abc import AsyncIterator

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import EngineError, EngineMissing, ModelMissing
from device.executor import Executor
from device.pipeline.tts.prosody import Prosody
from device.types import Voice

_LOGGER = logging.getLogger(__name__)

LICENCE = "GPL-3.0-or-later"

_INSTALL = "install it with: sudo apt install espeak-ng"
_WORDS_A_MINUTE = 175
_SLOWEST, _FASTEST = 80, 500
_TIMEOUT_SECONDS = 30.0
_HEADER_BYTES = 44
_VOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_PHONEMES = re.compile(r"\[(?=\[)")
_NOT_THEIR_NAME = {"zh-cn": "cmn", "zh-tw": "cmn", "no": "nb", "en-uk": "en-gb"}


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
        name = voice or espeak_language(language)
        if not _VOICE_NAME.fullmatch(name):
            raise ModelMissing(f"{name!r} is no espeak-ng voice; see: parlor voices")
        self._command = [path, "-v", name, *espeak_options(prosody or Prosody()), "--stdin"]
        self._command += ["--stdout", "-z", "-b", "1"]
        rate = self._speak("a").format.rate
        self._voice = Voice(name, "espeak", language, rate, LICENCE)

    @property
    def voice(self) -> Voice:
        """The voice in use."""
        return self._voice

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """Audio of one sentence in one chunk; nothing when there is nothing to say."""
        said = harmless(text)
        if said:
            chunk = await self._executor.run(lambda: self._speak(said))
            if chunk.samples:
                yield chunk

    async def warm_up(self) -> None:
        """Nothing to do: the constructor has spoken once already."""

    def close(self) -> None:
        """Give the worker thread back; idempotent."""
        self._executor.close()

    def _speak(self, text: str) -> AudioChunk:
        try:
            done = subprocess.run(
                self._command,
                input=text.encode(),
                capture_output=True,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"espeak-ng failed ({error}); try: espeak-ng hello") from error
        if done.returncode != 0:
            raise _refusal(self._command[2], done.stderr.decode(errors="replace"))
        return _parsed(done.stdout)


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


def _refusal(voice: str, complaint: str) -> EngineError:
    if "does not exist" in complaint:
        return ModelMissing(f"espeak-ng has no voice {voice!r}; see: parlor voices --engine espeak")
    return EngineError(f"espeak-ng failed: {complaint.strip() or 'no reason given'}")


def _parsed(wav: bytes) -> AudioChunk:
    """The sound of a WAV written to a pipe, whose header cannot know its length."""
    if not wav:
        return AudioChunk(b"")
    if wav[:4] != b"RIFF" or len(wav) < _HEADER_BYTES:
        raise EngineError("espeak-ng wrote no WAV; reinstall it with: sudo apt install espeak-ng")
    rate = int.from_bytes(wav[24:28], "little")
    even = (len(wav) - _HEADER_BYTES) // 2 * 2
    return AudioChunk(wav[_HEADER_BYTES : _HEADER_BYTES + even], AudioFormat(rate, 2, 1))
