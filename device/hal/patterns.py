"""What each picture looks like on any number of lights. Pure: seconds in, colors out.

The looks are those of Home Assistant's Voice Preview Edition: a slow turn while the speaker waits
for a command, a fast one while it hears it, two opposite lights that pulse while it thinks, a turn
the other way while it replies, red where something is wrong. A light that stands alone cannot turn
and blinks in a code of its own instead. Nothing flashes more than three times a second.
"""

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Color = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""
Pixels = tuple[Color, ...]
"""One color a light, clockwise from the top."""


class Picture(StrEnum):
    """What is shown; the names are those that lights of this kind use elsewhere."""

    BOOTING = "booting"
    TOUCHED = "touched"
    VOLUME = "volume"
    TIMER_RINGING = "timer_ringing"
    WAITING_FOR_COMMAND = "waiting_for_command"
    LISTENING_FOR_COMMAND = "listening_for_command"
    THINKING = "thinking"
    REPLYING = "replying"
    ERROR = "error"
    NOT_READY = "not_ready"
    TIMER_TICKING = "timer_ticking"
    NO_CONNECTION = "no_connection"
    MUTED = "muted"
    IDLE = "idle"


EFFECTS: Final = ("Solid", "Breathe", "Rainbow")
"""What people can choose to see while the speaker does nothing."""


@dataclass(frozen=True, slots=True)
class Look:
    """How people want the ring to shine."""

    on: bool = True
    """Off: dark, but for what tells that the microphone is in use or that something leaves."""
    brightness: float = 1.0
    """0 to 1."""
    color: Color = (24, 187, 242)
    """Of everything that is no warning."""
    effect: str = ""
    """One of EFFECTS, shown while the speaker does nothing; anything else: dark then."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the lights show at one time."""

    picture: Picture = Picture.IDLE
    share: float = 0.0
    """How far a scale is filled, 0 to 1: the volume, what is left of a timer."""
    cloud: bool = False
    """Sound or text leaves the speaker; shown over every picture."""
    look: Look = Look()


Brightness = Callable[[float], float]
"""Of seconds since it began: 0 to 1."""
Pattern = Callable[[float, int, float], tuple[float, ...]]
"""Of seconds since it began, lights and share: 0 to 1 for each light."""

HEARING: Final = frozenset({Picture.WAITING_FOR_COMMAND, Picture.LISTENING_FOR_COMMAND})
"""Pictures that say: the microphone is in use. They shine whatever people set."""

_RED: Final[Color] = (255, 0, 0)
_BLUE: Final[Color] = (0, 60, 255)
_AMBER: Final[Color] = (255, 120, 0)
_DARK: Final[Color] = (0, 0, 0)
_WARNINGS: Final = frozenset(
    {Picture.ERROR, Picture.NOT_READY, Picture.NO_CONNECTION, Picture.MUTED}
)
_STILL: Final = frozenset({Picture.TOUCHED, Picture.VOLUME, Picture.TIMER_TICKING, Picture.MUTED})
_BLINKS_ALONE: Final = frozenset({Picture.MUTED, Picture.TIMER_TICKING})
_MOVING_EFFECTS: Final = frozenset({"Breathe", "Rainbow"})
_LEAST_BRIGHTNESS: Final = 0.1
"""Of what must be seen, however dark people want the rest."""
_TAIL: Final = 0.4
"""Length of what turns, as a share of the ring."""
_GOLDEN: Final = 0.618034
"""Spreads the phases of twinkling lights so that no two are alike."""


def render(scene: Scene, seconds: float, count: int) -> Pixels:
    """Draw a scene `seconds` after it began on `count` lights, 1 or more."""
    dim = _dimmer(scene)
    if scene.picture is Picture.IDLE and scene.look.effect == "Rainbow":
        hues = (_hue(place / count + seconds / 10) for place in range(count))
        pixels = tuple(_scaled(hue, dim) for hue in hues)
    else:
        color, levels = _color(scene), _shape(scene, count)(seconds, count, scene.share)
        pixels = tuple(_scaled(color, level * dim) for level in levels)
    return _with_cloud(pixels, seconds, scene.look) if scene.cloud else pixels


def moves(scene: Scene, count: int) -> bool:
    """Whether a scene looks different from one moment to the next."""
    if count == 1 and (scene.cloud or scene.picture in _BLINKS_ALONE):
        return True
    if scene.picture is Picture.IDLE:
        return scene.look.effect in _MOVING_EFFECTS
    return scene.picture not in _STILL


def _dimmer(scene: Scene) -> float:
    wanted = scene.look.brightness if scene.look.on else 0.0
    return max(wanted, _LEAST_BRIGHTNESS) if scene.picture in HEARING else wanted


def _color(scene: Scene) -> Color:
    if scene.picture in _WARNINGS:
        return _RED
    return _BLUE if scene.picture is Picture.BOOTING else _full(scene.look.color)


def _full(color: Color) -> Color:
    """The same hue at full light: brightness is set apart, and black would hide everything."""
    peak = max(color)
    return _scaled(color, 255 / peak) if peak else (255, 255, 255)


def _scaled(color: Color, level: float) -> Color:
    red, green, blue = (min(255, round(part * level)) for part in color)
    return red, green, blue


def _hue(turns: float) -> Color:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(turns % 1.0, 1.0, 1.0))
    return red, green, blue


def _with_cloud(pixels: Pixels, seconds: float, look: Look) -> Pixels:
    """Amber on the last light; a light that stands alone blinks it, with a dark moment after."""
    amber = _scaled(_AMBER, max(look.brightness if look.on else 0.0, _LEAST_BRIGHTNESS))
    if len(pixels) > 1:
        return (*pixels[:-1], amber)
    moment = seconds % 1.0
    return (amber if moment < 0.2 else _DARK if moment < 0.4 else pixels[0],)


def _shape(scene: Scene, count: int) -> Pattern:
    if scene.picture is Picture.IDLE:
        return _IDLE.get(scene.look.effect, _dark)
    return (_RING if count > 1 else _LONE)[scene.picture]


def _all(level: Brightness) -> Pattern:
    return lambda seconds, count, share: (level(seconds),) * count


def _wave(hertz: float, least: float = 0.0) -> Brightness:
    return lambda seconds: least + (1 - least) * (1 - math.cos(math.tau * hertz * seconds)) / 2


def _blink(period_seconds: float, on_seconds: float) -> Brightness:
    return lambda seconds: 1.0 if seconds % period_seconds < on_seconds else 0.0


def _dark(seconds: float, count: int, share: float) -> tuple[float, ...]:
    return (0.0,) * count


def _turn(hertz: float) -> Pattern:
    """One head with a fading tail behind it; a negative frequency turns anticlockwise."""

    def draw(seconds: float, count: int, share: float) -> tuple[float, ...]:
        head, tail = seconds * abs(hertz) % 1.0, max(_TAIL, 1.5 / count)
        behind = ((head - place / count) % 1.0 for place in range(count))
        levels = tuple(max(0.0, 1.0 - distance / tail) for distance in behind)
        return levels if hertz > 0 else levels[::-1]

    return draw


def _twinkle(seconds: float, count: int, share: float) -> tuple[float, ...]:
    phases = ((place * _GOLDEN) % 1.0 for place in range(count))
    return tuple(
        max(0.0, math.sin(math.tau * (seconds * (0.5 + phase / 2) + phase))) for phase in phases
    )


def _opposite(seconds: float, count: int, share: float) -> tuple[float, ...]:
    level = _wave(1.0, least=0.1)(seconds)
    return tuple(level if place in (0, count // 2) else 0.0 for place in range(count))


def _quarters(seconds: float, count: int, share: float) -> tuple[float, ...]:
    lit = (count // 4, 3 * count // 4)
    return tuple(1.0 if place in lit else 0.0 for place in range(count))


def _arc(seconds: float, count: int, share: float) -> tuple[float, ...]:
    return tuple(min(1.0, max(0.0, share * count - place)) for place in range(count))


_RING: Final[dict[Picture, Pattern]] = {
    Picture.BOOTING: _twinkle,
    Picture.TOUCHED: _all(lambda _: 1.0),
    Picture.VOLUME: _arc,
    Picture.TIMER_RINGING: _all(_wave(1.0)),
    Picture.WAITING_FOR_COMMAND: _turn(0.5),
    Picture.LISTENING_FOR_COMMAND: _turn(1.25),
    Picture.THINKING: _opposite,
    Picture.REPLYING: _turn(-0.75),
    Picture.ERROR: _all(_wave(3.0)),
    Picture.NOT_READY: _twinkle,
    Picture.TIMER_TICKING: _arc,
    Picture.NO_CONNECTION: _twinkle,
    Picture.MUTED: _quarters,
}
# Alone, only a light that listens shines fully and steadily.
_LONE: Final[dict[Picture, Pattern]] = {
    Picture.BOOTING: _all(_wave(0.5)),
    Picture.TOUCHED: _all(lambda _: 0.3),
    Picture.VOLUME: lambda seconds, count, share: (share / 2,),
    Picture.TIMER_RINGING: _all(_blink(0.8, 0.4)),
    Picture.WAITING_FOR_COMMAND: _all(_wave(1.0, least=0.4)),
    Picture.LISTENING_FOR_COMMAND: _all(lambda _: 1.0),
    Picture.THINKING: _all(_blink(0.4, 0.2)),
    Picture.REPLYING: _all(_wave(0.75, least=0.2)),
    Picture.ERROR: _all(_wave(3.0)),
    Picture.NOT_READY: _all(_blink(2.0, 0.2)),
    Picture.TIMER_TICKING: _all(_blink(2.0, 0.1)),
    Picture.NO_CONNECTION: _all(_blink(1.0, 0.1)),
    Picture.MUTED: _all(_blink(4.0, 0.1)),
}
_IDLE: Final[dict[str, Pattern]] = {
    "Solid": lambda seconds, count, share: (1.0 if count > 1 else 0.5,) * count,
    "Breathe": _all(_wave(0.2, least=0.1)),
}
