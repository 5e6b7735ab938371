"""What a language model is told about itself, and what is said while an answer takes its time."""

import tomllib
from functools import cache
from importlib import resources


def system_prompt(language: str) -> str:
    """Who the model is and how it answers, in the language of the answer where we have one."""
    own = _prompts().get(_base(language))
    if own is not None:
        return own["system"]
    return (
        f"{_prompts()['en']['system']} Answer in the language with the code {language!r} instead."
    )


def filler(language: str) -> str:
    """What is said while an answer takes its time; empty where we have no words for it."""
    return _prompts().get(_base(language), {}).get("filler", "")


def _base(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


@cache
def _prompts() -> dict[str, dict[str, str]]:
    file = resources.files("device.dialog") / "prompts.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
