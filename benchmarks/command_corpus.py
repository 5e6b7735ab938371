"""Generated commands of made-up homes, and generated sound that is none of them.

The confidence of the command recogniser is fitted on this, so nothing here knows a recording.
"""

import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import acoustics
from benchmarks.corpus import (
    background,
    hear,
    random_manner,
    random_scene,
    sentence,
    to_samples,
    vocabulary,
)
from benchmarks.espeak import speak
from benchmarks.home_sentences import Meant, Sampler
from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.dialog.templates import Templates
from device.types import Domain, Entity

_FLITE_VOICES: Final = ("awb", "kal", "kal16", "rms", "slt")
_ROOMS: Final = (
    *("Kitchen", "Office", "Bedroom", "Living room", "Garage", "Hallway", "Bathroom", "Attic"),
    *("Nursery", "Basement", "Dining room", "Library", "Conservatory", "Workshop", "Garden"),
)
_ADJECTIVES: Final = ("", "", "left", "small", "big", "old", "reading", "corner", "wall", "night")
_THINGS: Final = {
    Domain.LIGHT: ("light", "lamp", "lights", "spotlight", "chandelier", "lantern"),
    Domain.SWITCH: ("heater", "kettle", "dishwasher", "radio", "pump", "coffee machine"),
    Domain.COVER: ("blinds", "curtains", "shutter", "awning"),
    Domain.FAN: ("fan", "ventilator"),
    Domain.LOCK: ("door", "gate", "side door"),
    Domain.MEDIA_PLAYER: ("speaker", "television", "stereo"),
    Domain.CLIMATE: ("thermostat", "radiator"),
    Domain.SCENE: ("movie night", "dinner time", "relax", "cosy evening", "bright morning"),
    Domain.SCRIPT: ("wake up call", "leaving home", "holiday mode", "bed time"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance for the recogniser."""

    samples: Samples
    kind: str
    """command, or what else it is: english, nonsense, near, foreign, noise."""
    text: str
    home: int
    """Which of `homes` hears it."""
    voice: str


@cache
def homes() -> tuple[Templates, ...]:
    """Six homes of 8 to 40 things each."""
    return tuple(_home(seed, 8 + 6 * seed) for seed in range(6))


def commands(count: int, seed: int) -> Iterator[Said]:
    """Sentences of the homes in random voices, rooms and noises."""
    drawn = _samplers(seed)
    for number in range(count):
        home = number % len(drawn)
        yield _said(_chance(seed, number), "command", next(drawn[home]).text, home)


def others(count: int, seed: int) -> Iterator[Said]:
    """Speech and sound that no home should act on."""
    drawn = _samplers(seed)
    tries = (_other(_chance(seed, number), drawn) for number in itertools.count())
    return itertools.islice((said for said in tries if said is not None), count)


def _other(rng: np.random.Generator, drawn: list[Iterator[Meant]]) -> Said | None:
    """One of them; None when the home would understand it."""
    home = int(rng.integers(len(drawn)))
    kind = str(rng.choice(list(_SHARES), p=list(_SHARES.values())))
    if kind == "noise":
        return Said(_noise(rng), kind, "", home, "")
    if kind == "foreign":
        return _foreign(rng, home)
    text = _text(rng, kind, drawn[home])
    return None if homes()[home].recognize(text) else _said(rng, kind, text, home)


def _samplers(seed: int) -> list[Iterator[Meant]]:
    return [Sampler(home, seed + at).sentences(_ENDLESS) for at, home in enumerate(homes())]


def _chance(seed: int, number: int) -> np.random.Generator:
    """One for each utterance: how much chance a sound takes depends on its length."""
    return np.random.default_rng((seed, number))


_ENDLESS: Final = 1 << 30
_SHARES: Final = {"english": 0.5, "nonsense": 0.1, "near": 0.15, "foreign": 0.17, "noise": 0.08}


def _text(rng: np.random.Generator, kind: str, sampled: Iterator[Meant]) -> str:
    if kind == "english":
        return str(rng.choice(phrases("en")))
    if kind == "nonsense":
        return sentence(rng, int(rng.integers(1, 10)))
    words = next(sampled).text.split()
    for at in rng.permutation(len(words))[: max(1, len(words) // 3)]:
        words[at] = str(rng.choice(vocabulary()))
    return " ".join(words)


def _foreign(rng: np.random.Generator, home: int) -> Said:
    language = str(rng.choice(sorted(_all_phrases().keys() - {"en"})))
    manner = random_manner(rng)
    manner = replace(manner, voice=f"{language}+{manner.voice.partition('+')[2]}")
    text = str(rng.choice(phrases(language)))
    return Said(_heard(rng, speak(text, manner).samples), "foreign", text, home, manner.voice)


def _said(rng: np.random.Generator, kind: str, text: str, home: int) -> Said:
    voice = str(rng.choice(("", *_FLITE_VOICES))) if shutil.which("flite") else ""
    if voice:
        return Said(_heard(rng, _flite(text, voice)), kind, text, home, voice)
    manner = random_manner(rng)
    return Said(_heard(rng, speak(text, manner).samples), kind, text, home, manner.voice)


def _heard(rng: np.random.Generator, clean: Samples) -> Samples:
    """As a microphone in some room hears it, with a little of the room before and after."""
    scene = random_scene(rng)
    before, after = (int(rng.uniform(0.2, 0.8) * RATE) for _ in range(2))
    heard = hear(clean, scene, before, after).astype(np.float32)
    floor = rng.uniform(1, 40) * acoustics.noise("pink", len(heard), rng)
    return to_samples(np.asarray(heard + floor, dtype=np.float32))


def _noise(rng: np.random.Generator) -> Samples:
    kind = str(rng.choice(acoustics.NOISES))
    made = background(kind, int(rng.uniform(1, 5) * RATE), rng)
    return to_samples(np.asarray(made * 10 ** rng.uniform(2, 3.7), dtype=np.float32))


def _flite(text: str, voice: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(file)], check=True)
        return read_sound(file)


def phrases(language: str) -> tuple[str, ...]:
    """What people say that is no command of a home."""
    return _all_phrases()[language]


@cache
def _all_phrases() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in Path(__file__).with_name("phrases.txt").read_text(encoding="utf-8").splitlines():
        language, _, text = line.partition("\t")
        if text:
            found[language] = (*found.get(language, ()), text)
    return found


def _home(seed: int, things: int) -> Templates:
    rng = np.random.default_rng(seed)
    rooms = [str(room) for room in rng.choice(_ROOMS, 3 + seed, replace=False)]
    entities = {entity.name: entity for entity in (_entity(rng, rooms) for _ in range(things))}
    return Templates("en", list(entities.values()), rooms[0])


def _entity(rng: np.random.Generator, rooms: list[str]) -> Entity:
    domain = list(_THINGS)[int(rng.choice(len(_THINGS), p=_DOMAIN_SHARES))]
    thing, room = str(rng.choice(_THINGS[domain])), str(rng.choice(rooms))
    if domain in (Domain.SCENE, Domain.SCRIPT):
        return Entity(f"{domain}.{thing.replace(' ', '_')}", thing, domain)
    first = room.lower() if rng.random() < 0.3 else str(rng.choice(_ADJECTIVES))
    name = f"{first} {thing}".strip()
    return Entity(f"{domain}.{name.replace(' ', '_')}", name, domain, room)


_DOMAIN_SHARES: Final = (0.4, 0.12, 0.1, 0.06, 0.08, 0.07, 0.05, 0.06, 0.06)
