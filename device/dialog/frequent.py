"""Replies that come often, known before anybody has said anything. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from device.dialog.base import Recognition
from device.dialog.intents import HOME_INTENTS
from device.dialog.language import LanguageData
from device.dialog.prompts import filler
from device.dialog.replies import Replies, view
from device.types import Entity, Intent

_PHRASES: Final = (
    "nothing_heard", "unknown", "failed", "took_too_long", "broker_unreachable",
    "confirm_cancelled", "false_wake_noted", "which_room", "llm_failed",
)  # fmt: skip
_PLACEHOLDER: Final = "slots."


def frequent_replies(
    data: LanguageData, replies: Replies, entities: Sequence[Entity]
) -> tuple[str, ...]:
    """What commands to these things are answered with, and our own fixed phrases; no doubles.

    Replies in which a number or a name is said are left out: there are too many.
    """
    phrases = [replies.phrase(key) for key in _PHRASES if key in data.phrases]
    polite = [one.reply for one in data.pleasantries.values()]
    texts = (*phrases, filler(data.language), *polite, *_to_commands(data, replies, entities))
    return tuple(text for text in dict.fromkeys(texts) if text)


def _to_commands(data: LanguageData, replies: Replies, entities: Iterable[Entity]) -> Iterable[str]:
    kinds = {entity.domain: entity for entity in entities}.values()
    for intent, domains in HOME_INTENTS.items():
        templates = data.replies.get(intent, {})
        for entity in kinds:
            if domains and entity.domain not in domains:
                continue
            for key, template in templates.items():
                if _PLACEHOLDER in template:
                    continue
                if not (domains or _is_about(key, entity, templates)):
                    continue
                said = Recognition(Intent(intent), (entity,), key, data.language)
                state = view(entity, None)
                text = replies.reply(said, [state], [state])
                if "None" not in text:  # a kind of thing that the language has no word for
                    yield text


def _is_about(key: str, entity: Entity, templates: Iterable[str]) -> bool:
    """Whether a reply's key fits: the domain's own, else any that names no other domain."""
    domain = str(entity.domain)
    return domain in key or (key == "default" and domain not in templates)
