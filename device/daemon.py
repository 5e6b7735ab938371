"""The composition root: from the configuration to a running speaker.

Each `_open_x` takes exactly what it depends on, so their order is that of the dependencies.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from device import events as e
from device.asked import Asked, open_asked
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.bus import Bus
from device.care.loudspeaker import WatchedSpeaker
from device.care.measuring import Measuring
from device.care.monitoring import Monitoring
from device.care.warmth import Warmth, WarmUp
from device.config import Config
from device.controls import configured
from device.conversation.cascade import Cascade
from device.conversation.correcting import Correcting
from device.conversation.switch import Switch
from device.conversation.turn_model import AskedModel
from device.core import Assembled, Core
from device.cores import Work
from device.dialog.sense import Sense
from device.doors import Doors
from device.engines import (
    Engines,
    open_engines,
    open_recognisers,
    spoken_languages,
)
from device.executor import Executor, load
from device.folders import state_folder
from device.hal.base import Microphone, Speaker
from device.hearing import Hearing
from device.home.actions import Actuator
from device.household import Household
from device.interruptions import Interruptions
from device.knowledge import Knowledge, open_knowledge
from device.ledger import Ledger
from device.mqtt.bids import Bidder
from device.mqtt.client import MqttClient
from device.online import online_skill
from device.outside import Outside
from device.pipeline.capture import Capture
from device.pipeline.frontend import open_frontend
from device.pipeline.frontend.base import Frontend
from device.pipeline.playback import Playback
from device.pipeline.stt.chain import ChainStt
from device.pipeline.stt.sounding import Sounding
from device.pipeline.vad import TurnTaking, endpoint_settings
from device.presence import open_presence
from device.ringer import Ringer
from device.running import Parlor, Part
from device.session import Alone, Arbiter, Session
from device.speaking import Speaking
from device.turn_log import TurnLog

_SAVE_SECONDS: Final = 60.0
"""So often what was used of services is written; a memory card wears out."""


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
        core = Core(config, stack, bus, timeline, asyncio.Queue(), rehearsal)
        yield await _assemble(core, microphone, speaker)


async def open_recogniser(config: Config, outside: Outside | None = None) -> ChainStt:
    """Only what understands speech: the engines of [stt] with the home's words.

    `outside` is told what leaves.
    """
    known = open_knowledge(config)
    return await load(partial(open_recognisers, config, known.agent, known.home, outside))


async def _assemble(core: Core, microphone: Microphone, speaker: Speaker) -> Parlor:
    config = core.config
    known = open_knowledge(config)
    ledger = _open_ledger(core, known)
    outside = Outside(core.bus.tell, ledger.add)
    engines = await open_engines(config, known.agent, known.home, outside)
    core.stack.push_async_callback(engines.discard)
    device_id = "" if core.rehearsal else config.device.id
    client = MqttClient(config.mqtt, device_id, partial(_tell_broker, core.bus))
    asked = open_asked(config, outside, core.stack, known.agent, ledger, known.profile)
    if asked.replies is not None:
        core.forget.append(asked.replies.clear)
    known.agent.learn({"ParlorOnline": online_skill(config, asked, lambda: client.connected)})
    cascade = _open_cascade(core, known, engines, client, asked)
    doors = Doors(
        config, cascade, asked.tools, asked.history, outside, ledger.spent, engines.vad,
        engines.stt, core.executor,
    )  # fmt: skip
    room = doors.room()
    watched = WatchedSpeaker(speaker, core.bus.tell)
    made, vital = _open_session(core, known, engines, cascade, room, client, microphone, watched)
    warmth, ringer = _open_warmth(core, known, engines, asked, doors), _open_ringer(core, known)
    log = TurnLog(None if core.rehearsal else state_folder())
    others: list[Part] = [warmth.run, ringer.run, _open_measuring(core, log).run]
    others.append(partial(_save_often, ledger, core.executor("ledger", Work.BACKGROUND)))
    if not core.rehearsal:
        others += open_presence(core, made, watched)
        others += _open_monitoring(core, log, ledger, client)
    if not config.mqtt.enabled:
        return Parlor(core.bus, made.session, vital, tuple(others))
    household = _open_household(core, known, engines, client)
    others += [client.run, household.run]
    return Parlor(core.bus, made.session, vital, tuple(others), client, household)


def _open_ledger(core: Core, known: Knowledge) -> Ledger:
    """What was used elsewhere, a rehearsal's share too: it is paid for all the same."""
    book = known.book
    ledger = Ledger(state_folder(), lambda: book.local_now.date(), lambda: book.now.ticks)
    core.stack.callback(ledger.save)
    return ledger


async def _save_often(ledger: Ledger, executor: Executor) -> None:
    while True:
        await asyncio.sleep(_SAVE_SECONDS)
        await executor.run(ledger.save)


def _open_cascade(
    core: Core, known: Knowledge, engines: Engines, client: MqttClient, asked: Asked
) -> Cascade:
    config = core.config
    actuator = Actuator(client, config.home.confirm_seconds)
    core.stack.push_async_callback(actuator.close)
    executor, sense = core.executor("agent"), Sense(known.agent, known.lists)
    correcting = Correcting(sense, Sounding(), executor, config.stt.keywords)
    return Cascade(
        engines.stt, known.agent, actuator, engines.voices, executor,
        config.device.language, config.device.area, asked.assistant, asked.model, asked.history,
        config.dialog.filler_ms / 1000, AskedModel(asked.judge) if asked.judge else None,
        early=config.stt.early, tools=asked.tools, least_confidence=config.llm.least_confidence,
        languages=config.device.languages, correcting=correcting if config.stt.correct else None,
    )  # fmt: skip


def _open_frontend(config: Config, speaker: Speaker) -> Frontend:
    """Ears that do not hear our own voice."""
    frontend = open_frontend(config.audio)
    if config.audio.loopback is None:
        speaker.on_rendered(partial(frontend.render, rate=speaker.format.rate))
    return frontend


def _open_session(
    core: Core, known: Knowledge, engines: Engines, cascade: Cascade, room: Switch,
    client: MqttClient, microphone: Microphone, speaker: Speaker,
) -> tuple[Assembled, tuple[Part, ...]]:  # fmt: skip
    """Ears, mouth and the turn between them, and what runs for them."""
    config, timeline = core.config, core.timeline
    frontend = _open_frontend(config, speaker)
    capture = Capture(microphone, timeline, config.audio, frontend)
    hearing = Hearing(
        timeline, engines.wake, engines.vad, TurnTaking(config.vad).open,
        core.executor("wake", Work.SOUND), core.post, config.wake.word, frontend.played,
    )  # fmt: skip
    playback = Playback(speaker, config.audio.volume, config.tts.volume)
    speaking = Speaking(playback, speaker.format.rate, earcons=config.audio.earcons)
    interruptions = Interruptions(
        hearing, room, core.post, lambda: frontend.echo, lambda: session.saying,
        frontend.played, configured(config).barge_in_sensitivity,
    )  # fmt: skip
    session = Session(
        timeline, hearing, speaking, room, core.bus, core.inbox, _open_arbiter(core, client),
        capture.set_muted, config.home.confirm_seconds, config.dialog.follow_up_seconds,
        interruptions, config.budgets.give_up_seconds, e.BargeIn(config.barge_in.mode),
        endpoint_settings(config.vad), room.call,
    )  # fmt: skip
    # First the session: a speaker that was muted is so before anything is captured.
    made = Assembled(
        known,
        engines,
        client,
        cascade,
        lambda: frontend.report,
        capture,
        hearing,
        session,
        interruptions,
    )
    return made, (session.run, capture.run, hearing.watch, engines.loaded)


def _open_arbiter(core: Core, client: MqttClient) -> Arbiter:
    wake = core.config.wake
    if core.rehearsal or not core.config.mqtt.enabled or not wake.bid_group:
        return Alone()
    return Bidder(client, core.config.device.id, wake.bid_group, wake.bid_ms, core.post)


def _open_measuring(core: Core, log: TurnLog) -> Measuring:
    executor = core.executor("metrics", Work.BACKGROUND)
    return Measuring(core.config.budgets, log, core.bus.subscribe(), core.bus.tell, executor)


def _open_monitoring(core: Core, log: TurnLog, ledger: Ledger, client: MqttClient) -> list[Part]:
    config = core.config.metrics
    if not config.enabled:
        return []
    monitoring = Monitoring(
        config, log, ledger.today, lambda: core.timeline.missing_samples / RATE,
        lambda: client.dropped_events, core.bus.subscribe(),
    )  # fmt: skip
    return [monitoring.run]


def _open_warmth(
    core: Core, known: Knowledge, engines: Engines, asked: Asked, doors: Doors
) -> Warmth:
    connect = [server.client.warm_up for server in asked.servers]
    if asked.assistant is not None:
        connect.append(asked.assistant.warm_up)
    names = partial(doors.cascade.correcting.warm_up, core.config.device.language)
    warm_ups: list[WarmUp] = [engines.warm_up, names, *connect, *doors.warm_ups]
    executor = core.executor("languages", Work.BACKGROUND)
    prepare = partial(known.prepare, spoken_languages(core.config)[1:], executor)
    return Warmth(core.bus.subscribe(), [*warm_ups, prepare], warm_ups)


def _open_ringer(core: Core, known: Knowledge) -> Ringer:
    return Ringer(
        known.book, known.lists, core.post, core.bus, core.executor("ringer"),
        known.agent.explain, core.config.device.language,
        core.config.dialog.snooze_minutes * 60.0,
    )  # fmt: skip


def _open_household(
    core: Core, known: Knowledge, engines: Engines, client: MqttClient
) -> Household:
    adopt = partial(engines.adopt, known.home, core.config.device.language)
    return Household(
        client, known.learned, known.kept, known.home, known.agent, adopt, core.bus,
        core.executor("home", Work.BACKGROUND),
    )  # fmt: skip


def _tell_broker(bus: Bus, healthy: bool, code: str) -> None:
    bus.tell(e.HealthChanged(part="broker", healthy=healthy, code=code))
