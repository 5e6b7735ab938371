"""Japanese for a voice that reads kana alone: espeak-ng calls every other sign "Chinese letter".

What speakers and homes say is in kana.toml; other words in Chinese characters are left out.
"""

import re
import tomllib
from functools import cache
from importlib import resources

_CHARACTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々]")
_COUNTED = re.compile(r"([0-9]+)(時間|時|分|月|日)")
_HOURS = {"0": "れい", "4": "よ", "7": "しち", "9": "く"}
"""Hours of the clock that are not said like the number."""
_COUNTERS = {"時間": "じかん", "時": "じ", "月": "がつ", "日": "にち"}
_HARD_MINUTES = "013468"
"""After these digits a minute is pun, after others fun."""


def in_kana(text: str, unknown: str = "") -> str:
    """The text as it is read; `unknown` stands for characters that have no reading here."""
    if not _CHARACTER.search(text):
        return text
    counted = _COUNTED.sub(_count, text)
    readings = _readings()
    known = _known().sub(lambda found: readings[found[0]], counted)
    return _CHARACTER.sub(unknown, known)


def _count(found: re.Match[str]) -> str:
    number, counter = found.groups()
    if counter == "分":
        return f"{number} {'ぷん' if number[-1] in _HARD_MINUTES else 'ふん'} "
    said = _HOURS.get(number, f"{number} ") if counter == "時" else f"{number} "
    return f"{said}{_COUNTERS[counter]} "


@cache
def _readings() -> dict[str, str]:
    file = resources.files("device.pipeline.tts") / "kana.toml"
    found: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))["readings"]
    return found


@cache
def _known() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_readings(), key=len, reverse=True))))
