"""The intents that Parlor carries out, and what kind of thing each is about."""

from device.types import Domain

HOME_INTENTS: dict[str, frozenset[Domain]] = {
    "HassTurnOn": frozenset(),
    "HassTurnOff": frozenset(),
    "HassLightSet": frozenset({Domain.LIGHT}),
    "HassSetPosition": frozenset({Domain.COVER}),
    "HassFanSetSpeed": frozenset({Domain.FAN}),
    "HassClimateSetTemperature": frozenset({Domain.CLIMATE}),
    "HassMediaPause": frozenset({Domain.MEDIA_PLAYER}),
    "HassMediaUnpause": frozenset({Domain.MEDIA_PLAYER}),
    "HassMediaNext": frozenset({Domain.MEDIA_PLAYER}),
    "HassMediaPrevious": frozenset({Domain.MEDIA_PLAYER}),
    "HassVacuumStart": frozenset({Domain.VACUUM}),
    "HassVacuumReturnToBase": frozenset({Domain.VACUUM}),
}
"""Commands; the domains are what a sentence without a name or a domain is about."""

QUERY_INTENTS: dict[str, frozenset[Domain]] = {
    "HassGetState": frozenset(),
    "HassClimateGetTemperature": frozenset({Domain.CLIMATE}),
    "HassGetWeather": frozenset({Domain.WEATHER}),
}
"""Questions about the home."""

SPEAKER_INTENTS: dict[str, frozenset[Domain]] = {
    "HassSetVolume": frozenset({Domain.MEDIA_PLAYER}),
    "HassSetVolumeRelative": frozenset({Domain.MEDIA_PLAYER}),
    "HassMediaPlayerMute": frozenset({Domain.MEDIA_PLAYER}),
    "HassMediaPlayerUnmute": frozenset({Domain.MEDIA_PLAYER}),
}
"""About this speaker when no other player is named."""

SKILL_INTENTS: dict[str, frozenset[Domain]] = dict.fromkeys(
    (
        "HassGetCurrentTime",
        "HassGetCurrentDate",
        "HassNevermind",
        "ParlorStop",
        "ParlorRepeat",
        "ParlorHelp",
        "ParlorMuteMicrophone",
        "ParlorYes",
        "ParlorNo",
        "ParlorSnooze",
        "ParlorFalseWake",
        "ParlorOnline",
        "ParlorCall",
        "ParlorFarewell",
    ),
    frozenset(),
)
"""Answered by the speaker alone."""

TIMER_INTENTS: dict[str, frozenset[Domain]] = dict.fromkeys(
    (
        "HassStartTimer",
        "HassCancelTimer",
        "HassCancelAllTimers",
        "HassIncreaseTimer",
        "HassDecreaseTimer",
        "HassPauseTimer",
        "HassUnpauseTimer",
        "HassTimerStatus",
    ),
    frozenset(),
)
"""Timers: declined where the agent was given no book to keep them in."""

AGENDA_INTENTS: dict[str, frozenset[Domain]] = dict.fromkeys(
    (
        "ParlorSetAlarm",
        "ParlorCancelAlarm",
        "ParlorListAlarms",
        "ParlorSetReminder",
        "ParlorCancelReminder",
        "ParlorListReminders",
        "HassShoppingListAddItem",
        "HassShoppingListCompleteItem",
        "ParlorAddItem",
        "ParlorRemoveItem",
        "ParlorReadList",
        "ParlorClearList",
    ),
    frozenset(),
)
"""Alarms, reminders and lists: declined likewise."""

IT, ELSEWHERE, AGAIN = "ParlorIt", "ParlorElsewhere", "ParlorAgain"
REFERENCES: dict[str, frozenset[Domain]] = dict.fromkeys((IT, ELSEWHERE, AGAIN), frozenset())
"""Sentences that mean something only after others: "turn it off", "and in the kitchen", "again"."""

PROFILE_INTENTS: dict[str, frozenset[Domain]] = dict.fromkeys(
    ("ParlorRemember", "ParlorForget", "ParlorForgetAll", "ParlorKnown"), frozenset()
)
"""What people want to be remembered: declined where the agent was given no profile to keep it."""

TELEPHONE_INTENTS: frozenset[str] = frozenset({"ParlorCall", "ParlorFarewell"})
"""What only those say who have a telephone; whatever can be heard can be misheard."""

FREE_TEXT_INTENTS: frozenset[str] = frozenset({*TIMER_INTENTS, *AGENDA_INTENTS, *PROFILE_INTENTS})
"""Intents whose sentences may hold any words, because they move nothing in the home."""

OPEN_ENDED_INTENTS: frozenset[str] = frozenset({"ParlorSetReminder", "ParlorRemember"})
"""Intents whose sentences are whole before they are finished: "remind me at ten ... to call"."""

SUPPORTED: dict[str, frozenset[Domain]] = {
    **HOME_INTENTS,
    **QUERY_INTENTS,
    **SPEAKER_INTENTS,
    **SKILL_INTENTS,
    **TIMER_INTENTS,
    **AGENDA_INTENTS,
    **REFERENCES,
    **PROFILE_INTENTS,
}
"""Everything that is kept of a language's templates."""
