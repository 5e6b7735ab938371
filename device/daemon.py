"""The composition root: from the configuration to a running speaker.

Each `_open_x` takes exactly what it depends on, so their order is that of the dependencies.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from device import events as e
from device.asked import Asked
from device.assembly import House, open_doors, open_session
from device.audio.format import RATE
from device.bus import Bus
from device.calling import open_switchboard
from device.care.loudspeaker import WatchedSpeaker
from device.care.measuring import Measuring
from device.care.monitoring import Monitoring
from device.care.warmth import Warmth, WarmUp
from device.config import Config
from device.core import Core, open_core
from device.cores import Work
from device.doors import Doors
from device.engines import (
    open_engines,
    open_recognisers,
    spoken_languages,
)
from device.executor import DeferredExecutor, Executor, load
from device.folders import state_folder
from device.gateway.home_view import HomeView
from device.gateway.livekit.door import LiveKitRoom
from device.gateway.reception import Reception
from device.gateway.server import Gateway, make_app
from device.gateway.visit import Welcome
from device.gateway.wyoming.info import about
from device.gateway.wyoming.satellite import Satellite
from device.guests import Guests
from device.hal.base import Microphone, Speaker
from device.household import Household
from device.knowledge import Knowledge, open_knowledge
from device.ledger import Ledger
from device.lent.house import open_lent
from device.mqtt.client import MqttClient
from device.online import online_skill
from device.outside import Outside
from device.pipeline.stt.chain import ChainStt
from device.presence import open_presence
from device.ringer import Ringer
from device.running import Parlor, Part
from device.services import open_services
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
    async with open_core(config, microphone, speaker, rehearsal=rehearsal) as core:
        yield await _assemble(core, microphone, speaker)


async def open_recogniser(config: Config, outside: Outside | None = None) -> ChainStt:
    """Only what understands speech: the engines of [stt] with the home's words.

    `outside` is told what leaves.
    """
    known = open_knowledge(config)
    return await load(partial(open_recognisers, config, known.agent, known.home, outside))


async def _assemble(core: Core, microphone: Microphone, speaker: Speaker) -> Parlor:
    config = core.config
    house = await open_house(core)
    asked, doors = open_doors(core, house)
    known, client = house.known, house.client
    known.agent.learn({"ParlorOnline": online_skill(config, asked, lambda: client.connected)})
    watched = WatchedSpeaker(speaker, core.bus.tell)
    made = open_session(core, house, doors.cascade, doors.room(), microphone, watched)
    # First the session: a speaker that was muted is so before anything is captured.
    vital = (made.session.run, made.capture.run, made.hearing.watch, partial(_load, core, house))
    warmth, ringer = _open_warmth(core, house, asked, doors), open_ringer(core, known)
    log = TurnLog(None if core.rehearsal else state_folder())
    others: list[Part] = [warmth.run, ringer.run, _open_measuring(core, log).run]
    others.append(save_often(core, house))
    if not core.rehearsal:
        others += open_presence(core, made, watched, house.satellite)
        others += _open_monitoring(core, log, house)
        others += open_gateway(core, house, Guests(config, house).welcome)
        others += open_services(core, house)
    if not config.mqtt.enabled:
        return Parlor(core.bus, made.session, vital, tuple(others))
    household = open_household(core, house)
    others += [client.run, household.run]
    return Parlor(core.bus, made.session, vital, tuple(others), client, household)


async def open_house(core: Core) -> House:
    """What all conversations share. Raises ConfigError and EngineError."""
    config, known = core.config, open_knowledge(core.config)
    ledger = _open_ledger(core, known)
    outside = Outside(core.bus.tell, ledger.add)
    lenient = not core.rehearsal
    engines = await open_engines(config, known.agent, known.home, outside, lenient=lenient)
    core.stack.push_async_callback(engines.discard)
    device_id = "" if core.rehearsal else config.device.id
    client = MqttClient(config.mqtt, device_id, partial(_tell_broker, core.bus))
    satellite = None if core.rehearsal else _open_satellite(core, outside)
    agent = DeferredExecutor("agent")
    core.stack.callback(agent.close)
    return House(known, engines, client, outside, ledger, agent, satellite=satellite)


def _open_satellite(core: Core, outside: Outside) -> Satellite | None:
    wyoming = core.config.wyoming
    return Satellite(wyoming, about(core.config), outside) if wyoming.enabled else None


async def _load(core: Core, house: House) -> None:
    """Have every engine there, and say which parts do without theirs."""
    await house.engines.loaded()
    for part, error in house.engines.troubles:
        core.bus.tell(e.HealthChanged(part=part, healthy=False, code=error.code))


def _open_ledger(core: Core, known: Knowledge) -> Ledger:
    """What was used elsewhere, a rehearsal's share too: it is paid for all the same."""
    book = known.book
    ledger = Ledger(state_folder(), lambda: book.local_now.date(), lambda: book.now.ticks)
    core.stack.callback(ledger.save)
    return ledger


def save_often(core: Core, house: House) -> Part:
    """What writes down what was used of services."""
    return partial(_save_often, house.ledger, core.executor("ledger", Work.BACKGROUND))


async def _save_often(ledger: Ledger, executor: Executor) -> None:
    while True:
        await asyncio.sleep(_SAVE_SECONDS)
        await executor.run(ledger.save)


def _open_measuring(core: Core, log: TurnLog) -> Measuring:
    executor = core.executor("metrics", Work.BACKGROUND)
    return Measuring(core.config.budgets, log, core.bus.subscribe(), core.bus.tell, executor)


def _open_monitoring(core: Core, log: TurnLog, house: House) -> list[Part]:
    config = core.config.metrics
    if not config.enabled:
        return []
    monitoring = Monitoring(
        config, log, house.ledger.today, lambda: core.timeline.missing_samples / RATE,
        lambda: house.client.dropped_events, core.bus.subscribe(),
    )  # fmt: skip
    return [monitoring.run]


def open_gateway(core: Core, house: House, welcome: Welcome) -> list[Part]:
    """What serves voices that come over the network, with whom `welcome` begins a conversation.

    Raises ConfigError and EngineMissing.
    """
    config = core.config.gateway
    if not config.enabled:
        return []
    reception = Reception(config, welcome)
    view = _open_home_view(house.known)
    lender = open_lent(core, house) if config.audio_api else None
    switchboard = open_switchboard(
        core.config, house.known.agent, house.outside, house.ledger,
        lambda text: core.post(e.AnnouncementDue(text=text)),
    )  # fmt: skip
    gateway = Gateway(config, make_app(reception, config, view, lender, switchboard))
    parts: list[Part] = [gateway.run, partial(view.run, core.bus.subscribe())]
    if config.livekit.url:
        parts.append(LiveKitRoom(reception, config.livekit).run)
    return parts


def _open_home_view(known: Knowledge) -> HomeView:
    book, home = known.book, known.home
    return HomeView(
        lambda: [timer.as_dict(book.now, book.zone) for timer in book.timers()],
        lambda: home.entities, home.state, lambda: book.local_now,
    )  # fmt: skip


def _open_warmth(core: Core, house: House, asked: Asked, doors: Doors) -> Warmth:
    connect = [server.client.warm_up for server in asked.servers]
    if asked.assistant is not None:
        connect.append(asked.assistant.warm_up)
    names = partial(doors.cascade.correcting.warm_up, core.config.device.language)
    warm_ups: list[WarmUp] = [house.engines.warm_up, names, *connect, *doors.warm_ups]
    executor = core.executor("languages", Work.BACKGROUND)
    prepare = partial(house.known.prepare, spoken_languages(core.config)[1:], executor)
    return Warmth(core.bus.subscribe(), [*warm_ups, prepare], warm_ups)


def open_ringer(core: Core, known: Knowledge) -> Ringer:
    """What watches the clock."""
    return Ringer(
        known.book, known.lists, core.post, core.bus, core.executor("ringer"),
        known.agent.explain, core.config.device.language,
        core.config.dialog.snooze_minutes * 60.0,
    )  # fmt: skip


def open_household(core: Core, house: House) -> Household:
    """What learns of the home as it announces itself."""
    known = house.known
    adopt = partial(house.engines.adopt, known.home, known.agent, core.config.device.language)
    return Household(
        house.client, known.learned, known.kept, known.home, known.agent, adopt, core.bus,
        core.executor("home", Work.BACKGROUND),
    )  # fmt: skip


def _tell_broker(bus: Bus, healthy: bool, code: str) -> None:
    bus.tell(e.HealthChanged(part="broker", healthy=healthy, code=code))
