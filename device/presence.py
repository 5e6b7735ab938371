"""What makes a speaker that hears and answers one that people see, turn and count on."""

from functools import partial

from device import events as e
from device.announcer import Announcer
from device.buttons import Buttons
from device.care.diary import Diary
from device.care.echo import EchoHealth
from device.care.health import HealthFile
from device.care.loudspeaker import WatchedSpeaker
from device.care.microphone import MicrophoneHealth
from device.care.overload import Overload
from device.care.purging import Purging
from device.care.watchdog import Progress, Watchdog
from device.care.words import WordLog
from device.controls import Controls, configured
from device.core import Assembled, Core
from device.cores import Work
from device.engines import languages_to_choose, voices_to_choose
from device.errors import InputClipped
from device.folders import cache_folder, runtime_folder, state_folder
from device.foresight import Foresight
from device.gateway.wyoming.announced import Announced
from device.gateway.wyoming.satellite import Room, Satellite
from device.hal.board import Board, open_board
from device.hal.patterns import EFFECTS
from device.hal.scene import Status
from device.hooks import Hooks
from device.lights import Lights
from device.mqtt import bridge
from device.mqtt.requests import Features
from device.notify import open_notifier
from device.releases.layout import Layout
from device.running import Part
from device.settings import SettingsFile
from device.sparing import Sparing
from device.updates import Updates
from device.wake_clips import WakeClips, wakes_folder


def open_presence(
    core: Core, made: Assembled, speaker: WatchedSpeaker, satellite: Satellite | None = None
) -> list[Part]:
    """All of it, each part failing alone."""
    settings = SettingsFile(state_folder(), configured(core.config))
    announcer = _open_announcer(core, made)
    board = open_board(core.config.leds, core.config.gpio)
    parts = _open_controls(core, made, settings)
    parts += [announcer.run, speaker.run, _open_health(core, made, announcer).run]
    parts += [*_open_health_file(core, made), _open_watchdog(core, made).run]
    parts += [*_open_hardware(core, board), *_open_care(core, made, settings)]
    parts += _open_updates(core)
    if satellite is not None:
        room = Room(made.session.post, announcer.submit, core.bus.subscribe())
        parts.append(partial(satellite.run, room))
        if core.config.wyoming.announce:
            parts.append(Announced(core.config).run)
    if core.config.mqtt.enabled:
        parts.append(_open_bridge(core, made, settings, announcer, board).run)
    return parts


def _open_controls(core: Core, made: Assembled, settings: SettingsFile) -> list[Part]:
    session, wake = made.session, made.engines.wake
    controls = Controls(
        core.config, settings, core.bus.subscribe(), wake, made.cascade, session.follow_up,
        session.post, made.interruptions.set_sensitivity, made.cascade.correcting.expect,
    )  # fmt: skip
    controls.restore()
    clips = WakeClips(
        wakes_folder(state_folder()), core.config.wake.keep_clips, core.timeline,
        core.bus.subscribe(), wake.thresholds.__getitem__, lambda: session.turn.muted,
        core.executor("clips", Work.BACKGROUND),
    )  # fmt: skip
    hooks = Hooks(core.config.hooks, core.bus.subscribe(), core.bus.tell)
    return [controls.run, clips.run, hooks.run]


def _open_care(core: Core, made: Assembled, settings: SettingsFile) -> list[Part]:
    bus, known = core.bus, made.known
    foresight = Foresight(
        bus.subscribe(), lambda: (settings.current.language, settings.current.voice),
        known.agent.frequent, made.engines.voices.find,
    )  # fmt: skip
    purging = Purging(
        state_folder(), cache_folder(), core.config.privacy.keep_days, bus.tell,
        (known.book.forget, known.lists.forget, known.profile.forget_all),
        (made.cascade.forget, *core.forget), core.executor("purge", Work.BACKGROUND),
    )  # fmt: skip
    sparing = Sparing(core.config, made.engines, known.agent, known.home)
    overload = Overload(core.config.care, sparing, bus.subscribe(), bus.tell)
    echo = EchoHealth(made.frontend, bus.subscribe(), bus.tell)
    words = [WordLog(bus.subscribe()).run] if core.config.privacy.log_words else []
    diary = Diary(bus.subscribe())
    return [diary.run, foresight.run, overload.run, echo.run, purging.run, *words]


def _open_updates(core: Core) -> list[Part]:
    url = core.config.updates.url
    if not url:
        return []
    executor = core.executor("updates", Work.BACKGROUND)
    progress = Layout().update
    bus = core.bus
    return [Updates(url, state_folder(), progress, bus.subscribe(), bus.tell, executor).run]


def _open_bridge(
    core: Core, made: Assembled, settings: SettingsFile, announcer: Announcer, board: Board
) -> bridge.Bridge:
    config = core.config
    features = Features(
        languages=languages_to_choose(config), voices=voices_to_choose(config),
        lights=board.open_lights is not None, effects=EFFECTS,
        updates=bool(config.updates.url),
    )  # fmt: skip
    about = bridge.Speaker(config.device, config.mqtt, settings.current, features)
    return bridge.Bridge(made.client, core.bus, made.session, announcer.submit, about)


def _open_announcer(core: Core, made: Assembled) -> Announcer:
    session = made.session
    return Announcer(
        core.config.announce, session.post, core.bus.tell, lambda: session.seconds,
        lambda: len(session.turn.waiting),
    )  # fmt: skip


def _open_health(core: Core, made: Assembled, announcer: Announcer) -> MicrophoneHealth:
    def complain(code: str) -> None:
        key = "microphone_clipped" if code == InputClipped.code else "microphone_deaf"
        language = core.config.device.language
        text = made.known.agent.explain(key, language)
        announcer.submit(e.AnnouncementDue(text=text, language=language, chime=True))

    return MicrophoneHealth(
        core.timeline, core.bus.tell, lambda: made.capture.fault, complain,
        lambda: not (announcer.quiet or made.session.turn.muted),
    )  # fmt: skip


def _open_health_file(core: Core, made: Assembled) -> list[Part]:
    folder = runtime_folder()
    if folder is None:
        return []
    session, mqtt = made.session, core.config.mqtt
    file = HealthFile(
        folder, made.capture, lambda: session.turn.muted, core.bus.subscribe(), mqtt.enabled,
        made.engines.loaded,
    )  # fmt: skip
    return [file.run]


def _open_watchdog(core: Core, made: Assembled) -> Watchdog:
    def progress() -> Progress:
        return Progress(made.hearing.listened_samples, made.capture.counters.refused)

    return Watchdog(open_notifier(), progress, core.bus.subscribe(), made.engines.loaded)


def _open_hardware(core: Core, board: Board) -> list[Part]:
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
