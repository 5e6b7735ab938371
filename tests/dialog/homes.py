"""A home for the tests of the dialogue."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from device.dialog.agent import LocalAgent
from device.errors import HomeError
from device.types import Action, Domain, Entity, EntityState, Intent

HOME = (
    Entity("light.kitchen", "kitchen light", Domain.LIGHT, "Kitchen", "Ground"),
    Entity("light.ceiling_kitchen", "ceiling light", Domain.LIGHT, "Kitchen", "Ground"),
    Entity("light.ceiling_bedroom", "ceiling light", Domain.LIGHT, "Bedroom", "Upper"),
    Entity("light.lamp", "bedroom lamp", Domain.LIGHT, "Bedroom", "Upper", ("night lamp",)),
    Entity("switch.coffee", "coffee machine", Domain.SWITCH, "Kitchen", "Ground"),
    Entity("fan.bedroom", "bedroom fan", Domain.FAN, "Bedroom", "Upper"),
    Entity(
        "cover.blinds",
        "living room blinds",
        Domain.COVER,
        "Living Room",
        "Ground",
        attributes={"device_class": "blind"},
    ),
    Entity("lock.front", "front door", Domain.LOCK, "Hall", "Ground"),
    Entity("climate.heating", "thermostat", Domain.CLIMATE, "Living Room", "Ground"),
    Entity("scene.movie", "movie night", Domain.SCENE),
    Entity("script.morning", "good morning", Domain.SCRIPT),
    Entity("sensor.outside", "outside temperature", Domain.SENSOR),
    Entity(
        "sensor.cellar",
        "cellar thermometer",
        Domain.SENSOR,
        "Cellar",
        attributes={"device_class": "temperature"},
    ),
    Entity(
        "cover.garage", "garage door", Domain.COVER, "Garage", "Ground",
        attributes={"device_class": "garage"},
    ),
    Entity(
        "binary_sensor.front", "front door contact", Domain.BINARY_SENSOR, "Hall", "Ground",
        ("front door",), {"device_class": "door"},
    ),
    Entity("media_player.tv", "television", Domain.MEDIA_PLAYER, "Living Room", "Ground"),
)  # fmt: skip
STATES = {
    "light.kitchen": EntityState("on"),
    "light.lamp": EntityState("off"),
    "lock.front": EntityState("locked"),
    "binary_sensor.front": EntityState("off"),
    "cover.blinds": EntityState("unknown"),
    "sensor.outside": EntityState("21.5", "°C"),
    "sensor.cellar": EntityState("14.5", "°C"),
    "climate.heating": EntityState("heat", "", {"current_temperature": 20}),
}
NOON = datetime(2026, 3, 4, 15, 7)


class RecordingHome:
    """A home port that plans one action for each entity and knows fixed states."""

    def __init__(self, incapable: Sequence[str] = ()) -> None:
        self.planned: list[Intent] = []
        self._incapable = incapable

    def plan(self, intent: Intent) -> tuple[Action, ...]:
        """One action for each entity that is meant."""
        self.planned.append(intent)
        for entity_id in intent.slots["entity_id"]:
            if entity_id in self._incapable:
                raise HomeError(f"{entity_id} cannot do that")
        return tuple(
            Action(entity_id, intent.name, f"home/{entity_id}", "x")
            for entity_id in intent.slots["entity_id"]
        )

    def state(self, entity_id: str) -> EntityState | None:
        """Last reported state."""
        return STATES.get(entity_id)


def agent(
    area: str = "Kitchen", language: str = "en", home: RecordingHome | None = None
) -> LocalAgent:
    """An agent in the sample home at seven minutes past three."""
    return LocalAgent(HOME, home or RecordingHome(), language=language, area=area, now=lambda: NOON)


@cache
def shared_agent(area: str = "Kitchen") -> LocalAgent:
    """An agent for tests that look at answers only; it keeps nothing between sentences."""
    return agent(area)
