"""What the speaker asks back before it does something."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from device.dialog.answers import sentences_of
from device.dialog.base import Answer, Choose, Confirm, Recognition
from device.dialog.choices import CHOICE, expected_choices, labelled
from device.dialog.replies import Replies
from device.dialog.templates import Templates
from device.types import Domain, Entity, Intent

YES: Final = "ParlorYes"
NO: Final = "ParlorNo"
_CALLING_OFF: Final = (NO, "HassNevermind", "ParlorStop")


def ask_which(
    said: Recognition, replies: Replies, templates: Templates, *, repeated: bool = False
) -> Answer:
    """Ask which of the candidates is meant, where that can be said."""
    names = tuple(labelled(said.candidates))
    asked = Intent(CHOICE, {"name": ", ".join(names)})
    if said.needs_room:
        text = replies.phrase("which_room")
    elif len(names) > 1:
        text = replies.phrase("which_one", names="; ".join(names))
    else:
        text = replies.phrase("which_unplaced", name=said.candidates[0].name)
        return Answer(text, said.language, asked)
    others = sentences_of(_CALLING_OFF, templates.intents)
    expected = (*expected_choices(said, templates), *others)
    question = Choose(said, expected, repeated)
    return Answer(text, said.language, asked, continue_listening=True, pending=question)


def ask_first(
    said: Recognition, risky: Sequence[Entity], replies: Replies, templates: Templates
) -> Answer:
    """Ask whether to let somebody in."""
    names = ", ".join(entity.name for entity in risky)
    unlocks = any(entity.domain is Domain.LOCK for entity in risky)
    text = replies.phrase("confirm_unlock" if unlocks else "confirm_open", name=names)
    return _confirm(said, text, names, templates)


def ask_whether(said: Recognition, replies: Replies, templates: Templates) -> Answer:
    """Ask whether these things are meant."""
    names = ", ".join(entity.name for entity in said.targets)
    return _confirm(said, replies.phrase("refer_confirm", name=names), names, templates)


def expecting_an_answer(answer: Answer, templates: Templates) -> Answer:
    """The same, with what is said to a question of a skill that can be answered by yes or no."""
    if not isinstance(answer.pending, Confirm):
        return answer
    expected = sentences_of([YES, NO], templates.intents)
    return replace(answer, pending=replace(answer.pending, expected=expected))


def _confirm(said: Recognition, text: str, names: str, templates: Templates) -> Answer:
    """What is told is that something is asked: others must not do it."""
    asked = Intent("ParlorConfirm", {"name": names})
    expected = sentences_of([YES, NO], templates.intents)
    question = Confirm(said.intent, expected, said.response)
    return Answer(text, said.language, asked, continue_listening=True, pending=question)
