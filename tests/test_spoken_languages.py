"""Recorded commands in other languages: what they say, and whether Whisper hears it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.recordings import Recording, recordings
from device.audio.files import read_sound
from device.clock import run_virtual
from device.dialog.templates import Templates
from device.executor import InlineExecutor
from device.folders import models_folders
from device.types import Domain, Entity

pytestmark = pytest.mark.recordings

LANGUAGES = ("en", "zh", "ja", "ko", "de", "fr", "es", "pt")
MODELS = ("small", "base", "tiny")
"""Multilingual Whispers, the best first."""
FRENCH = {
    "allume la lumière": "HassTurnOn",
    "allume les lumières dans la Chambre": "HassTurnOn",
    "allume toutes les lumières": "HassTurnOn",
    "allume la Chambre à 80 pourcent": "HassLightSet",
    "allume le Premier Étage en vert": "HassLightSet",
    "ouvre les rideaux du Rez de chaussée": "HassTurnOn",
    "verrouille la Porte d'entrée": "HassTurnOn",
    "quelle heure est il": "HassGetCurrentTime",
    "combien de temps reste t il": "HassTimerStatus",
    "minuteur 30 secondes": "HassStartTimer",
    "supprime le minuteur": "HassCancelTimer",
    "silence": "ParlorStop",
}
HOME = (
    Entity("light.c", "plafonnier", Domain.LIGHT, "Chambre", "Premier Étage"),
    Entity("cover.r", "rideaux", Domain.COVER, "Rez de chaussée",
           attributes={"device_class": "curtain"}),
    Entity("lock.p", "Porte d'entrée", Domain.LOCK, "Entrée", "Rez de chaussée"),
)  # fmt: skip


def french() -> Iterator[Recording]:
    """Recorded commands whose words are known."""
    for clip in recordings("cmd_home_multilang", language="fr"):
        if clip.label in FRENCH:
            yield clip


def meaning(text: str) -> str:
    said = Templates("fr", HOME, "Chambre").recognize(text)
    return "" if said is None else said.intent.name


@pytest.mark.parametrize("text", FRENCH)
def test_what_is_recorded_is_understood_as_text(text: str) -> None:
    assert meaning(text) == FRENCH[text]


def whisper() -> Any:
    """A multilingual Whisper that is there, or skip."""
    pytest.importorskip("faster_whisper")
    from device.pipeline.stt.whisper import PREFIXES, WhisperStt

    for name in MODELS:
        for prefix in PREFIXES:
            if any((folder / f"{prefix}{name}").exists() for folder in models_folders()):
                return WhisperStt(InlineExecutor(), name, candidates=LANGUAGES)
    pytest.skip(f"needs one of the models {', '.join(MODELS)} in $PARLOR_MODELS")


@pytest.mark.models
def test_whisper_hears_french_commands() -> None:
    engine = whisper()
    clips = list(french())
    right = 0
    for clip in clips:
        heard = run_virtual(engine.transcribe(read_sound(clip.path), "fr"))
        right += meaning(heard.text) == FRENCH[clip.label]
    assert right >= len(clips) // 2


@pytest.mark.models
def test_whisper_finds_out_which_language_it_hears() -> None:
    engine = whisper()
    clips = [clip for clip in recordings("commands_vendor_multilang") if clip.language in LANGUAGES]
    found = [
        run_virtual(engine.transcribe(read_sound(clip.path))).language == clip.language
        for clip in clips
    ]
    assert sum(found) >= len(clips) * 0.7


@pytest.mark.models
@pytest.mark.parametrize("language", ["zh", "ko", "de", "fr", "pt"])
def test_whisper_hears_the_word_that_a_recorded_command_is_about(language: str) -> None:
    engine = whisper()
    (clip,) = (
        one
        for one in recordings("commands_vendor_multilang", language=language)
        if one.label.startswith("within context")
    )
    (word,) = re.findall(r'"slots": \{"\w+": "(.+?)"', clip.label)
    heard = run_virtual(engine.transcribe(read_sound(clip.path), language))
    assert word.replace(" ", "") in heard.text.lower().replace(" ", "")
