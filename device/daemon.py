"""The composition root: from the configuration to a running speaker.

Each `_open_x` takes exactly what it depends on, so their order is that of the dependencies.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from device import events as e
from device.announcer import Announcer
from device.audio.timeline import Timeline
from device.bus import Bus
from device.buttons import Buttons
from device.care.microphone import MicrophoneHealth
from device.config import Config
from device.controls import Controls, configured
from device.conversation.cascade import Cascade
from device.dialog.assistant import HomeAssistantAgent
from device.engines import (
    Engines,
    languages_to_choose,
    load,
    open_engines,
    open_recognisers,
    voices_to_choose,
)
from device.executor import open_executor
from device.folders import read_secret, state_folder
from device.hal.base import Microphone, Speaker
from device.hal.board import open_board
from device.hal.patterns import EFFECTS
from device.hal.scene import Stage
from device.hearing import Hearing
from device.home.actions import Actuator
from device.hooks import Hooks
from device.household import Household
from device.knowledge import Knowledge, open_knowledge
from device.lights import Lights
from device.mqtt import bridge
from device.mqtt.bids import Bidder
from device.mqtt.client import MqttClient
from device.mqtt.requests import Features
from device.pipeline.capture import Capture
from device.pipeline.playback import Playback
from device.pipeline.stt.chain import ChainStt
from device.pipeline.vad import open_endpointing
from device.ringer import Ringer
from device.running import Parlor, Part
from device.session import Alone, Arbiter, Session
from device.settings import SettingsFile
from device.speaking import Speaking
from device.wake_clips import WakeClips, wakes_folder

Post = Callable[[e.Event], None]


@dataclass(frozen=True, slots=True)
class _Body:
    """Ears, mouth and the turn between them."""

    timeline: Timeline
    session: Session
    post: Post
    vital: tuple[Part, ...]


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
    known = open_knowledge(config)
    return await load(partial(open_recognisers, config, known.agent, known.home))


async def _assemble(
    config: Config, bus: Bus, microphone: Microphone, speaker: Speaker, stack: AsyncExitStack
) -> Parlor:
    known = open_knowledge(config)
    engines = await open_engines(config, known.agent, known.home)
    client = MqttClient(config.mqtt, config.device.id, partial(_tell_broker, bus))
    cascade = _open_cascade(config, bus, known, engines, client, stack)
    body = _open_body(config, bus, engines, cascade, client, microphone, speaker)
    settings = SettingsFile(state_folder(), configured(config))
    announcer = Announcer(config.announce, body.post, bus.tell, lambda: body.session.seconds)
    has_lights, hardware = _open_hardware(config, bus, body)
    others: tuple[Part, ...] = (
        partial(engines.prepare, known.agent, config.device.language),
        Controls(config, settings, bus.subscribe(), engines.wake, cascade,
                 body.session.follow_up, body.post).run,
        announcer.run, *hardware, *_open_helpers(config, bus, known, engines, body),
    )  # fmt: skip
    if not config.mqtt.enabled:
        return Parlor(bus, body.session, body.vital, others)
    features = Features(
        languages=languages_to_choose(config, engines.stt), voices=voices_to_choose(config),
        lights=has_lights, effects=EFFECTS,
    )  # fmt: skip
    about = bridge.Speaker(config.device, config.mqtt, settings.current, features)
    to_broker = bridge.Bridge(client, bus, body.session, announcer.submit, about)
    household = _open_household(config, bus, known, engines, client)
    return Parlor(
        bus, body.session, body.vital, (*others, client.run, to_broker.run, household.run),
        client, household,
    )  # fmt: skip


def _open_cascade(
    config: Config, bus: Bus, known: Knowledge, engines: Engines, client: MqttClient,
    stack: AsyncExitStack,
) -> Cascade:  # fmt: skip
    actuator = Actuator(client, config.home.confirm_seconds)
    stack.push_async_callback(actuator.close)
    return Cascade(
        engines.stt, known.agent, actuator, engines.voices, open_executor("agent"),
        config.device.language, config.device.area, _open_assistant(config, bus, stack),
    )  # fmt: skip


def _open_assistant(config: Config, bus: Bus, stack: AsyncExitStack) -> HomeAssistantAgent | None:
    """Who is asked what the speaker does not understand."""
    home = config.home
    if not home.assistant:
        return None
    token = "" if home.assistant_token_file is None else read_secret(home.assistant_token_file)

    def leaving(active: bool, host: str) -> None:
        bus.tell(e.CloudChanged(active=active, to=host))

    assistant = HomeAssistantAgent(home.assistant, token, leaving)
    stack.push_async_callback(assistant.close)
    return assistant


def _open_body(
    config: Config, bus: Bus, engines: Engines, cascade: Cascade, client: MqttClient,
    microphone: Microphone, speaker: Speaker,
) -> _Body:  # fmt: skip
    inbox: asyncio.Queue[e.Event] = asyncio.Queue()
    timeline = Timeline()
    capture = Capture(microphone, timeline, config.audio)
    hearing = Hearing(
        timeline, engines.wake, engines.vad, partial(open_endpointing, config.vad),
        open_executor("wake"), inbox.put_nowait, config.wake.word,
    )  # fmt: skip
    playback = Playback(speaker, config.audio.volume, config.tts.volume)
    speaking = Speaking(playback, speaker.format.rate, earcons=config.audio.earcons)
    session = Session(
        timeline, hearing, speaking, cascade, bus, inbox,
        _open_arbiter(config, client, inbox.put_nowait), capture.set_muted,
        config.home.confirm_seconds, config.dialog.follow_up_seconds,
    )  # fmt: skip
    return _Body(timeline, session, session.post, (capture.run, hearing.watch, session.run))


def _open_arbiter(config: Config, client: MqttClient, post: Post) -> Arbiter:
    wake = config.wake
    if not config.mqtt.enabled or not wake.bid_group:
        return Alone()
    return Bidder(client, config.device.id, wake.bid_group, wake.bid_ms, post)


def _open_hardware(config: Config, bus: Bus, body: _Body) -> tuple[bool, tuple[Part, ...]]:
    """Whether there are lights, and what runs for them and for buttons."""
    board = open_board(config.leds, config.gpio)
    parts: list[Part] = []
    if board.open_lights is not None:
        lights = Lights(
            board.open_lights, bus.subscribe(), lambda: body.timeline.end, bus.tell,
            open_executor("lights"), Stage(config.audio.volume),
        )  # fmt: skip
        parts.append(lights.run)
    if board.button is not None or board.mute_switch is not None:
        debounce_seconds = config.gpio.debounce_ms / 1000
        parts.append(Buttons(body.post, board.button, board.mute_switch, debounce_seconds).run)
    return board.open_lights is not None, tuple(parts)


def _open_helpers(
    config: Config, bus: Bus, known: Knowledge, engines: Engines, body: _Body
) -> tuple[Part, ...]:
    ringer = Ringer(
        known.book, known.lists, body.post, bus, open_executor("ringer"), known.agent.explain,
        config.device.language, config.dialog.snooze_minutes * 60.0,
    )  # fmt: skip
    clips = WakeClips(
        wakes_folder(state_folder()), config.wake.keep_clips, body.timeline, bus.subscribe(),
        engines.wake.thresholds.__getitem__, lambda: body.session.turn.muted,
        open_executor("clips"),
    )  # fmt: skip
    hooks = Hooks(config.hooks, bus.subscribe(), bus.tell)
    return ringer.run, clips.run, hooks.run, MicrophoneHealth(body.timeline, bus.tell).run


def _open_household(
    config: Config, bus: Bus, known: Knowledge, engines: Engines, client: MqttClient
) -> Household:
    adopt = partial(engines.adopt, known.agent, known.home, config.device.language)
    return Household(
        client, known.learned, known.kept, known.home, known.agent, adopt, bus,
        open_executor("home"),
    )  # fmt: skip


def _tell_broker(bus: Bus, healthy: bool, code: str) -> None:
    bus.tell(e.HealthChanged(part="broker", healthy=healthy, code=code))
