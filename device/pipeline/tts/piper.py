"""Piper: a natural voice from a local .onnx file (package piper-tts, GPL-3.0-or-later)."""

import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from device.audio.chunk import AudioChunk
from device.errors import EngineError, EngineMissing, ModelInvalid, ModelMissing
from device.executor import Executor
from device.folders import models_folders
from device.models.advice import how_to_get, how_to_get_voice
from device.models.soundness import need_sound
from device.pipeline.tts.espeak import harmless
from device.pipeline.tts.prosody import Prosody
from device.pipeline.tts.voices import piper_voice, piper_voices

_LOGGER = logging.getLogger(__name__)

_INPUTS = {"input", "input_lengths", "scales"}
_SWITCH = 'or set [tts] engine = "espeak"'


class PiperTts:
    """Speaks with one Piper voice."""

    def __init__(
        self,
        executor: Executor,
        language: str = "en",
        voice: str = "",
        prosody: Prosody | None = None,
        folders: Sequence[Path] | None = None,
    ) -> None:
        """`voice` is a path or a name in the models folders; empty: the first for the language.

        Raises EngineMissing, ModelMissing or ModelInvalid.
        """
        model = find_voice(voice, language, models_folders() if folders is None else folders)
        description = model.with_name(model.name + ".json")
        facts = piper_voice(description)
        if facts is None:
            raise ModelInvalid(
                f"{description} does not describe a Piper voice; fetch the voice again"
            )
        self._voice = facts
        self._executor = executor
        self._engine = _load(model, description)
        self._settings = self._synthesis(prosody or Prosody())

    @property
    def voice(self) -> Any:
        """The voice in use."""
        return self._voice

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """Audio in one chunk a sentence, each as soon as it is made."""
        said = harmless(text)
        sentences = iter(self._engine.synthesize(said, self._settings)) if said else iter(())
        while (chunk := await self._executor.run(lambda: _next(sentences))) is not None:
            if chunk.samples:
                yield chunk

    async def warm_up(self) -> None:
        """Speak once unheard, so that the first reply does not pay for it. Raises EngineError."""
        async for _ in self.synthesize("a"):
            pass

    def close(self) -> None:
        """Give the worker thread back; idempotent."""
        self._executor.close()

    def _synthesis(self, prosody: Prosody) -> Any:
        from piper import SynthesisConfig

        if prosody.pitch:
            _LOGGER.warning(
                "Piper cannot change the pitch of a voice; %+.2f ignored", prosody.pitch
            )
        scale = self._engine.config.length_scale / prosody.rate
        return SynthesisConfig(length_scale=scale, volume=prosody.volume)


def find_voice(voice: str, language: str, folders: Sequence[Path]) -> Path:
    """The .onnx file of a voice by path or name, or when empty by language.

    Raises ModelMissing, and ModelInvalid for one that was fetched and is not what it was then.
    """
    if voice.endswith(".onnx") or "/" in voice:
        path = Path(voice).expanduser()
        if not path.is_file():
            raise ModelMissing(f"there is no voice file {path}; correct [tts] voice {_SWITCH}")
        return path
    offered = piper_voices(folders)
    spoken = language.lower().replace("_", "-")
    fitting = [one for one in offered if one.name == voice] if voice else []
    for code in () if voice else (spoken, spoken.split("-")[0]):
        fitting = fitting or [one for one in offered if one.language.lower().startswith(code)]
    if fitting:
        name = f"{fitting[0].name}.onnx"
        folder, path = next((folder, path) for folder in folders for path in folder.rglob(name))
        need_sound(path, folder)
        return path
    advice = how_to_get([voice], folders) if voice else how_to_get_voice(language, folders)
    raise ModelMissing(
        f"no Piper voice for {voice or language!r} in {', '.join(map(str, folders))}; "
        f"{advice or 'put NAME.onnx and NAME.onnx.json there'} {_SWITCH}"
    )


def _next(sentences: Iterator[Any]) -> AudioChunk | None:
    try:
        made = next(sentences, None)
    except ImportError as error:
        raise EngineMissing(
            f"this Piper voice needs a further package ({error}); pip install it, {_SWITCH}"
        ) from error
    except Exception as error:  # onnxruntime's errors share no base class
        raise EngineError(f"Piper failed ({error}); try another voice, {_SWITCH}") from error
    if made is None:
        return None
    return AudioChunk.from_samples(made.audio_int16_array.reshape(-1), made.sample_rate)


def _load(model: Path, description: Path) -> Any:
    try:
        import onnxruntime
        from piper import PiperVoice
        from piper.config import PiperConfig
    except ImportError as error:
        raise EngineMissing(
            f"Piper is not installed; install it with: pip install 'piper-tts>=1.8' {_SWITCH}"
        ) from error
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        config = PiperConfig.from_dict(json.loads(description.read_text(encoding="utf-8")))
        session = onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors share no base class
        raise ModelInvalid(f"{model} is damaged ({error}); fetch the voice again") from error
    names = {node.name for node in session.get_inputs()}
    if not names >= _INPUTS or (config.phoneme_type == "pinyin" and not _has_g2pw(model)):
        raise ModelInvalid(f"{model} is no Piper voice that can be used offline; use another one")
    return PiperVoice(session=session, config=config, download_dir=model.parent)


def _has_g2pw(model: Path) -> bool:
    """Whether Chinese reading data lies beside the voice; Piper would fetch it from the net."""
    return (model.parent / "g2pW" / "g2pw.onnx").is_file()
