"""Joins one session to the broker: events go out, commands come in.

Topics and payloads are those of `device.mqtt.topics`.
"""

import json
import logging
from typing import Protocol

from device import events as e
from device.bus import Bus
from device.config import DeviceConfig
from device.errors import CommandInvalid
from device.mqtt import commands
from device.mqtt.client import MqttClient
from device.mqtt.topics import Topics, event_payload, switch_payload
from device.pipeline.base import WakeEngine

_LOGGER = logging.getLogger(__name__)


class Inbox(Protocol):
    """The session, as far as commands are concerned."""

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        ...

    @property
    def seconds(self) -> float:
        """Captured audio so far."""
        ...


class Bridge:
    """Run it as a supervised task; a broker that is away delays nothing."""

    def __init__(
        self, client: MqttClient, topics: Topics, bus: Bus, session: Inbox, wake: WakeEngine,
        about: DeviceConfig,
    ) -> None:  # fmt: skip
        self._client = client
        self._topics = topics
        self._events = bus.subscribe()
        self._session = session
        self._wake = wake
        self._attributes: dict[str, object] = {
            "name": about.name, "area": about.area, "language": about.language,
            "wake_word": "", "muted": False, "last_error": "",
        }  # fmt: skip
        self._health: dict[str, object] = {}
        client.subscribe(topics.commands, self._command)

    async def run(self, volume: float) -> None:
        """Publish what happens until the bus closes."""
        await self._client.report(self._topics.state, e.TurnState.IDLE)
        await self._client.report(self._topics.mute, switch_payload(on=False))
        await self._report_volume(volume)
        await self._client.report(self._topics.attributes, json.dumps(self._attributes))
        async for event in self._events:
            await self._publish(event)

    def _command(self, topic: str, payload: str, retained: bool) -> None:
        try:
            command = self._topics.parse(topic, payload, retained)
        except CommandInvalid as error:
            _LOGGER.warning("%s [%s]", error, error.code)
            failed = e.StageFailed(stage="mqtt", code=error.code, message=str(error), turn_id=-1)
            self._session.post(failed)
            return
        if command is None:
            _LOGGER.info("ignored a retained message on %s", topic)
        elif isinstance(command, commands.SetLevel) and command.level is _WAKE:
            for word in self._wake.words:
                self._wake.set_threshold(word, 1.0 - command.value)
        elif (event := _event(command, self._session.seconds)) is not None:
            self._session.post(event)

    async def _publish(self, event: e.Event) -> None:
        match event:
            case e.StateChanged(new=state):
                await self._client.report(self._topics.state, state)
            case e.MuteChanged(muted=muted):
                await self._client.report(self._topics.mute, switch_payload(muted))
                await self._attribute("muted", muted)
            case e.VolumeChanged(volume=volume):
                await self._report_volume(volume)
            case e.WakeWordDetected(word=word, score=score):
                await self._attribute("wake_word", word)
                await self._tell("wake", wake_word=word, score=round(score, 3))
            case e.IntentRecognized(name=intent, slots=slots):
                await self._tell("intent", name=intent, slots=slots)
            case e.Interrupted(by=by):
                await self._tell("barge_in", by=by)
            case e.StageFailed(stage=stage, code=code):
                await self._attribute("last_error", code)
                await self._tell("error", stage=stage, code=code)
            case e.TurnMeasured(stages=stages):
                await self._client.tell(self._topics.metrics, json.dumps(stages))
            case e.HealthChanged(part=part, healthy=healthy, code=code):
                self._health[part] = {"healthy": healthy, "code": code}
                await self._client.report(self._topics.health, json.dumps(self._health))

    async def _tell(self, event_type: str, **fields: object) -> None:
        await self._client.tell(self._topics.event, event_payload(event_type, **fields))

    async def _attribute(self, key: str, value: object) -> None:
        self._attributes[key] = value
        await self._client.report(self._topics.attributes, json.dumps(self._attributes))

    async def _report_volume(self, volume: float) -> None:
        level = self._topics.level(commands.Level.VOLUME)
        await self._client.report(level, f"{volume:g}")


_WAKE = commands.Level.WAKE_SENSITIVITY


def _event(command: commands.Command, seconds: float) -> e.Event | None:
    match command:
        case commands.SetMute(muted=muted):
            return e.MuteChanged(muted=muted)
        case commands.SetLevel(value=value):
            return e.VolumeChanged(volume=value)
        case commands.Ask(text=text, language=language):
            return e.UtteranceGiven(text=text, language=language)
        case commands.Listen():
            return e.ListenRequested()
        case commands.Stop():
            return e.StopRequested(by="mqtt")
        case commands.Interrupt():
            return e.Interrupted(by="mqtt")
        case commands.Say():
            expires = command.expires_seconds
            return e.AnnouncementDue(
                text=command.message,
                priority=command.priority,
                language=command.language,
                chime=command.preannounce,
                expires_at=None if expires is None else seconds + expires,
            )
    return None
