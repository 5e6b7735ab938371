"""What people turn while the speaker runs: applied at once, and kept for the next start."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from device import events as e
from device.bus import Subscription
from device.config import Config, WakeWordConfig
from device.errors import StorageError
from device.pipeline.base import WakeEngine
from device.settings import Settings, SettingsFile

_LOGGER = logging.getLogger(__name__)
_LEAST_THRESHOLD: Final = 0.05
"""Anything at all scores more than nothing."""
_FOLLOW_UP_SECONDS: Final = 4.0
"""How long the speaker listens on when that was switched on and no time is configured."""


class Talk(Protocol):
    """The conversation, as far as its language goes."""

    def speak_in(self, language: str, voice: str) -> None:
        """From now on, speak this language where no other is asked for, in this voice."""
        ...


def configured(config: Config) -> Settings:
    """The settings as the configuration has them."""
    wake = 0.5 if config.wake.threshold is None else 1.0 - config.wake.threshold
    barge_in = config.barge_in.sensitivity
    return Settings(
        volume=config.audio.volume,
        wake_sensitivity=wake,
        barge_in_sensitivity=wake if barge_in is None else barge_in,
        barge_in=e.BargeIn(config.barge_in.mode),
        follow_up=config.dialog.follow_up_seconds > 0,
        language=config.device.language,
        voice=config.tts.voice,
    )


class Controls:
    """Hears of every change on the bus and makes it true."""

    def __init__(
        self,
        config: Config,
        file: SettingsFile,
        events: Subscription,
        wake: WakeEngine,
        talk: Talk,
        follow_up: Callable[[float], None],
        post: Callable[[e.Event], None],
        interruptible: Callable[[float], None] = lambda _sensitivity: None,
        expect: Callable[[Mapping[str, float]], None] = lambda _keywords: None,
    ) -> None:
        """`follow_up` takes seconds; `post` is the session's inbox.

        `interruptible` is told how readily free speech is heard while the speaker speaks, 0 to 1;
        `expect` of names that may be said.
        """
        self._usual = configured(config)
        self._applied = self._usual.wake_sensitivity
        self._speaking = False
        self._thresholds = {word.label: _threshold(word) for word in config.wake.word}
        self._follow_up_seconds = config.dialog.follow_up_seconds or _FOLLOW_UP_SECONDS
        self._file = file
        self._events = events
        self._wake = wake
        self._talk = talk
        self._follow_up = follow_up
        self._post = post
        self._interruptible = interruptible
        self._expect = expect

    def restore(self) -> None:
        """Post what was set before; ahead of all else, so that a muted speaker hears nothing."""
        kept = self._file.current
        if kept.muted:
            self._post(e.MuteChanged(muted=True))
        if kept.volume != self._usual.volume:
            self._post(e.VolumeChanged(volume=kept.volume))
        if kept.barge_in is not self._usual.barge_in:
            self._post(e.SettingChanged(name="barge_in", value=kept.barge_in.value))
        if _light(kept) != _light(self._usual):
            self._post(_light(kept))
        self._apply_wake()
        self._apply_talk()

    async def run(self) -> None:
        """Follow every change until the bus closes."""
        async for event in self._events:
            self._take(event)

    def _take(self, event: e.Event) -> None:
        match event:
            case e.MuteChanged(muted=muted, by_switch=False):
                self._keep(muted=muted)
            case e.VolumeChanged(volume=volume):
                self._keep(volume=volume)
            case e.LightChanged():
                self._keep(
                    light_on=event.on, light_brightness=event.brightness,
                    light_color=event.color, light_effect=event.effect,
                )  # fmt: skip
            case e.KeywordsGiven(boosts=boosts):
                self._expect(boosts)
            case e.SettingChanged(name="barge_in", value=value):
                self._keep(barge_in=e.BargeIn(str(value)))
            case e.SettingChanged(name=name, value=value):
                self._keep(**{name: value})
                self._apply_wake()
                self._apply_talk()
            case e.StateChanged(new=state):
                self._speaking = state is e.TurnState.RESPONDING
                self._apply_wake()

    def _apply_wake(self) -> None:
        now = self._file.current
        wanted = now.barge_in_sensitivity if self._speaking else now.wake_sensitivity
        if wanted == self._applied:
            return
        self._applied = wanted
        for word in self._wake.words:
            usual = wanted == self._usual.wake_sensitivity
            own = self._thresholds.get(word) if usual else None
            self._wake.set_threshold(word, _threshold_of(wanted) if own is None else own)

    def _apply_talk(self) -> None:
        now = self._file.current
        self._talk.speak_in(now.language, now.voice)
        self._follow_up(self._follow_up_seconds if now.follow_up else 0.0)
        self._interruptible(now.barge_in_sensitivity)

    def _keep(self, **changes: Any) -> None:
        try:
            self._file.change(**changes)
        except StorageError as error:
            _LOGGER.warning("%s [%s]", error, error.code)
            failed = e.StageFailed(
                stage="settings", code=error.code, message=str(error), turn_id=-1
            )
            self._post(failed)


def _threshold_of(sensitivity: float) -> float:
    return max(_LEAST_THRESHOLD, 1.0 - sensitivity)


def _threshold(word: WakeWordConfig) -> float | None:
    """A word's own threshold; None: it has that of all."""
    return word.threshold if word.sensitivity is None else 1.0 - word.sensitivity


def _light(settings: Settings) -> e.LightChanged:
    return e.LightChanged(
        on=settings.light_on, brightness=settings.light_brightness,
        color=settings.light_color, effect=settings.light_effect,
    )  # fmt: skip
