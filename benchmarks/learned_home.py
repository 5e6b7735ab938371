"""A big home of things with names as people give them, half of them in no dictionary."""

import random
from collections.abc import Iterator
from itertools import islice
from typing import Final

from device.types import Domain, Entity

_ROOMS: Final = (
    *("kitchen", "office", "bedroom", "living room", "garage", "hallway", "bathroom", "attic"),
    *("nursery", "basement", "dining room", "library", "conservatory", "workshop", "garden"),
    *("pantry", "guest room", "laundry", "studio", "cellar"),
)
_OWNERS: Final = (
    *("Anna", "Bjoern", "Chiara", "Dmitri", "Elif", "Farouk", "Gwen", "Hiro", "Ines", "Jurgis"),
    *("Kaja", "Lorcan", "Mirek", "Niamh", "Oyvind", "Paola", "Quentin", "Rasmus", "Siobhan"),
)
_ADJECTIVES: Final = ("", "left", "right", "small", "big", "old", "reading", "corner", "wall")
_THINGS: Final = {
    Domain.LIGHT: ("light", "lamp", "spotlight", "chandelier", "lantern"),
    Domain.SWITCH: ("heater", "kettle", "dishwasher", "radio", "socket"),
    Domain.SENSOR: ("temperature", "thermometer"),
    Domain.COVER: ("blinds", "curtain", "shutter"),
    Domain.BINARY_SENSOR: ("window",),
    Domain.FAN: ("fan",),
    Domain.LOCK: ("door", "gate"),
    Domain.MEDIA_PLAYER: ("speaker", "television"),
    Domain.CLIMATE: ("thermostat",),
}
_SHARES: Final = (40, 15, 14, 8, 7, 4, 4, 4, 4)
_DEVICE_CLASSES: Final = {
    Domain.SENSOR: "temperature",
    Domain.COVER: "shutter",
    Domain.BINARY_SENSOR: "window",
}
_SYLLABLES: Final = ("zli", "brak", "quor", "vex", "tam", "ril", "oshu", "penn", "gra", "muko")


def learned_home(count: int, seed: int = 1) -> tuple[Entity, ...]:
    """So many things, each with a name of its own."""
    return tuple(islice(_things(random.Random(seed)), count))


def _things(chance: random.Random) -> Iterator[Entity]:
    names: set[str] = set()
    while True:
        domain = chance.choices(list(_THINGS), _SHARES)[0]
        room = chance.choice(_ROOMS)
        owner = chance.choice((room, chance.choice(_OWNERS), _nobodys_word(chance)))
        words = (owner, chance.choice(_ADJECTIVES), chance.choice(_THINGS[domain]))
        number = chance.choice(("", str(chance.randint(2, 30))))
        name = " ".join(filter(None, (*words, number)))
        if name not in names:
            names.add(name)
            kind = _DEVICE_CLASSES.get(domain)
            attributes = {"device_class": kind} if kind else {}
            entity_id = f"{domain}.thing_{len(names)}"
            yield Entity(entity_id, name, domain, room, attributes=attributes)


def _nobodys_word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=3))
