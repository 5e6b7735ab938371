"""What the speaker does by itself: time, date, volume, stop, repeat, help, never mind."""

from collections.abc import Callable, Mapping
from datetime import datetime

from device.dialog.base import Answer, DialogContext, Recognition, RequestKind, SpeakerRequest
from device.dialog.intents import AGENDA_INTENTS, PROFILE_INTENTS, TIMER_INTENTS
from device.dialog.replies import Replies
from device.errors import StorageError

VOLUME_STEP_PERCENT = 10

Skill = Callable[[Recognition, Replies, DialogContext, datetime], Answer]


def _time(said: Recognition, replies: Replies, _context: DialogContext, now: datetime) -> Answer:
    return answer(said, replies.reply(said, slots={"time": now.time()}))


def _date(said: Recognition, replies: Replies, _context: DialogContext, now: datetime) -> Answer:
    return answer(said, replies.reply(said, slots={"date": now.date()}))


def _never_mind(
    said: Recognition, _replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    return answer(said, "")


def _stop(said: Recognition, _replies: Replies, _context: DialogContext, _now: datetime) -> Answer:
    return answer(said, "", SpeakerRequest(RequestKind.STOP))


def _repeat(said: Recognition, replies: Replies, context: DialogContext, _now: datetime) -> Answer:
    return answer(said, context.last_reply or replies.phrase("repeat_nothing"))


def _help(said: Recognition, replies: Replies, _context: DialogContext, _now: datetime) -> Answer:
    return answer(said, replies.phrase("help"))


def _mute_microphone(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    request = SpeakerRequest(RequestKind.MUTE_MICROPHONE)
    return answer(said, replies.phrase("microphone_muted"), request)


def _snooze(
    said: Recognition, _replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    return answer(said, "", SpeakerRequest(RequestKind.SNOOZE))


def _false_wake(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    request = SpeakerRequest(RequestKind.FALSE_WAKE)
    return answer(said, replies.phrase("false_wake_noted"), request)


def _online(said: Recognition, replies: Replies, _context: DialogContext, _now: datetime) -> Answer:
    return answer(said, replies.phrase("online_alone"))


def _farewell(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    return answer(said, replies.phrase("farewell"))


def _set_volume(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    percent = max(0, min(100, int(said.intent.slots["volume_level"])))
    return answer(said, replies.reply(said), SpeakerRequest(RequestKind.SET_VOLUME, percent))


def _change_volume(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    step = said.intent.slots.get("volume_step")
    words = {"up": VOLUME_STEP_PERCENT, "down": -VOLUME_STEP_PERCENT}
    percent = words.get(step) if isinstance(step, str) else None
    if percent is None:
        percent = int(step) if isinstance(step, (int, float)) else 0
    return answer(said, replies.reply(said), SpeakerRequest(RequestKind.CHANGE_VOLUME, percent))


def _mute(said: Recognition, replies: Replies, _context: DialogContext, _now: datetime) -> Answer:
    return answer(said, replies.reply(said), SpeakerRequest(RequestKind.MUTE))


def _unmute(said: Recognition, replies: Replies, _context: DialogContext, _now: datetime) -> Answer:
    return answer(said, replies.reply(said), SpeakerRequest(RequestKind.UNMUTE))


def _no_timers(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    return answer(said, replies.error("no_timer_support"))


def _unknown(
    said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
) -> Answer:
    return answer(said, replies.phrase("unknown"))


def answer(said: Recognition, text: str, *requests: SpeakerRequest) -> Answer:
    """What a skill makes of a sentence: words to say, and what the speaker does with itself."""
    return Answer(text, said.language, said.intent, requests=requests)


def kept(text: str, replies: Replies, error: StorageError | None) -> str:
    """The text, with a warning when an error lets what was changed not survive a power cut."""
    return f"{text} {replies.phrase('kept_briefly')}" if error else text


SKILLS: Mapping[str, Skill] = {
    "HassGetCurrentTime": _time,
    "HassGetCurrentDate": _date,
    "HassNevermind": _never_mind,
    "ParlorStop": _stop,
    "ParlorRepeat": _repeat,
    "ParlorHelp": _help,
    "ParlorMuteMicrophone": _mute_microphone,
    "ParlorYes": _never_mind,
    "ParlorNo": _never_mind,
    "ParlorSnooze": _snooze,
    "ParlorFalseWake": _false_wake,
    "ParlorOnline": _online,
    "ParlorCall": _unknown,
    "ParlorFarewell": _farewell,
    "HassSetVolume": _set_volume,
    "HassSetVolumeRelative": _change_volume,
    "HassMediaPlayerMute": _mute,
    "HassMediaPlayerUnmute": _unmute,
    **dict.fromkeys((*TIMER_INTENTS, *AGENDA_INTENTS), _no_timers),
    **dict.fromkeys(PROFILE_INTENTS, _unknown),
}
"""Skill by intent."""
