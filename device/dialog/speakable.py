"""A reply made speakable: words instead of markup, figures, units and dates.

Ten languages have tables (speakable.toml); elsewhere the voice reads figures by its own rules.
"""

import re
from datetime import date
from functools import lru_cache

from device.dialog.figures import Figures, Number, figures_of
from device.dialog.markup import strip_markup

_BEFORE, _AFTER = r"(?<![A-Za-z0-9_À-ɏ.,:/#-])", r"(?![A-Za-z0-9_À-ɏ]|[.,:/-]\d)"
_DATE = re.compile(rf"{_BEFORE}([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}}){_AFTER}")
_TIME = re.compile(
    rf"{_BEFORE}([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?(?=( ?[ap]\.?m\b)?){_AFTER}", re.I
)
_THIN_SPACE = re.compile(r"(?<=\d)[\u202f\u00a0](?=\d{3})")
_DIGITS = r"[0-9]{1,15}(?:[.,][0-9]{1,15}){0,6}"


def speakable(text: str, language: str = "en") -> str:
    """What a voice should say for `text`; empty when there is nothing to say."""
    words = strip_markup(_THIN_SPACE.sub("", text))
    figures = figures_of(language)
    if figures is None or not any(letter.isdigit() for letter in words):
        return words
    words = _DATE.sub(lambda found: _date(figures, found), words)
    words = _TIME.sub(lambda found: _time(figures, found), words)
    return _quantity_pattern(figures.units).sub(lambda found: _quantity(figures, found), words)


@lru_cache
def _quantity_pattern(units: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(units, key=len, reverse=True)
    unit = "|".join(map(re.escape, longest_first))
    return re.compile(
        rf"{_BEFORE}(?P<minus>[-−])?(?P<before>[€$£¥])?(?P<number>{_DIGITS})"
        rf"(?: ?(?P<unit>{unit}))?{_AFTER}"
    )


def _date(figures: Figures, found: re.Match[str]) -> str:
    year, month, day = map(int, found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return found[0]
    return figures.date(year, month, day)


def _time(figures: Figures, found: re.Match[str]) -> str:
    return figures.time(int(found[1]), int(found[2]), half_day=found[3] is not None)


def _quantity(figures: Figures, found: re.Match[str]) -> str:
    parsed = figures.parse(found["number"])
    unit = found["unit"] or found["before"]
    if (
        parsed is None
        or (unit and unit not in figures.units)
        or (found["before"] and found["unit"])
    ):
        return found[0]
    number = Number(parsed.whole, parsed.fraction, negative=found["minus"] is not None)
    if unit:
        return figures.quantity(number, unit)
    return figures.bare(number) or found[0]
