"""What a language brings along: sentence templates, replies, fixed phrases."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from device.dialog.fast import Pleasantry, read_pleasantries
from device.dialog.writing import closed_up_templates
from device.errors import ConfigError, EngineMissing

FALLBACK = "en"
_PREFERRED_REGION = {"zh": "zh-CN", "sr": "sr", "no": "nb", "iw": "he"}

_OWN_FOLDERS = ("phrases", "agenda", "references", "personal", "calling")
_WAYS_IN = ("garage",)
"""Where a language has no words of its own: this one many languages share."""

_RULE = re.compile(r"<(\w+)>")
_LIST = re.compile(r"\{(\w+)")


@dataclass(frozen=True, slots=True)
class LanguageData:
    """Everything that is data in one language."""

    language: str
    """Code of the data set, e.g. en, pt-BR, zh-CN."""
    intents: dict[str, Any]
    """hassil's form: language, intents, lists, expansion_rules, skip_words, settings."""
    replies: dict[str, dict[str, str]] = field(default_factory=dict)
    """Jinja template by intent name and response key."""
    errors: dict[str, str] = field(default_factory=dict)
    """Jinja template by error key, e.g. no_intent."""
    phrases: dict[str, str] = field(default_factory=dict)
    """Parlor's own fixed phrases by key."""
    ways_in: tuple[str, ...] = ()
    """Parts of names, in small letters, of things through which people come in: garage."""
    backchannels: tuple[str, ...] = ()
    """What people say over somebody's words to show that they listen: mm-hm."""
    pleasantries: dict[str, Pleasantry] = field(default_factory=dict)
    """Greetings, thanks and farewells, by what is said."""

    @property
    def is_spaceless(self) -> bool:
        """Whether it is all the same where a sentence has spaces."""
        return bool(self.intents["settings"].get("ignore_whitespace"))


def known_languages() -> tuple[str, ...]:
    """Codes of all languages that have sentence templates."""
    return tuple(_intents_package().get_languages())


def resolve_language(language: str) -> str:
    """The data set that serves a language code such as EN, en_GB or zh; raises ConfigError."""
    known = {code.lower(): code for code in known_languages()}
    wanted = language.replace("_", "-").lower()
    base = wanted.split("-")[0]
    for candidate in (wanted, _PREFERRED_REGION.get(base, base).lower(), base):
        if candidate in known:
            return known[candidate]
    raise ConfigError(
        f"there are no sentence templates for the language {language!r}; "
        f"set [device] language to one of: {', '.join(sorted(known.values()))}"
    )


@lru_cache(maxsize=8)
def load_language(code: str) -> LanguageData:
    """Read one data set; `code` comes from `resolve_language`."""
    package = _intents_package().get_intents(code)
    own = _own_data(code)
    data = {key: value for key, value in package.items() if key != "responses"}
    intents = _with_own_sentences(_with_own_words(data, own), own["sentences"])
    if intents["settings"].get("ignore_whitespace"):
        intents = closed_up_templates(intents)
    return LanguageData(
        language=code,
        intents=intents,
        replies=_with_own_replies(package["responses"].get("intents", {}), own["replies"]),
        errors=package["responses"].get("errors", {}),
        phrases=own["phrases"],
        ways_in=tuple(own["ways_in"]),
        backchannels=tuple(own["backchannels"]),
        pleasantries=read_pleasantries(own["pleasantries"]),
    )


def _own_data(code: str) -> dict[str, Any]:
    """What the files of a language, else of its base language, say together."""
    own: dict[str, Any] = {
        "sentences": [], "phrases": {}, "lists": {}, "rules": {}, "replies": {}, "settings": {},
        "ways_in": _WAYS_IN, "backchannels": (), "pleasantries": (),
    }  # fmt: skip
    for folder in _OWN_FOLDERS:
        for name in (code, code.split("-")[0]):
            file = resources.files("device.dialog") / folder / f"{name}.toml"
            if file.is_file():
                read = tomllib.loads(file.read_text(encoding="utf-8"))
                own["sentences"] += read.get("sentences", [])
                for list_of in ("ways_in", "backchannels", "pleasantries"):
                    own[list_of] = read.get(list_of, own[list_of])
                for part in ("phrases", "lists", "rules", "replies", "settings"):
                    own[part] |= read.get(part, {})
                break
    return own


def _with_own_words(data: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Own lists and rules beside the package's, and timers' names apart from those of things."""
    intents = {
        name: {"data": [_with_timer_names(block) for block in body["data"]]}
        for name, body in data["intents"].items()
    }
    rules = {name: _timer_name(body) for name, body in data["expansion_rules"].items()}
    return {
        **data,
        "intents": intents,
        "lists": {**own["lists"], **data["lists"]},
        "expansion_rules": {**own["rules"], **rules},
        "settings": {**data.get("settings", {}), **own["settings"]},
    }


def _with_own_replies(
    package: dict[str, dict[str, str]], own: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """Own replies beside and before the package's."""
    return package | {intent: package.get(intent, {}) | texts for intent, texts in own.items()}


def _with_timer_names(block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "sentences": [_timer_name(text) for text in block["sentences"]]}


def _timer_name(text: str) -> str:
    """The slot `name` always is a thing in the home; the name of a timer is another slot."""
    return text.replace("{timer_name:name}", "{timer_name}")


def _with_own_sentences(data: dict[str, Any], own: list[dict[str, Any]]) -> dict[str, Any]:
    intents = {name: {"data": list(body["data"])} for name, body in data["intents"].items()}
    for block in own:
        entry = {key: value for key, value in block.items() if key != "intent"}
        # A region's data set may lack the rules of the language's: de-CH has none of some in de.
        entry["sentences"] = [text for text in block["sentences"] if _is_complete(text, data)]
        intents.setdefault(block["intent"], {"data": []})["data"].append(entry)
    return {**data, "intents": intents}


def _is_complete(sentence: str, data: dict[str, Any]) -> bool:
    rules = set(_RULE.findall(sentence))
    lists = set(_LIST.findall(sentence)) - {"name", "area", "floor", "contact"}
    return not (rules - data["expansion_rules"].keys() or lists - data["lists"].keys())


def _intents_package() -> Any:
    try:
        import home_assistant_intents
    except ImportError as error:
        raise EngineMissing(
            "home-assistant-intents is not installed; run: pip install home-assistant-intents"
        ) from error
    return home_assistant_intents
