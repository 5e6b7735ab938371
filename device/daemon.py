"""The composition root: from the configuration to a running speaker.

Each `_open_x` takes exactly what it depends on, so their order is that of the dependencies.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from device import events as e
from device.announcer import Announcer
from device.asked import Asked, open_asked
from device.audio.timeline import Timeline
from device.bus import Bus
from device.buttons import Buttons
from device.care.loudspeaker import WatchedSpeaker
from device.care.measuring import Measuring
from device.care.microphone import MicrophoneHealth
from device.care.overload import Overload
from device.care.warmth import Warmth
from device.config import Config
from device.controls import Controls, configured
from device.conversation.cascade import Cascade
from device.conversation.turn_model import AskedModel
from device.cores import Work
from device.engines import (
    Engines,
    languages_to_choose,
    open_engines,
    open_recognisers,
    voices_to_choose,
)
from device.errors import InputClipped
from device.executor import Executor, load, open_executor
from device.folders import state_folder
from device.foresight import Foresight
from device.hal.base import Microphone, Speaker
from device.hal.board import Board, open_board
from device.hal.patterns import EFFECTS
from device.hal.scene import Status
from device.hearing import Hearing
from device.home.actions import Actuator
from device.hooks import Hooks
from device.household import Household
from device.interruptions import Interruptions
from device.knowledge import Knowledge, open_knowledge
from device.lights import Lights
from device.mqtt import bridge
from device.mqtt.bids import Bidder
from device.mqtt.client import MqttClient
from device.mqtt.requests import Features
from device.pipeline.capture import Capture
from device.pipeline.frontend import open_frontend
from device.pipeline.frontend.base import Frontend
from device.pipeline.playback import Playback
from device.pipeline.stt.chain import ChainStt
from device.pipeline.vad import TurnTaking
from device.ringer import Ringer
from device.running import Parlor, Part
from device.session import Alone, Arbiter, Session
from device.settings import SettingsFile
from device.sparing import Sparing
from device.speaking import Speaking
from device.turn_log import TurnLog
from device.wake_clips import WakeClips, wakes_folder


@dataclass(frozen=True, slots=True)
class _Core:
    """What everything hangs on."""

    config: Config
    stack: AsyncExitStack
    """What is closed when the speaker stops."""
    bus: Bus
    timeline: Timeline
    inbox: asyncio.Queue[e.Event]
    """Of the session; it loses nothing."""
    rehearsal: bool

    def post(self, event: e.Event) -> None:
        """Hand an event to the session."""
        self.inbox.put_nowait(event)

    def executor(self, name: str, work: Work = Work.ANSWER) -> Executor:
        """A thread that is there until the speaker stops, however often its part begins again."""
        executor = open_executor(name, work)
        self.stack.callback(executor.close)
        return executor


@asynccontextmanager
async def open_parlor(
    config: Config, microphone: Microphone, speaker: Speaker, *, rehearsal: bool = False
) -> AsyncIterator[Parlor]:
    """Load every engine that the configuration names. Raises ConfigError and EngineError.

    A rehearsal hears, answers and acts like the speaker, but is not it: it is as configured, has
    no lights and buttons, runs nobody's programs, and no other speaker and no Home Assistant
    notices it, so that the speaker itself can go on beside it.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(microphone.close)
        stack.push_async_callback(speaker.close)
        timeline = Timeline()
        bus = Bus(lambda: timeline.seconds)
        stack.callback(bus.close)
        core = _Core(config, stack, bus, timeline, asyncio.Queue(), rehearsal)
        yield await _assemble(core, microphone, speaker)


async def open_recogniser(config: Config) -> ChainStt:
    """Only what understands speech: the engines of [stt] with the home's words."""
    known = open_knowledge(config)
    return await load(partial(open_recognisers, config, known.agent, known.home))


async def _assemble(core: _Core, microphone: Microphone, speaker: Speaker) -> Parlor:
    config = core.config
    known = open_knowledge(config)
    engines = await open_engines(config, known.agent, known.home)
    core.stack.push_async_callback(engines.discard)
    device_id = "" if core.rehearsal else config.device.id
    client = MqttClient(config.mqtt, device_id, partial(_tell_broker, core.bus))
    asked = open_asked(config, core.bus, core.stack)
    cascade = _open_cascade(core, known, engines, client, asked)
    watched = WatchedSpeaker(speaker, core.bus.tell)
    frontend = _open_frontend(config, watched)
    capture = Capture(microphone, core.timeline, config.audio, frontend)
    session, vital, interruptions = _open_session(
        core, engines, cascade, client, capture, frontend, watched
    )
    warmth = _open_warmth(core, engines, asked)
    others: list[Part] = [warmth.run, _open_ringer(core, known).run, _open_measuring(core).run]
    if not core.rehearsal:
        announcer = _open_announcer(core, session)
        health = _open_health(core, known, capture, session, announcer)
        others += _open_presence(
            core, known, engines, cascade, session, client, announcer, interruptions
        )
        sparing = Sparing(config, engines, known.agent, known.home)
        overload = Overload(config.care, sparing, core.bus.subscribe(), core.bus.tell)
        others += [announcer.run, watched.run, health.run, overload.run]
    if not config.mqtt.enabled:
        return Parlor(core.bus, session, vital, tuple(others))
    household = _open_household(core, known, engines, client)
    others += [client.run, household.run]
    return Parlor(core.bus, session, vital, tuple(others), client, household)


def _open_presence(
    core: _Core, known: Knowledge, engines: Engines, cascade: Cascade, session: Session,
    client: MqttClient, announcer: Announcer, interruptions: Interruptions,
) -> list[Part]:  # fmt: skip
    """What makes the speaker one that people see, turn and count on."""
    config, bus = core.config, core.bus
    settings = SettingsFile(state_folder(), configured(config))
    controls = Controls(
        config,
        settings,
        bus.subscribe(),
        engines.wake,
        cascade,
        session.follow_up,
        session.post,
        interruptions.set_sensitivity,
    )
    controls.restore()
    clips = WakeClips(
        wakes_folder(state_folder()), config.wake.keep_clips, core.timeline, bus.subscribe(),
        engines.wake.thresholds.__getitem__, lambda: session.turn.muted,
        core.executor("clips", Work.BACKGROUND),
    )  # fmt: skip
    hooks = Hooks(config.hooks, bus.subscribe(), bus.tell)
    board = open_board(config.leds, config.gpio)
    foresight = Foresight(
        bus.subscribe(), lambda: (settings.current.language, settings.current.voice),
        known.agent.frequent, engines.voices.find,
    )  # fmt: skip
    parts: list[Part] = [controls.run, clips.run, hooks.run, foresight.run]
    parts += _open_hardware(core, board)
    if config.mqtt.enabled:
        features = Features(
            languages=languages_to_choose(config), voices=voices_to_choose(config),
            lights=board.open_lights is not None, effects=EFFECTS,
        )  # fmt: skip
        about = bridge.Speaker(config.device, config.mqtt, settings.current, features)
        parts.append(bridge.Bridge(client, bus, session, announcer.submit, about).run)
    return parts


def _open_announcer(core: _Core, session: Session) -> Announcer:
    return Announcer(
        core.config.announce, session.post, core.bus.tell, lambda: session.seconds,
        lambda: len(session.turn.waiting),
    )  # fmt: skip


def _open_health(
    core: _Core, known: Knowledge, capture: Capture, session: Session, announcer: Announcer
) -> MicrophoneHealth:
    def complain(code: str) -> None:
        key = "microphone_clipped" if code == InputClipped.code else "microphone_deaf"
        language = core.config.device.language
        text = known.agent.explain(key, language)
        announcer.submit(e.AnnouncementDue(text=text, language=language, chime=True))

    return MicrophoneHealth(
        core.timeline, core.bus.tell, lambda: capture.fault, complain,
        lambda: not (announcer.quiet or session.turn.muted),
    )  # fmt: skip


def _open_cascade(
    core: _Core, known: Knowledge, engines: Engines, client: MqttClient, asked: Asked
) -> Cascade:
    config = core.config
    actuator = Actuator(client, config.home.confirm_seconds)
    core.stack.push_async_callback(actuator.close)
    return Cascade(
        engines.stt, known.agent, actuator, engines.voices, core.executor("agent"),
        config.device.language, config.device.area, asked.assistant, asked.model, asked.history,
        config.dialog.filler_ms / 1000, AskedModel(asked.judge) if asked.judge else None,
    )  # fmt: skip


def _open_frontend(config: Config, speaker: Speaker) -> Frontend:
    """Ears that do not hear our own voice."""
    frontend = open_frontend(config.audio)
    if config.audio.loopback is None:
        speaker.on_rendered(partial(frontend.render, rate=speaker.format.rate))
    return frontend


def _open_session(
    core: _Core, engines: Engines, cascade: Cascade, client: MqttClient,
    capture: Capture, frontend: Frontend, speaker: Speaker,
) -> tuple[Session, tuple[Part, ...], Interruptions]:  # fmt: skip
    """Ears, mouth and the turn between them, and what runs for them."""
    config, timeline = core.config, core.timeline
    hearing = Hearing(
        timeline, engines.wake, engines.vad, TurnTaking(config.vad).open,
        core.executor("wake", Work.SOUND), core.post, config.wake.word, frontend.played,
    )  # fmt: skip
    playback = Playback(speaker, config.audio.volume, config.tts.volume)
    speaking = Speaking(playback, speaker.format.rate, earcons=config.audio.earcons)
    interruptions = Interruptions(
        hearing, cascade, core.post, lambda: frontend.echo, lambda: session.saying,
        frontend.played, configured(config).barge_in_sensitivity,
    )  # fmt: skip
    session = Session(
        timeline, hearing, speaking, cascade, core.bus, core.inbox, _open_arbiter(core, client),
        capture.set_muted, config.home.confirm_seconds, config.dialog.follow_up_seconds,
        interruptions, config.budgets.give_up_seconds, e.BargeIn(config.barge_in.mode),
    )  # fmt: skip
    # First the session: a speaker that was muted is so before anything is captured.
    return session, (session.run, capture.run, hearing.watch, engines.loaded), interruptions


def _open_arbiter(core: _Core, client: MqttClient) -> Arbiter:
    wake = core.config.wake
    if core.rehearsal or not core.config.mqtt.enabled or not wake.bid_group:
        return Alone()
    return Bidder(client, core.config.device.id, wake.bid_group, wake.bid_ms, core.post)


def _open_hardware(core: _Core, board: Board) -> list[Part]:
    config, parts = core.config, list[Part]()
    if board.open_lights is not None:
        lights = Lights(
            board.open_lights, core.bus.subscribe(), lambda: core.timeline.heard, core.bus.tell,
            core.executor("lights"), Status(config.audio.volume),
        )  # fmt: skip
        parts.append(lights.run)
    if board.button is not None or board.mute_switch is not None:
        debounce_seconds = config.gpio.debounce_ms / 1000
        parts.append(Buttons(core.post, board.button, board.mute_switch, debounce_seconds).run)
    return parts


def _open_measuring(core: _Core) -> Measuring:
    log = TurnLog(None if core.rehearsal else state_folder())
    return Measuring(core.config.budgets, log, core.bus.subscribe(), core.bus.tell)


def _open_warmth(core: _Core, engines: Engines, asked: Asked) -> Warmth:
    connect = [one.warm_up for one in (asked.client, asked.assistant) if one is not None]
    warm_ups = [engines.warm_up, *connect]
    return Warmth(core.bus.subscribe(), warm_ups, warm_ups)


def _open_ringer(core: _Core, known: Knowledge) -> Ringer:
    return Ringer(
        known.book, known.lists, core.post, core.bus, core.executor("ringer"),
        known.agent.explain, core.config.device.language,
        core.config.dialog.snooze_minutes * 60.0,
    )  # fmt: skip


def _open_household(
    core: _Core, known: Knowledge, engines: Engines, client: MqttClient
) -> Household:
    adopt = partial(engines.adopt, known.home, core.config.device.language)
    return Household(
        client, known.learned, known.kept, known.home, known.agent, adopt, core.bus,
        core.executor("home", Work.BACKGROUND),
    )  # fmt: skip


def _tell_broker(bus: Bus, healthy: bool, code: str) -> None:
    bus.tell(e.HealthChanged(part="broker", healthy=healthy, code=code))
