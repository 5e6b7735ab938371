"""How bright or warm something becomes that is to be brighter or warmer. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeGuard

from device.dialog.base import Recognition
from device.types import Domain, Entity, EntityState

RELATIVE: Final = {
    "brighter": Domain.LIGHT, "darker": Domain.LIGHT,
    "warmer": Domain.CLIMATE, "cooler": Domain.CLIMATE,
}  # fmt: skip
"""Kind of thing by what is to be done."""
_BRIGHTNESS_STEP, _DEGREE = 20, 1
_DARKEST: Final = 5
"""Who wants it darker does not want it off."""

StateOf = Callable[[str], EntityState | None]


def brightness(
    do: str, before: Recognition, things: Sequence[Entity], state_of: StateOf
) -> int | None:
    """Percent from now on; None when nobody knows how bright they are."""
    now = _now(before, things, state_of, "brightness", "brightness_pct")
    if now is None:
        return None
    step = _BRIGHTNESS_STEP if do == "brighter" else -_BRIGHTNESS_STEP
    return max(_DARKEST, min(100, round(now) + step))


def temperature(
    do: str, before: Recognition, things: Sequence[Entity], state_of: StateOf
) -> float | None:
    """Degrees from now on; None when nobody knows what they are set to."""
    now = _now(before, things, state_of, "temperature", "temperature")
    if now is None:
        return None
    wanted = now + (_DEGREE if do == "warmer" else -_DEGREE)
    return int(wanted) if wanted.is_integer() else wanted


def _now(
    before: Recognition, things: Sequence[Entity], state_of: StateOf, slot: str, fact: str
) -> float | None:
    """What these things were set to just now, else what the first one reports."""
    told = before.intent.slots.get(slot)
    if [one.id for one in before.targets] == [one.id for one in things] and _is_number(told):
        return float(told)
    state = state_of(things[0].id)
    reported = None if state is None else state.attributes.get(fact)
    return float(reported) if _is_number(reported) else None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
