"""Assembles what hears, answers and speaks: one conversation of the room's or of a guest's.

Everything here is made anew for every microphone; what is shared is handed in as the `House`.
"""

from dataclasses import dataclass, field
from functools import partial

from device import events as e
from device.asked import Asked, open_asked
from device.config import Config
from device.controls import configured
from device.conversation.cascade import Cascade
from device.conversation.correcting import Correcting
from device.conversation.satellite import AssistFallback
from device.conversation.switch import Switch
from device.conversation.turn_model import AskedModel
from device.core import Assembled, Core
from device.cores import Work
from device.dialog.sense import Sense
from device.doors import Doors
from device.engines import Engines
from device.executor import Executor
from device.gateway.wyoming.satellite import Satellite
from device.hal.base import Microphone, Speaker
from device.hearing import Hearing
from device.home.actions import Actuator
from device.interruptions import Interruptions
from device.knowledge import Knowledge
from device.ledger import Ledger
from device.mqtt.bids import Bidder
from device.mqtt.client import MqttClient
from device.outside import Outside
from device.pipeline.capture import Capture
from device.pipeline.frontend import open_frontend
from device.pipeline.frontend.base import Frontend
from device.pipeline.playback import Playback
from device.pipeline.stt.sounding import Sounding
from device.pipeline.vad import TurnTaking, endpoint_settings
from device.session import Alone, Arbiter, Session
from device.speaking import Speaking


@dataclass(frozen=True, slots=True)
class House:
    """What all conversations of one speaker share."""

    known: Knowledge
    engines: Engines
    client: MqttClient
    outside: Outside
    ledger: Ledger
    agent: Executor
    """Where sentences are matched: Python does one at a time, however many threads there are."""
    sounding: Sounding = field(default_factory=Sounding)
    satellite: Satellite | None = None
    """The way to Home Assistant; None: it is not configured, or this is a rehearsal."""


def open_doors(core: Core, house: House) -> tuple[Asked, Doors]:
    """Who is asked, and who answers. Raises ConfigError and EngineMissing."""
    known, ledger = house.known, house.ledger
    asked = open_asked(core.config, house.outside, core.stack, known.agent, ledger, known.profile)
    if asked.replies is not None:
        core.forget.append(asked.replies.clear)
    doors = Doors(
        core.config, _open_cascade(core, house, asked), asked.briefed, asked.history, house.outside,
        ledger.spent, house.engines.vad, house.engines.stt, core.executor, house.satellite,
    )  # fmt: skip
    return asked, doors


def open_session(
    core: Core, house: House, cascade: Cascade, room: Switch, microphone: Microphone,
    speaker: Speaker,
) -> Assembled:  # fmt: skip
    """Ears, mouth and the turn between them."""
    config, timeline, engines = core.config, core.timeline, house.engines
    frontend = _open_frontend(config, speaker)
    capture = Capture(microphone, timeline, config.audio, frontend)
    turns = TurnTaking(config.vad)
    hearing = Hearing(
        timeline, engines.wake, engines.vad, turns.open,
        core.executor("wake", Work.SOUND), core.post, config.wake.word, frontend.played,
    )  # fmt: skip
    playback = Playback(speaker, config.audio.volume, config.tts.volume)
    speaking = Speaking(playback, speaker.format.rate, earcons=config.audio.earcons)
    interruptions = Interruptions(
        hearing, room, core.post, lambda: frontend.echo, lambda: session.saying,
        frontend.played, configured(config).barge_in_sensitivity,
    )  # fmt: skip
    session = Session(
        timeline, hearing, speaking, room, core.bus, core.inbox, _open_arbiter(core, house.client),
        capture.set_muted, config.home.confirm_seconds, config.dialog.follow_up_seconds,
        interruptions, config.budgets.give_up_seconds, e.BargeIn(config.barge_in.mode),
        endpoint_settings(config.vad), room.call,
    )  # fmt: skip
    return Assembled(
        house.known, engines, house.client, cascade, lambda: frontend.report, capture, turns,
        hearing, session, interruptions,
    )  # fmt: skip


def _open_cascade(core: Core, house: House, asked: Asked) -> Cascade:
    config, known, engines = core.config, house.known, house.engines
    actuator = Actuator(house.client, config.home.confirm_seconds)
    core.stack.push_async_callback(actuator.close)
    executor, sense = house.agent, Sense(known.agent, known.lists)
    assist = None if core.rehearsal or not config.wyoming.fallback else house.satellite
    correcting = Correcting(sense, house.sounding, executor, config.stt.keywords)
    return Cascade(
        engines.stt, known.agent, actuator, engines.voices, executor,
        config.device.language, config.device.area, asked.assistant, asked.model, asked.history,
        config.dialog.filler_ms / 1000, AskedModel(asked.judge) if asked.judge else None,
        early=config.stt.early, tools=asked.tools, least_confidence=config.llm.least_confidence,
        languages=config.device.languages, correcting=correcting if config.stt.correct else None,
        elsewhere=asked.briefed,
        hearer=None if assist is None else AssistFallback(assist),
    )  # fmt: skip


def _open_frontend(config: Config, speaker: Speaker) -> Frontend:
    """Ears that do not hear our own voice."""
    frontend = open_frontend(config.audio)
    if config.audio.loopback is None:
        speaker.on_rendered(partial(frontend.render, rate=speaker.format.rate))
    return frontend


def _open_arbiter(core: Core, client: MqttClient) -> Arbiter:
    wake = core.config.wake
    if core.rehearsal or not core.config.mqtt.enabled or not wake.bid_group:
        return Alone()
    return Bidder(client, core.config.device.id, wake.bid_group, wake.bid_ms, core.post)
