"""Joins one session to the broker: events go out, commands come in.

Topics and payloads are those of `device.mqtt.topics`; `device.mqtt.homeassistant` announces them.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from device import __version__
from device import events as e
from device.bus import Bus
from device.config import DeviceConfig, MqttConfig
from device.errors import DeviceError
from device.hal.thermal import read_celsius
from device.metrics import turn_facts
from device.mqtt import discovery
from device.mqtt.hermes import Hermes
from device.mqtt.homeassistant import HomeAssistant
from device.mqtt.line import Inbox, Line
from device.mqtt.requests import Features, requested
from device.mqtt.states import States
from device.mqtt.telling import told
from device.mqtt.topics import Topics, event_payload, to_json
from device.settings import Settings
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
_TEMPERATURE_SECONDS = 60.0
_NOTICEABLE_CELSIUS = 1.0


@dataclass(frozen=True, slots=True)
class Speaker:
    """What is known of the speaker when it starts."""

    about: DeviceConfig
    mqtt: MqttConfig
    settings: Settings
    features: Features = field(default_factory=Features)
    luck: Callable[[], float] = random.random
    """0 to 1; spreads the answers of several speakers to a Home Assistant that starts."""
    celsius: Callable[[], float | None] = read_celsius
    """How warm it is; None: not known."""


class Bridge:
    """Run it as a supervised task; a broker that is away delays nothing.

    Make it before the client runs.
    """

    def __init__(
        self,
        client: Line,
        bus: Bus,
        session: Inbox,
        announce: Callable[[e.Event], None],
        speaker: Speaker,
    ) -> None:
        """`announce` takes AnnouncementDue and StartConversation, the session everything else."""
        self._client = client
        self._topics = Topics(speaker.about.id)
        self._events = bus.subscribe()
        self._session = session
        self._announce = announce
        self._speaker = speaker
        warm = speaker.celsius() is not None
        self._features = replace(speaker.features.including(speaker.settings), temperature=warm)
        self._states = States(
            self._topics, speaker.about, speaker.settings, __version__, self._features.lights
        )
        self._wanted_light: e.LightChanged | None = None
        """What was asked for and not told yet: the next command builds on it."""
        client.subscribe(self._topics.commands, self._command)
        self._home_assistant = self._open_home_assistant()
        self._hermes: Hermes | None = None
        if speaker.mqtt.hermes:
            self._hermes = Hermes(client, speaker.about.id, announce, self._refuse)

    async def run(self) -> None:
        """Publish what happens until the bus closes."""
        await self._report_all()
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._home_assistant.run()),
                group.create_task(self._watch_temperature()),
            ]
            async for event in self._events:
                await self._publish(event)
            await end(*beside)

    def _open_home_assistant(self) -> HomeAssistant:
        mqtt, about = self._speaker.mqtt, self._speaker.about
        topic = discovery.config_topic(mqtt.discovery_prefix, about.id)
        config = discovery.device_config(about, self._features, __version__)
        return HomeAssistant(
            self._client, mqtt.discovery_prefix, topic, config if mqtt.discovery else None,
            self._report_all, self._speaker.luck,
        )  # fmt: skip

    def _command(self, topic: str, payload: str, retained: bool) -> None:
        try:
            command = self._topics.parse(topic, payload, retained)
            if command is None:
                _LOGGER.info("ignored a retained message on %s", topic)
                return
            light = self._wanted_light or self._states.light
            self._carry_out(requested(command, self._features, light, self._session.seconds))
        except DeviceError as error:
            self._refuse(error)

    def _refuse(self, error: DeviceError) -> None:
        """Say why a command changes nothing; no turn hears of it."""
        _LOGGER.warning("%s [%s]", error, error.code)
        failed = e.StageFailed(stage="mqtt", code=error.code, message=str(error), turn_id=-1)
        self._session.post(failed)

    def _carry_out(self, event: e.Event) -> None:
        if isinstance(event, e.LightChanged):
            self._wanted_light = event
        if isinstance(event, e.AnnouncementDue | e.StartConversation):
            self._announce(event)
        else:
            self._session.post(event)

    async def _publish(self, event: e.Event) -> None:
        if isinstance(event, e.LightChanged) and _same(event, self._wanted_light):
            self._wanted_light = None
        await self._report(self._states.take(event, datetime.now().astimezone()))
        if payload := told(event, transcripts=self._speaker.mqtt.hermes):
            await self._client.tell(self._topics.event, payload)
        if isinstance(event, e.ButtonGestured):
            await self._client.tell(self._topics.button, event_payload(event.gesture))
        if isinstance(event, e.TurnMeasured):
            await self._client.tell(self._topics.metrics, to_json(turn_facts(event)))
        if self._hermes is not None:
            await self._hermes.publish(event)

    async def _report(self, states: Mapping[str, str]) -> None:
        for topic, payload in states.items():
            await self._client.report(topic, payload)

    async def _report_all(self) -> None:
        # What changes meanwhile is reported as it is then, not as it was.
        for topic in list(self._states.payloads):
            await self._client.report(topic, self._states.payloads[topic])

    async def _watch_temperature(self) -> None:
        last = float("-inf")
        while self._features.temperature:
            celsius = self._speaker.celsius()
            if celsius is not None and abs(celsius - last) >= _NOTICEABLE_CELSIUS:
                last = celsius
                await self._report(self._states.warmed(celsius))
            await asyncio.sleep(_TEMPERATURE_SECONDS)


def _same(told: e.Event, wanted: e.Event | None) -> bool:
    """Whether an event is the one that was posted, before the session said when it took it."""
    return replace(told, at=0.0, turn_id=0) == wanted
