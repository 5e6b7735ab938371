"""How one language says numbers, units, dates and times of day.

Words come from Unicode's rule-based number formats (CLDR), everything else from speakable.toml.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

_MAX_DIGITS = 15
_KINDS = {
    "m": "-masculine",
    "f": "-feminine",
    "native": "-native-attributive",
    "two": "-alternate2",
}
"""What the rules are called by the gender in the table; Korean counts in its own numbers, and
Chinese counts with another two."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    whole: str
    """Digits before the decimal mark."""
    fraction: str = ""
    """Digits after it."""
    negative: bool = False

    @property
    def is_one(self) -> bool:
        """Whether it takes the singular."""
        return self.whole == "1" and not self.fraction


class Figures:
    """Says figures in one language."""

    def __init__(self, language: str, table: dict[str, Any]) -> None:
        """`table` is the language's part of speakable.toml."""
        from unicode_rbnf import RbnfEngine

        self._numbers = RbnfEngine.for_language(language)
        self._table = table
        self._space: str = table.get("space", " ")
        self._months: list[str] = table["months"].split()
        self.units = tuple(table["units"])
        """Symbols of the units that it can say."""

    def parse(self, text: str) -> Number | None:
        """Read digits with their marks; None for what is no number, such as 1.2.3 or 007."""
        *before, last = re.split("[.,]", text)
        marks = re.findall("[.,]", text)
        group = self._table["group"]
        if set(marks) <= {group} and _are_groups([*before, last]):
            whole, fraction = "".join([*before, last]), ""
        elif set(marks[:-1]) <= {group} and _are_groups(before):
            whole, fraction = "".join(before), last
        else:
            return None
        if len(whole) + len(fraction) > _MAX_DIGITS or (len(whole) > 1 and whole[0] == "0"):
            return None
        return Number(whole, fraction)

    def number(self, number: Number, gender: str = "", with_minus: bool = True) -> str:
        """A number in words; gender m, f, n, native or two where a noun follows."""
        words = self._cardinal(int(number.whole), gender if not number.fraction else "")
        parts = [self._table["minus"]] if number.negative and with_minus else []
        parts.append(words)
        if number.fraction:
            parts += [self._table["decimal"], self._decimals(number.fraction)]
        return self._space.join(parts)

    def bare(self, number: Number) -> str | None:
        """A number without unit; None for a one that must agree with a noun nobody knows here."""
        ends_in_one = number.whole.endswith("1") and not number.fraction
        return None if ends_in_one and self._table.get("one_agrees") else self.number(number)

    def quantity(self, number: Number, unit: str) -> str:
        """A number with its unit."""
        if unit == self._table.get("month_sign") and 1 <= int(number.whole) <= len(self._months):
            return self._months[int(number.whole) - 1]
        gender, forms = self._table["units"][unit].split(" ", 1)
        singular, *plural = forms.split(" | ")
        form = singular if number.is_one or not plural else plural[0]
        return str(form.format(n=self.number(number, gender)))

    def date(self, year: int, month: int, day: int) -> str:
        """A date in words; month 1 to 12."""
        ordinal = self._table.get("ordinal", "")
        first = self._table.get("first") if day == 1 else None
        return str(
            self._table["date"].format(
                day=first or self._cardinal(day),
                ordinal=self._ruled(day, ordinal) if ordinal else "",
                month=self._months[month - 1],
                year=self._year(year),
            )
        )

    def time(self, hour: int, minute: int, half_day: bool = False) -> str:
        """A time of day in words; `half_day` when am or pm follows."""
        forms = self._table["time"]
        half, said_hour = self._half_day(hour)
        words = forms.get("two") if said_hour == 2 else None
        words = words or self._cardinal(said_hour, forms["gender"])
        if not minute and half_day:
            return words
        key = "many" if minute > 9 else "few" if minute else "full"
        if not minute and hour == 1:
            key = "one" if "one" in forms else key
        return half + str(forms[key].format(h=words, m=self._cardinal(minute)))

    def _half_day(self, hour: int) -> tuple[str, int]:
        """Words before the hour, and the hour as it is said: of twelve where people say so."""
        if "halves" not in self._table["time"]:
            return "", hour
        morning, afternoon = self._table["time"]["halves"].split()
        return f"{afternoon if hour >= 12 else morning} ", hour % 12 or 12

    def _year(self, year: int) -> str:
        if self._table.get("years") == "figures":
            return self._space.join(self._cardinal(int(digit)) for digit in str(year))
        return self._ruled(year, "spellout-numbering-year")

    def _decimals(self, digits: str) -> str:
        as_number = self._table["decimals"] == "number" and digits[0] != "0" and len(digits) <= 2
        if as_number:
            return self._cardinal(int(digits))
        return self._space.join(self._cardinal(int(digit)) for digit in digits)

    def _cardinal(self, value: int, gender: str = "") -> str:
        kind = _KINDS.get(gender, "")
        wanted = f"spellout-cardinal{kind}" if gender else "spellout-numbering"
        return self._ruled(value, wanted)

    def _ruled(self, value: int, ruleset: str) -> str:
        from unicode_rbnf import FormatPurpose

        if self._table.get("digits"):
            return str(value)
        purpose = FormatPurpose.from_ruleset_name(ruleset)
        found = self._numbers.format_number(value, purpose)
        return found.text_by_ruleset.get(ruleset, found.text).replace("\u00ad", "")


def _are_groups(parts: list[str]) -> bool:
    """Whether digits are parted as thousands are."""
    first, *rest = parts or [""]
    return not rest or (len(first) <= 3 and first != "0" and {len(part) for part in rest} == {3})


@lru_cache
def figures_of(language: str) -> Figures | None:
    """The figures of a language such as de or pt-BR; None where the voice is left to itself."""
    primary = language.lower().replace("_", "-").split("-")[0]
    text = resources.files("device.dialog").joinpath("speakable.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text).get(primary)
    return None if table is None else Figures(primary, table)
