"""The composition root: from the configuration to a running speaker."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from device import clock
from device import events as e
from device.audio.timeline import Timeline
from device.bus import Bus
from device.config import Config
from device.conversation.cascade import Cascade
from device.dialog.agent import LocalAgent
from device.dialog.grammar import stored_grammar
from device.dialog.speakable import speakable
from device.errors import ConfigError, DeviceError, EngineError
from device.executor import open_executor
from device.folders import state_folder
from device.hal.base import Microphone, Speaker
from device.hearing import Hearing
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.states import state_topics
from device.mqtt.bridge import Bridge
from device.mqtt.client import MqttClient
from device.mqtt.topics import Topics
from device.pipeline.capture import Capture
from device.pipeline.playback import Playback
from device.pipeline.stt import open_stt
from device.pipeline.stt.chain import ChainStt
from device.pipeline.tts.voicebook import VoiceBook
from device.pipeline.vad import open_endpointing, open_vad
from device.pipeline.wake import open_wake
from device.session import Alone, Session
from device.speaking import Speaking
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
T = TypeVar("T")

_RETAINED_SECONDS: Final = 0.1
"""Once connected, what the broker has retained is here after so long."""
FREQUENT = ("nothing_heard", "unknown", "failed", "broker_unreachable")
"""Keys of phrases that are made before they are needed."""


@dataclass(frozen=True, slots=True)
class Parlor:
    """A speaker, assembled."""

    bus: Bus
    session: Session
    parts: tuple[Callable[[], Coroutine[Any, Any, None]], ...]
    """What runs beside each other; one of them ending in an error ends the speaker."""
    broker: MqttClient | None = None
    """None: there is none to reach."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be a speaker inside the block, which begins when the wake word is listened for."""
        told = self.bus.subscribe()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part()) for part in self.parts]
                async for event in told:
                    if isinstance(event, e.Ready):
                        break
                yield
                await end(*tasks)
        except* DeviceError as failed:
            raise failed.exceptions[0] from None

    async def online(self, seconds: float) -> None:
        """Wait up to `seconds` until the broker was reached, or is known to be away."""
        if self.broker is not None:
            await self.broker.wait_tried(seconds)
            await asyncio.sleep(_RETAINED_SECONDS)

    async def settled(self, seconds: float) -> None:
        """Wait until nothing has been under way for so long."""
        quiet = 0.0
        while quiet < seconds:
            await asyncio.sleep(0.1)
            quiet = 0.0 if self.session.busy else quiet + 0.1


@asynccontextmanager
async def open_parlor(
    config: Config, microphone: Microphone, speaker: Speaker
) -> AsyncIterator[Parlor]:
    """Load every engine that the configuration names. Raises ConfigError and EngineError."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(microphone.close)
        stack.push_async_callback(speaker.close)
        bus = Bus()
        stack.callback(bus.close)
        yield await _assemble(config, bus, microphone, speaker, stack)


async def open_recogniser(config: Config) -> ChainStt:
    """Only what understands speech: the engines of [stt] with the home's words."""
    home = Home(load_devices(config.home.entity))
    agent = LocalAgent(home.entities, home, language=config.device.language)
    return await _load(partial(_open_stt, config, agent, home))


async def _assemble(
    config: Config, bus: Bus, microphone: Microphone, speaker: Speaker, stack: AsyncExitStack
) -> Parlor:
    language, area = config.device.language, config.device.area
    home = Home(load_devices(config.home.entity))
    agent = LocalAgent(home.entities, home, language=language, area=area)
    wake, vad, stt, voices = await asyncio.gather(
        _load(partial(open_wake, config.wake)),
        _load(partial(open_vad, config.vad)),
        _load(partial(_open_stt, config, agent, home)),
        _load(partial(_open_voices, config)),
    )
    client = _client(config, bus, home)
    actuator = Actuator(client, config.home.confirm_seconds)
    stack.push_async_callback(actuator.close)
    cascade = Cascade(stt, agent, actuator, voices, open_executor("agent"), language, area)
    inbox: asyncio.Queue[e.Event] = asyncio.Queue()
    timeline = Timeline()
    capture = Capture(microphone, timeline, config.audio)
    hearing = Hearing(
        timeline, wake, vad, partial(open_endpointing, config.vad), open_executor("wake"),
        inbox.put_nowait, config.wake.word,
    )  # fmt: skip
    playback = Playback(speaker, config.audio.volume, config.tts.volume)
    speaking = Speaking(playback, speaker.format.rate, earcons=config.audio.earcons)
    session = Session(
        timeline, hearing, speaking, cascade, bus, inbox, Alone(), capture.set_muted,
        config.home.confirm_seconds, config.dialog.follow_up_seconds,
    )  # fmt: skip
    bridge = Bridge(client, Topics(config.device.id), bus, session, wake, config.device)
    online = (client.run, partial(bridge.run, config.audio.volume))
    prepare = partial(_prepare, stt, voices, agent, language)
    offline = (capture.run, hearing.watch, session.run, prepare)
    if not config.mqtt.enabled:
        return Parlor(bus, session, offline)
    return Parlor(bus, session, (*offline, *online), client)


async def _prepare(stt: ChainStt, voices: VoiceBook, agent: LocalAgent, language: str) -> None:
    """Warm the engines up and make the phrases that come often, beside everything else."""
    try:
        await stt.warm_up()
        await voices.main.warm_up()
        await voices.main.render(
            speakable(agent.explain(key, language), language) for key in FREQUENT
        )
    except EngineError as error:
        _LOGGER.warning("not warmed up [%s]: %s", error.code, error)


def _client(config: Config, bus: Bus, home: Home) -> MqttClient:
    def tell(healthy: bool, code: str) -> None:
        bus.tell(e.HealthChanged(part="broker", healthy=healthy, code=code))

    client = MqttClient(config.mqtt, config.device.id, tell)
    for topic in state_topics(home.devices):
        client.subscribe(topic, lambda at, payload, _retained: home.note(at, payload))
    return client


def _open_voices(config: Config) -> VoiceBook:
    voices = VoiceBook(config.tts, config.device.language)
    for word in config.wake.word:
        voices.load(word.language, word.voice)
    return voices


def _open_stt(config: Config, agent: LocalAgent, home: Home) -> ChainStt:
    templates = agent.templates(config.device.language)
    grammar = partial(
        stored_grammar, templates.intents, templates.slot_lists, templates.language,
        state_folder() / "cache",
    )  # fmt: skip
    names = [entity.name for entity in home.entities]
    stt = open_stt(config.stt, templates.language, grammar, names)
    for word in config.wake.word:
        if not stt.serves(word.language):
            raise ConfigError(
                f"no engine of [stt] understands {word.language!r}, which the wake word "
                f'{word.label} is for; set [stt] engines = ["command", "whisper"]'
            )
    return stt


async def _load(open_engine: Callable[[], T]) -> T:
    """Load weights beside other weights; in virtual time one after the other."""
    return clock.work(open_engine) if clock.is_virtual() else await asyncio.to_thread(open_engine)
