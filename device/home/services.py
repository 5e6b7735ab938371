"""What can be asked of a device, and the values that payload templates may name."""

import re
from collections.abc import Mapping
from colorsys import rgb_to_hsv
from typing import Any

from device.errors import HomeError

HOME_ASSISTANT_NAMES = {
    "set_brightness": "turn_on",
    "set_color": "turn_on",
    "set_color_temperature": "turn_on",
}
"""Home Assistant's service name where it is not the key itself."""
SERVICES = frozenset(
    {
        *("turn_on", "turn_off", "set_brightness", "set_color", "set_color_temperature"),
        *("open_cover", "close_cover", "stop_cover", "set_cover_position"),
        *("lock", "unlock", "set_percentage", "set_temperature", "press"),
        *("media_play", "media_pause", "media_next_track", "media_previous_track"),
        *("volume_set", "volume_up", "volume_down", "volume_mute", "volume_unmute"),
        *("start", "return_to_base"),
    }
)
"""Every service key."""
VALUES = frozenset(
    {
        *("color", "hex", "red", "green", "blue", "hue", "saturation", "x", "y"),
        *("kelvin", "mired"),
        *("brightness", "position", "percentage", "speed", "mode", "temperature", "volume"),
    }
)
"""Every name that may stand in braces in a payload template; see `is_value` for more."""
_PERCENTAGES = frozenset({"brightness", "percentage", "position", "volume"})

_PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")
_COLORS = {
    "white": "FFFFFF", "black": "000000", "red": "FF0000", "orange": "FFA500",
    "yellow": "FFFF00", "green": "008000", "blue": "0000FF", "purple": "800080",
    "brown": "A52A2A", "pink": "FFC0CB", "turquoise": "40E0D0", "gray": "808080",
    "crimson": "DC143C", "goldenrod": "DAA520", "skyblue": "87CEEB", "gold": "FFD700",
    "cyan": "00FFFF", "lime": "00FF00", "magenta": "FF00FF", "beige": "F5F5DC",
    "coral": "FF7F50", "lavender": "E6E6FA",
}  # fmt: skip
"""CSS Color Module Level 4, the names that the sentence templates know."""
_MIRED_LIMITS = (153, 500)


def placeholders(template: str) -> frozenset[str]:
    """Names in braces; JSON's own braces are none."""
    return frozenset(_PLACEHOLDER.findall(template))


def literal_start(template: str) -> str:
    """What every payload made from a template begins with."""
    return _PLACEHOLDER.split(template)[0]


def is_value(name: str) -> bool:
    """Whether a name may stand in braces: one of VALUES, or one with a scale as in volume_30."""
    base, _, scale = name.rpartition("_")
    return name in VALUES or (base in _PERCENTAGES and scale.isdecimal())


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put values into a payload template; {brightness_254} is the brightness from 0 to 254."""
    return _PLACEHOLDER.sub(lambda match: str(_value(match[1], values, match[0])), template)


def _value(name: str, values: Mapping[str, Any], otherwise: str) -> Any:
    base, _, scale = name.rpartition("_")
    if name not in values and base in values and is_value(name):
        share = values[base] / 100
        return max(1, round(share * int(scale))) if share > 0 else 0
    return values.get(name, otherwise)


def brightness_values(percent: float) -> dict[str, Any]:
    """Brightness 0 to 100."""
    return {"brightness": round(max(0.0, min(100.0, percent)))}


def color_values(name: str) -> dict[str, Any]:
    """A colour by its English name; raises HomeError for one nobody knows."""
    code = _COLORS.get(name.replace(" ", "").lower())
    if code is None:
        raise HomeError(f"no colour is called {name!r}; known: {', '.join(sorted(_COLORS))}")
    red, green, blue = (int(code[start : start + 2], 16) for start in (0, 2, 4))
    hue, saturation, _ = rgb_to_hsv(red / 255, green / 255, blue / 255)
    x, y = _chromaticity(red / 255, green / 255, blue / 255)
    return {
        "color": name, "hex": code, "red": red, "green": green, "blue": blue,
        "hue": round(hue * 360), "saturation": round(saturation * 100), "x": x, "y": y,
    }  # fmt: skip


def _chromaticity(*channels: float) -> tuple[float, float]:
    """CIE 1931 x and y of an sRGB colour; those of white for black."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in channels
    )
    x = 0.4124 * red + 0.3576 * green + 0.1805 * blue
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    total = x + y + 0.0193 * red + 0.1192 * green + 0.9505 * blue
    return (round(x / total, 4), round(y / total, 4)) if total else (0.3127, 0.329)


def temperature_color_values(kelvin: float) -> dict[str, Any]:
    """Colour temperature in kelvin and in mired, which lamps count in."""
    low, high = _MIRED_LIMITS
    return {"kelvin": round(kelvin), "mired": max(low, min(high, round(1_000_000 / kelvin)))}


def percentage_values(percent: float) -> dict[str, Any]:
    """Fan speed 0 to 100, in three steps too."""
    bounded = max(0, min(100, round(percent)))
    step = 0 if bounded == 0 else 1 if bounded <= 33 else 2 if bounded <= 66 else 3
    return {
        "percentage": bounded,
        "speed": step,
        "mode": ("off", "low", "medium", "high")[step],
    }
