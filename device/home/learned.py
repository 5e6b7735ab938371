"""Everything in the home: what is configured, and what announced itself."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from device.config import HomeConfig, PlaceConfig
from device.home.base import Device
from device.home.discovery import Announcement, Found, discovery_filters, read_announcement
from device.home.entities import load_devices
from device.home.zigbee2mqtt import is_unnamed, list_topics, read_lists
from device.types import Domain, Entity

_LOGGER = logging.getLogger(__name__)
MAXIMUM_ENTITIES: Final = 4_000
"""More are not learned: a broken device must not fill the memory."""

Messages = dict[str, str]
"""Payload by topic."""


class Learned:
    """The current set of devices. Not for two threads at once."""

    def __init__(self, config: HomeConfig, prefix: str = "homeassistant", area: str = "") -> None:
        """`prefix`: of discovery topics. `area`: room of the speaker. Raises ConfigError."""
        self._config = config
        self._prefix = prefix
        self._configured = load_devices(config.entity)
        self._floors = {
            room.casefold(): floor for floor, rooms in config.floors.items() for room in rooms
        }
        self._rooms = {area, *(room for rooms in config.floors.values() for room in rooms)}
        self._rooms |= {place.area for place in config.place}
        self._rooms |= {device.entity.area for device in self._configured}
        self._lists = list_topics(config.zigbee2mqtt)
        self._messages: Messages = {}
        self._announced: dict[str, Announcement] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        """Where announcements come; none when nothing is to be learned."""
        if not self._config.learn:
            return ()
        lists = self._lists if self._config.zigbee2mqtt else ()
        return (*discovery_filters(self._prefix), *lists)

    @property
    def messages(self) -> Messages:
        """What has to be kept to know the same again: hand it to `take`."""
        return dict(self._messages)

    def take(self, messages: Mapping[str, str]) -> None:
        """Learn from messages on the topics of `filters`; an empty one takes one back."""
        for topic, payload in messages.items():
            is_list = topic in self._lists
            if payload if is_list else self._announce(topic, payload):
                self._messages[topic] = payload
            else:
                self._messages.pop(topic, None)
        if messages.keys() & set(self._lists):
            devices, groups = (self._messages.get(topic, "") for topic in self._lists)
            base = self._config.zigbee2mqtt
            self._keep(base, read_lists(devices, groups, base))

    def devices(self) -> tuple[Device, ...]:
        """Configured devices first, then what was learned, each with an id of its own."""
        taken = {device.entity.id for device in self._configured}
        learned: list[Device] = []
        for device in self._placed():
            if len(learned) == MAXIMUM_ENTITIES:
                _LOGGER.warning("more than %d entities announce themselves", MAXIMUM_ENTITIES)
                break
            entity_id = _free(device.entity.id, taken)
            taken.add(entity_id)
            learned.append(replace(device, entity=replace(device.entity, id=entity_id)))
        return (*self._configured, *learned)

    def _announce(self, topic: str, payload: str) -> bool:
        return self._keep(topic, read_announcement(topic, payload, self._prefix))

    def _keep(self, source: str, announcement: Announcement) -> bool:
        """Whether there is something in it."""
        before = self._announced.pop(source, Announcement())
        for reason in set(announcement.refused) - set(before.refused):
            _LOGGER.warning("something in the home is not used: %s", reason)
        if announcement != Announcement() and len(self._announced) < MAXIMUM_ENTITIES:
            self._announced[source] = announcement
        return bool(announcement.found) and source in self._announced

    def _placed(self) -> Iterator[Device]:
        """What was learned and is nowhere told twice, with its room and names."""
        places = {place.name.casefold(): place for place in self._config.place}
        found = list(_once(self._announced, self._config.zigbee2mqtt))
        rooms = _longest_first({*self._rooms, *(one.device.entity.area for one in found)})
        configured = _Configured(self._configured)
        for one in found:
            entity = one.device.entity
            place = places.get(entity.name.casefold()) or places.get(entity.id)
            entity = self._entity(entity, place or PlaceConfig(name=entity.name), rooms)
            device = replace(one.device, entity=entity)
            hidden = place is not None and place.hidden
            if not (hidden or is_unnamed(entity.name) or device in configured):
                yield device

    def _entity(self, entity: Entity, place: PlaceConfig, rooms: Iterable[str]) -> Entity:
        name = entity.name
        aliases = (*entity.aliases, *place.aliases)
        if is_unnamed(name) and place.aliases:
            name, aliases = place.aliases[0], place.aliases[1:]
        area = place.area or entity.area or _room_in(name, rooms)
        return replace(
            entity,
            name=name,
            area=area,
            floor=self._floors.get(area.casefold(), ""),
            aliases=tuple(dict.fromkeys(aliases)),
        )


class _Configured:
    """Tells whether a learned device is one that is configured."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._topics: set[tuple[Domain, str]] = set()
        self._areas: dict[tuple[Domain, str], set[str]] = {}
        for device in devices:
            self._topics |= _command_topics(device)
            entity = device.entity
            areas = self._areas.setdefault((entity.domain, entity.name.casefold()), set())
            areas.add(entity.area.casefold())

    def __contains__(self, device: Device) -> bool:
        entity = device.entity
        areas = self._areas.get((entity.domain, entity.name.casefold()), set())
        same_place = areas and (not entity.area or areas & {"", entity.area.casefold()})
        return bool(same_place or _command_topics(device) & self._topics)


def _once(announced: Mapping[str, Announcement], zigbee2mqtt: str) -> Iterator[Found]:
    """Everything, but from zigbee2mqtt's lists only what it does not announce as well."""
    known: set[str] = set()
    unique: set[str] = set()
    topics: set[tuple[Domain, str]] = set()
    for source in sorted(announced.keys() - {zigbee2mqtt}):
        for found in announced[source].found:
            if found.unique_id and found.unique_id in unique:
                continue
            unique.add(found.unique_id)
            known |= found.marks
            topics |= _command_topics(found.device)
            yield found
    addresses = {mark.removeprefix("zigbee2mqtt_") for mark in known}
    for found in announced.get(zigbee2mqtt, Announcement()).found:
        if not (found.marks & addresses or _command_topics(found.device) & topics):
            yield found


def _command_topics(device: Device) -> set[tuple[Domain, str]]:
    return {(device.entity.domain, command.topic) for command in device.commands.values()}


def _longest_first(rooms: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, rooms), key=lambda room: (-len(room), room)))


def _room_in(name: str, rooms: Iterable[str]) -> str:
    """The room that a name begins with."""
    folded = name.casefold()
    return next((room for room in rooms if folded.startswith(f"{room.casefold()} ")), "")


def _free(wanted: str, taken: set[str]) -> str:
    number, entity_id = 1, wanted
    while entity_id in taken:
        number += 1
        entity_id = f"{wanted}_{number}"
    return entity_id
