"""How well and how fast sentences about a home are understood, by text.

Sentences are drawn at random from each language's own templates for a home of fifty things, so
they are sentences that should be understood; what is measured is whether the right one of all the
readings wins. Beside it stands hassil's own choice (`recognize_best`, the name preferred, as
Home Assistant uses it). The same sentences with a name that nobody has must be refused.
"""

import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

from hassil.recognize import recognize_best

from benchmarks.home_sentences import Meant, Sampler
from benchmarks.report import Figure, percentile, wilson
from device.config_file import load
from device.dialog.templates import Templates
from device.home.entities import load_devices
from device.types import Domain, Entity

HOME_SIZE = 50
TARGET_P95_MS = 17.0
_NOBODYS_NAME = "Quorvexia"
_ROOMS = {
    "en": ("kitchen", "bedroom", "office", "hallway", "cellar", "living room", "bathroom"),
    "de": ("Küche", "Schlafzimmer", "Büro", "Flur", "Keller", "Wohnzimmer", "Bad"),
    "fr": ("cuisine", "chambre", "bureau", "couloir", "cave", "salon", "salle de bain"),
}
_THINGS = {
    "en": ("reading lamp", "socket", "ventilator", "roller", "side door", "radiator", "player"),
    "de": ("Leselampe", "Steckdose", "Lüfter", "Rollo", "Nebentür", "Heizkörper", "Spieler"),
    "fr": ("lampe de lecture", "prise", "ventilo", "rideau", "porte", "radiateur", "lecteur"),
}
_DOMAINS = (
    Domain.LIGHT,
    Domain.SWITCH,
    Domain.FAN,
    Domain.COVER,
    Domain.LOCK,
    Domain.CLIMATE,
    Domain.MEDIA_PLAYER,
)

Understood = tuple[str, dict[str, Any], list[str]]
"""Intent, slots, ids of the things that are meant."""


class Told:
    """What comes of one way to understand the sentences."""

    def __init__(self) -> None:
        self.right = 0
        self.wrong_thing = 0
        """Sentences after which a thing was meant that they do not name."""
        self.milliseconds: list[float] = []

    def tell(self, sentence: Meant, understand: Callable[[str], Understood | None]) -> None:
        """Let one sentence be understood, and judge it."""
        began = time.perf_counter()
        understood = understand(sentence.text)
        self.milliseconds.append((time.perf_counter() - began) * 1000)
        if understood is None:
            return
        self.right += _is_right(sentence, understood)
        ids = understood[2]
        self.wrong_thing += bool(sentence.entity_id and ids and sentence.entity_id not in ids)


def measure(count: int, config: Path | None) -> list[Figure]:
    """Draw so many sentences in each language, or in that of the configuration."""
    return [
        figure
        for language, entities in _homes(config).items()
        for figure in _measure(language, entities, count)
    ]


def generated_home(language: str, size: int = HOME_SIZE) -> tuple[Entity, ...]:
    """A home with every kind of thing in every room, as many as asked for."""
    pairs = product(_ROOMS[language], zip(_THINGS[language], _DOMAINS, strict=True))
    numbered = enumerate(islice(cycle(pairs), size))
    return tuple(
        Entity(
            f"{domain}.thing_{number}",
            f"{room} {thing}" if number < len(_ROOMS[language]) * len(_DOMAINS) else f"{thing} B",
            domain,
            room,
            attributes={"device_class": "shutter"} if domain is Domain.COVER else {},
        )
        for number, (room, (thing, domain)) in numbered
    )


def _homes(config: Path | None) -> dict[str, tuple[Entity, ...]]:
    if config is None:
        return {language: generated_home(language) for language in _ROOMS}
    loaded = load(config)
    devices = load_devices(loaded.home.entity)
    return {loaded.device.language: tuple(device.entity for device in devices)}


def _measure(language: str, entities: Sequence[Entity], count: int) -> list[Figure]:
    room = next((entity.area for entity in entities if entity.area), "")
    templates = Templates(language, entities, room)
    sentences = list(Sampler(templates, seed=1).sentences(count))
    named = [one for one in sentences if one.name and one.name in one.text]
    strange = [one.text.replace(one.name, _NOBODYS_NAME) for one in named]
    ours, theirs = Told(), Told()
    for sentence in sentences:
        ours.tell(sentence, lambda text: _ours(templates, text))
        theirs.tell(sentence, lambda text: _hassil(templates, text))
    rejected = sum(templates.recognize(text) is None for text in strange)
    return [
        _share(f"{language}_right", ours.right, count, "higher", theirs.right),
        _share(f"{language}_wrong_thing", ours.wrong_thing, count, "lower", theirs.wrong_thing),
        _share(f"{language}_unknown_name_rejected", rejected, len(strange), "higher", None),
        _milliseconds(f"{language}_p50", 0.5, ours, theirs, None),
        _milliseconds(f"{language}_p95", 0.95, ours, theirs, TARGET_P95_MS),
    ]


def _ours(templates: Templates, text: str) -> Understood | None:
    said = templates.recognize(text)
    if said is None:
        return None
    return said.intent.name, said.intent.slots, [target.id for target in said.targets]


def _hassil(templates: Templates, text: str) -> Understood | None:
    result = recognize_best(
        text,
        templates.intents,
        slot_lists=templates.slot_lists,
        intent_context={"area": templates.area},
        best_slot_name="name",
    )
    if result is None:
        return None
    name = result.entities.get("name")
    ids = [name.metadata["entity_id"]] if name is not None and name.metadata else []
    return result.intent.name, {key: one.value for key, one in result.entities.items()}, ids


def _is_right(sentence: Meant, understood: Understood) -> bool:
    intent, slots, ids = understood
    if intent != sentence.intent:
        return False
    if sentence.entity_id and ids != [sentence.entity_id]:
        return False
    return all(_equal(slots.get(key), value) for key, value in sentence.slots.items())


def _equal(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(float(one) - float(other)) < 1e-6
    return one == other


def _share(name: str, hits: int, n: int, better: Any, baseline: int | None) -> Figure:
    low, high = wilson(hits, n)
    return Figure(
        name=name,
        value=100 * hits / max(n, 1),
        unit="%",
        better=better,
        n=n,
        baseline=None if baseline is None else 100 * baseline / max(n, 1),
        baseline_is=None if baseline is None else "hassil recognize_best",
        interval=(100 * low, 100 * high),
    )


def _milliseconds(
    name: str, share: float, ours: Told, theirs: Told, target: float | None
) -> Figure:
    return Figure(
        name=f"{name}_latency",
        value=percentile(ours.milliseconds, share),
        unit="ms",
        better="lower",
        n=len(ours.milliseconds),
        target=target,
        baseline=percentile(theirs.milliseconds, share),
        baseline_is="hassil recognize_best",
    )
