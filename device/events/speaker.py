"""The speaker itself: its health, its switches, its settings."""

from dataclasses import dataclass, field

from device.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged(Event):
    """A part of the speaker works again, or does not."""

    part: str
    """microphone, speaker, broker, recogniser, voice, lights, buttons."""
    healthy: bool
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChanged(Event):
    """A setting that people change while the speaker runs is another."""

    name: str
    """A field of `device.settings.Settings`."""
    value: str | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordsGiven(Event):
    """These names may be said from now on, in place of those that were given before."""

    boosts: dict[str, float]
    """How much is forgiven for each; 0: it must be heard right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LightChanged(Event):
    """The ring is to shine in another way."""

    on: bool = True
    brightness: float = 1.0
    """0 to 1."""
    color: tuple[int, int, int] = (24, 187, 242)
    """Red, green and blue, 0 to 255."""
    effect: str = ""
    """Name of a pattern; empty: what the speaker does is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonGestured(Event):
    """The button was pressed in some way; a single press is posted as ButtonPressed too."""

    gesture: str
    """single_press, double_press, triple_press or long_press."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseWakeReported(Event):
    """Somebody says that the last wake word was none."""

    by: str = "voice"
    """voice, button or mqtt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudChanged(Event):
    """Sound or text begins to leave the speaker for somebody else's computer, or no more does."""

    active: bool
    to: str = ""
    """Host that receives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged(Event):
    """What is kept of people is being removed; who holds some of it in memory forgets it."""

    before: float | None = None
    """Seconds since 1970: only what is older and of no use then; None: everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeChanged(Event):
    """The speaker knows other things in the home than before."""

    entities: int
    """How many it knows now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckChanged(Event):
    """Whatever else plays in the room should be softer now, or may be loud again."""

    ducked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetMissed(Event):
    """A turn took longer in some stages than they may."""

    stages: dict[str, float]
    """Milliseconds by stage, for the stages that took too long."""
    budgets: dict[str, int] = field(default_factory=dict)
    """Milliseconds that these stages may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradationChanged(Event):
    """The speaker does with less, or has everything again."""

    level: int
    """0: nothing is given up."""
    reason: str
    """budget, temperature, throttled, or recovered."""
    given_up: tuple[str, ...] = ()
    """Names of what is done without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsMeasured(Event):
    """How long turns take, over the last hundred of them."""

    stages: dict[str, dict[str, float]]
    """By stage: count, average, p50 and p95, in milliseconds."""
    whole: dict[str, dict[str, float]] = field(default_factory=dict)
    """The same of all turns there ever were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoMeasured(Event):
    """What is known of the way from the loudspeaker to the microphone, after a reply."""

    delay_ms: float
    """How late our own voice comes after what the loudspeaker says."""
    drift_ppm: float
    """How much faster the playback clock runs than the capture clock."""
    erle_db: float
    """How much weaker it has become, on average over its last seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequested(Event):
    """Somebody wants the newest version to be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateChanged(Event):
    """There is a newer version, or installing it goes on."""

    latest: str
    """The newest version that is known; the one that runs where none is newer."""
    summary: str = ""
    """What is new, for people."""
    url: str = ""
    """A page about it."""
    under_way: bool = False
    percent: int | None = None
    """0 to 100 of what is fetched; None: not known."""
