"""Which picture the lights show: a fold of everything told. Pure: time is handed in.

The first that fits wins, in the order of Home Assistant's Voice Preview Edition:

    booting > touched > volume > timer ringing > waiting > listening > thinking > replying
    > error > not ready > timer ticking > no connection > muted or silent > idle

Two things differ. This speaker works without a broker, so a lost one hides nothing that somebody
waits for, and is shown for ten seconds only. And the lights that say "I hear you" are lit only
while samples are really captured: with a deaf or muted microphone they show not ready instead.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from device import events as e
from device.hal.patterns import Look, Picture, Scene

ERROR_SECONDS: Final = 1.0
VOLUME_SECONDS: Final = 2.0
TOUCHED_SECONDS: Final = 0.3
NO_CONNECTION_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Countdown:
    """The timer that ends first."""

    total_seconds: float = 0.0
    ends: float = 0.0
    """Seconds of the clock that is handed in; none runs when this is over."""

    def share(self, now: float) -> float:
        """What is left, 0 to 1."""
        left = self.ends - now
        return min(1.0, left / self.total_seconds) if self.total_seconds > 0 and left > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """What is known about the speaker."""

    volume: float
    """0 to 1."""
    look: Look = field(default_factory=Look)
    ready: bool = False
    state: e.TurnState = e.TurnState.IDLE
    heard: bool = False
    """Somebody has begun to speak to the listening speaker."""
    ringing: bool = False
    deaf: bool = False
    """The microphone does not work."""
    muted: bool = False
    locked: bool = False
    """Muted by the switch on the device; software cannot change that."""
    cloud: bool = False
    countdown: Countdown = Countdown()
    until: dict[Picture, float] = field(default_factory=dict)
    """When pictures end that are shown for a while."""

    def fold(self, event: e.Event, now: float) -> "Status":
        """Take one more event; `now` is seconds of any clock that only goes forward."""
        match event:
            case e.Ready():
                return replace(self, ready=True)
            case e.StateChanged(new=state):
                ringing = self.ringing and state is not e.TurnState.IDLE
                return replace(self, state=state, heard=False, ringing=ringing)
            case e.SpeechStarted():
                return replace(self, heard=True)
            case e.TimerFinished():
                return replace(self, ringing=True)
            case e.RingingEnded():
                return replace(self, ringing=False)
            case e.TimersChanged(timers=timers):
                return replace(self, countdown=_countdown(timers, now))
            case e.MuteChanged():
                return self._mute(event)
            case e.VolumeChanged(volume=volume):
                held = self._hold(Picture.VOLUME, now + VOLUME_SECONDS)
                return replace(held, volume=volume)
            case e.ButtonGestured():
                return self._hold(Picture.TOUCHED, now + TOUCHED_SECONDS)
            case e.StageFailed(turn_id=turn_id) if turn_id >= 0:
                return self._hold(Picture.ERROR, now + ERROR_SECONDS)
            case e.HealthChanged(part="microphone", healthy=healthy):
                return replace(self, deaf=not healthy)
            case e.HealthChanged(part="broker", healthy=healthy):
                shown = 0.0 if healthy else now + NO_CONNECTION_SECONDS
                return self._hold(Picture.NO_CONNECTION, shown)
            case e.CloudChanged(active=active):
                return replace(self, cloud=active)
            case e.LightChanged(on=on, brightness=brightness, color=color, effect=effect):
                return replace(self, look=Look(on, brightness, color, effect))
        return self

    def scene(self, now: float, capturing: bool) -> Scene:
        """What to show; `capturing` says whether samples have just come from the microphone."""
        picture = self._picture(now, capturing and not self.muted)
        share = self.volume if picture is Picture.VOLUME else self.countdown.share(now)
        scaled = picture in (Picture.VOLUME, Picture.TIMER_TICKING)
        return Scene(picture, share if scaled else 0.0, self.cloud, self.look)

    def _mute(self, event: e.MuteChanged) -> "Status":
        locked = event.muted if event.by_switch else self.locked
        return replace(self, locked=locked, muted=event.muted or locked)

    def _hold(self, picture: Picture, end: float) -> "Status":
        return replace(self, until={**self.until, picture: end})

    def _picture(self, now: float, capturing: bool) -> Picture:
        def held(picture: Picture) -> bool:
            return self.until.get(picture, 0.0) > now

        turn = self._turn_picture(capturing)
        order = (
            (not self.ready, Picture.BOOTING),
            (held(Picture.TOUCHED), Picture.TOUCHED),
            (held(Picture.VOLUME), Picture.VOLUME),
            (self.ringing, Picture.TIMER_RINGING),
            (turn is not Picture.IDLE, turn),
            (held(Picture.ERROR), Picture.ERROR),
            (self.deaf, Picture.NOT_READY),
            (self.countdown.ends > now, Picture.TIMER_TICKING),
            (held(Picture.NO_CONNECTION), Picture.NO_CONNECTION),
            (self.muted or self.volume == 0.0, Picture.MUTED),
        )
        return next((picture for fits, picture in order if fits), Picture.IDLE)

    def _turn_picture(self, capturing: bool) -> Picture:
        match self.state:
            case e.TurnState.LISTENING if not capturing:
                return Picture.NOT_READY
            case e.TurnState.LISTENING:
                return Picture.LISTENING_FOR_COMMAND if self.heard else Picture.WAITING_FOR_COMMAND
            case e.TurnState.PROCESSING:
                return Picture.THINKING
            case e.TurnState.RESPONDING:
                return Picture.REPLYING
            case e.TurnState.IDLE:
                return Picture.IDLE


def _countdown(timers: tuple[dict[str, Any], ...], now: float) -> Countdown:
    """The first timer that runs; alarms and reminders are no countdown."""
    running = [
        Countdown(float(timer["total_seconds"]), now + float(timer["seconds_left"]))
        for timer in timers
        if timer.get("kind") == "timer" and timer.get("is_active") and timer.get("seconds_left")
    ]
    return min(running, key=lambda one: one.ends, default=Countdown())
