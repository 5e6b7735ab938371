"""What a command means to the speaker: the event that carries it out. Pure."""

from dataclasses import dataclass, replace

from device import events as e
from device.errors import CommandInvalid, UpdateMissing
from device.mqtt import commands
from device.mqtt.topics import DEFAULT_VOICE, NO_EFFECT
from device.settings import Settings


@dataclass(frozen=True, slots=True)
class Features:
    """What this speaker has, and what one may choose from."""

    languages: tuple[str, ...] = ()
    """Codes; empty: there is nothing to choose."""
    voices: tuple[str, ...] = ()
    """Names, beside the voice of the language."""
    lights: bool = False
    """Whether there is a ring or a lamp at all."""
    effects: tuple[str, ...] = ()
    """What the light can show beside what the speaker does."""
    temperature: bool = False
    """Whether it knows how warm it is."""
    updates: bool = False
    """Whether there is a server of new versions."""

    def including(self, settings: Settings) -> "Features":
        """With the language and the voice that are set: Home Assistant refuses other states."""
        voices, languages = self.voices, self.languages
        if settings.voice and settings.voice not in voices:
            voices = (*voices, settings.voice)
        if languages and settings.language not in languages:
            languages = (*languages, settings.language)
        return replace(self, voices=voices, languages=languages)


def requested(
    command: commands.Command, features: Features, light: e.LightChanged, seconds: float
) -> e.Event:
    """The event that a command asks for.

    `light` is how the ring shines now, `seconds` the audio captured so far. Raises CommandInvalid
    for what the speaker does not offer, and UpdateMissing.
    """
    match command:
        case commands.SetMute(muted=muted):
            return e.MuteChanged(muted=muted)
        case commands.SetLevel(level=commands.Level.VOLUME, value=value):
            return e.VolumeChanged(volume=value)
        case commands.SetLevel(level=level, value=value):
            return e.SettingChanged(name=level.value, value=value)
        case commands.SetFollowUp(on=on):
            return e.SettingChanged(name="follow_up", value=on)
        case commands.SetBargeIn(mode=mode):
            return e.SettingChanged(name="barge_in", value=mode.value)
        case commands.SetLanguage(language=language):
            _offered(language, features.languages, "language/set")
            return e.SettingChanged(name="language", value=language)
        case commands.SetVoice(voice=voice):
            _offered(voice, (DEFAULT_VOICE, *features.voices), "voice/set")
            return e.SettingChanged(name="voice", value="" if voice == DEFAULT_VOICE else voice)
        case commands.SetKeywords(boosts=boosts):
            return e.KeywordsGiven(boosts=boosts)
        case commands.SetLight():
            return _light(command, features, light)
        case commands.Ask(text=text, language=language):
            return e.UtteranceGiven(text=text, language=language)
        case commands.Say() | commands.AskQuestion():
            return _spoken(command, seconds)
        case commands.ChangeTimer():
            return e.TimerRequested(action=command.action.value, fields=_timer_fields(command))
        case commands.InstallUpdate():
            if not features.updates:
                raise UpdateMissing("[updates] url names no server; nothing was installed")
            return e.UpdateRequested()
        case _:
            return _pressed(command)


def _pressed(
    command: commands.Listen | commands.Stop | commands.Interrupt | commands.ReportFalseWake
    | commands.Snooze,
) -> e.Event:  # fmt: skip
    match command:
        case commands.Listen():
            return e.ListenRequested()
        case commands.Stop():
            return e.StopRequested(by="mqtt")
        case commands.Interrupt():
            return e.Interrupted(by="mqtt")
        case commands.ReportFalseWake():
            return e.FalseWakeReported(by="mqtt")
        case commands.Snooze():
            return e.SnoozeRequested(by="mqtt")


def _spoken(command: commands.Say | commands.AskQuestion, seconds: float) -> e.Event:
    if isinstance(command, commands.AskQuestion):
        return e.StartConversation(
            text=command.question,
            language=command.language,
            chime=command.preannounce,
            question_id=command.id,
            answers=command.answers,
        )
    expires = command.expires_seconds
    return e.AnnouncementDue(
        text=command.message,
        priority=command.priority,
        language=command.language,
        chime=command.preannounce,
        expires_at=None if expires is None else seconds + expires,
    )


def _light(command: commands.SetLight, features: Features, now: e.LightChanged) -> e.LightChanged:
    if not features.lights:
        raise CommandInvalid("light/set: this speaker has no lights; nothing was changed")
    effect = now.effect
    if command.effect is not None:
        _offered(command.effect, (NO_EFFECT, *features.effects), "light/set: effect")
        effect = "" if command.effect == NO_EFFECT else command.effect
    return e.LightChanged(
        on=now.on if command.on is None else command.on,
        brightness=now.brightness if command.brightness is None else command.brightness,
        color=command.color or now.color,
        effect=effect,
    )


def _timer_fields(command: commands.ChangeTimer) -> dict[str, str | float]:
    given: dict[str, str | float | None] = {
        "id": command.id, "name": command.name, "seconds": command.seconds,
        "kind": command.kind, "at": command.at, "repeat": command.repeat,
    }  # fmt: skip
    return {key: value for key, value in given.items() if value is not None and value != ""}


def _offered(value: str, offered: tuple[str, ...], what: str) -> None:
    if value not in offered:
        raise CommandInvalid(
            f"{what}: {value!r} is not offered; one of: {', '.join(offered) or 'none'}"
        )
