"""Answers to a question of ours: which of the allowed ones a sentence is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

_SLOT: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_STRAY: Final = re.compile(r"[<>{}]")
_NO_WORD: Final = re.compile(r"[^\w\s']")
_MOST_PHRASES: Final = 200

Allowed = Sequence[tuple[str, Sequence[str]]]
"""Answer id and its sentence templates in hassil's form."""


def match_answer(text: str, allowed: Allowed) -> tuple[str, dict[str, Any]]:
    """Id of the answer that a sentence is, and its slots; an empty id for none of them.

    A slot such as {city} holds any words. A template that hassil cannot read counts as it stands.
    """
    from hassil.intents import Intents
    from hassil.recognize import recognize_best

    for answer, templates in allowed:
        readable = [made for template in templates if (made := _readable(template)).strip()]
        intents = Intents.from_dict(_as_intents(answer, readable))
        found = recognize_best(text, intents)
        if found is not None:
            return answer, {slot.name: slot.value for slot in found.entities_list}
    return "", {}


def phrases_of(allowed: Allowed) -> tuple[str, ...]:
    """Everything that may be said, where it is a closed list; empty when a slot is open."""
    texts = [text for _, templates in allowed for text in templates]
    if any(_SLOT.search(text) for text in texts):
        return ()
    spelled = (phrase for text in texts for phrase in _spelled(text))
    return tuple(filter(None, dict.fromkeys(islice(spelled, _MOST_PHRASES))))


def sentences_of(intents: Iterable[str], language: Any) -> tuple[str, ...]:
    """What can be said for intents without slots; `language` is hassil's Intents.

    Where sentences are marked as clear, sounding like little else, it is only those.
    """
    named = [language.intents[name] for name in intents if name in language.intents]
    blocks = [block for intent in named for block in intent.data]
    clear = [block for block in blocks if (block.metadata or {}).get("clear")]
    texts = (text for block in clear or blocks for text in block.sentence_texts if "{" not in text)
    spelled = (phrase for text in texts for phrase in _spelled(text, language.expansion_rules))
    return tuple(filter(None, dict.fromkeys(islice(spelled, _MOST_PHRASES))))


def _spelled(template: str, rules: dict[str, Any] | None = None) -> Iterator[str]:
    from hassil.parse_expression import parse_sentence
    from hassil.sample import sample_sentence

    text = template if rules else _readable(template)
    if text.strip():
        for spelled in sample_sentence(parse_sentence(text), expansion_rules=rules):
            yield " ".join(spelled.split())


def _as_intents(answer: str, templates: Sequence[str]) -> dict[str, Any]:
    slots = {name for text in templates for name in _SLOT.findall(text)}
    return {
        "language": "en",
        "intents": {answer: {"data": [{"sentences": list(templates)}]}},
        "lists": {name: {"wildcard": True} for name in slots},
    }


def _readable(template: str) -> str:
    """The template, or its words alone where its brackets do not fit or name rules."""
    from hassil.parse_expression import ParseExpressionError, parse_sentence
    from hassil.parser import ParseError

    try:
        parse_sentence(template)
    except (ParseError, ParseExpressionError, AssertionError):
        return _NO_WORD.sub(" ", template)
    return _NO_WORD.sub(" ", template) if _STRAY.search(_SLOT.sub("", template)) else template
