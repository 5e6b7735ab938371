"""Which voices there are (for `parlor voices`)."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from device.errors import EngineError, EngineMissing
from device.folders import models_folders
from device.models.advice import published_licence
from device.pipeline.tts.cloud.voices import ABILITIES, ANY, VOICES, known_voices
from device.pipeline.tts.espeak import LICENCE
from device.types import Voice

INSTALLED = ("espeak", "piper")
ENGINES = (*INSTALLED, *VOICES)

LACKS: dict[str, tuple[str, ...]] = {
    "espeak": (), "piper": ("pitch",), **{name: able.lacks for name, able in ABILITIES.items()},
}  # fmt: skip
"""What an engine cannot do of rate, volume and pitch."""

_ESPEAK_RATE = 22_050
_TIMEOUT_SECONDS = 10.0
_UNKNOWN_LICENCE = "unknown: read the voice's MODEL_CARD"


def list_voices(
    engine: str | None = None,
    language: str | None = None,
    folders: Sequence[Path] | None = None,
) -> list[Voice]:
    """Voices of one engine or of all that are installed, for one language or for all.

    By engine and language; those of services only where one is named, and nobody is asked for them.
    "en" also finds en-us; "en-US" finds en-us alone. Piper voices are looked for in `folders`,
    by default the models folders. Raises EngineError for an engine that does not exist, and
    EngineMissing when the one asked for is not installed.
    """
    if engine is not None and engine not in ENGINES:
        raise EngineError(f"there is no speech engine {engine!r}; there are: {', '.join(ENGINES)}")
    voices: list[Voice] = []
    if engine == "espeak" or (engine is None and shutil.which("espeak-ng")):
        voices += espeak_voices()
    if engine in (None, "piper"):
        voices += piper_voices(models_folders() if folders is None else folders)
    if engine in VOICES:
        voices += known_voices(engine)
    chosen = [voice for voice in voices if language is None or _speaks(voice.language, language)]
    return sorted(chosen, key=lambda voice: (voice.engine, voice.language, voice.name))


def espeak_voices(program: str = "espeak-ng") -> list[Voice]:
    """Every voice of the installed espeak-ng. Raises EngineMissing."""
    if shutil.which(program) is None:
        raise EngineMissing(
            f"the program {program} is not installed; install it with: sudo apt install espeak-ng"
        )
    try:
        listing = subprocess.run(
            [program, "--voices"], capture_output=True, timeout=_TIMEOUT_SECONDS, check=True
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"espeak-ng does not list its voices ({error})") from error
    rows = (line.split() for line in listing.splitlines()[1:])
    return [Voice(row[1], "espeak", row[1], _ESPEAK_RATE, LICENCE) for row in rows if len(row) > 3]


def piper_voices(folders: Sequence[Path]) -> list[Voice]:
    """Every Piper voice under the folders; a damaged description is left out."""
    return [voice for folder in folders for voice in _piper_voices_in(folder)]


def piper_voice(description: Path) -> Voice | None:
    """What a voice's .onnx.json says about it; None when it says nothing of use."""
    try:
        facts = json.loads(description.read_text(encoding="utf-8"))
        rate = int(facts["audio"]["sample_rate"])
        language = facts.get("language", {}).get("code") or facts["espeak"]["voice"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    name = description.name.removesuffix(".onnx.json")
    return Voice(name, "piper", str(language).replace("_", "-"), rate, _licence(description))


def _piper_voices_in(folder: Path) -> Iterator[Voice]:
    for description in sorted(folder.rglob("*.onnx.json")):
        voice = piper_voice(description)
        if voice is not None and description.with_suffix("").is_file():
            yield voice


def _licence(description: Path) -> str:
    card = description.with_name("MODEL_CARD")
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    found = re.search(r"licen[sc]e\W+(\S.*)", text, re.IGNORECASE)
    told = found.group(1).strip() if found else ""
    return told or published_licence(description.name.split(".onnx")[0]) or _UNKNOWN_LICENCE


def _code(language: str) -> str:
    """The code in one form; espeak-ng calls Chinese cmn."""
    return re.sub(r"^cmn\b", "zh", language.lower().replace("_", "-"))


def _speaks(offered: str, asked: str) -> bool:
    offered, asked = _code(offered), _code(asked)
    return offered in (asked, ANY) or offered.startswith(asked + "-")
