import pytest

from device.dialog.agent import LocalAgent
from device.dialog.base import Confirm, DialogContext
from device.types import Domain, Entity
from tests.dialog.homes import HOME, RecordingHome, agent, shared_agent

NOWHERE = DialogContext()

ASKED = {
    "unlock the front door": ("Shall I really unlock front door? Say yes or no.", "Unlocking"),
    "open the garage door": ("Shall I really open garage door? Say yes or no.", "Opening"),
    "set the garage door to 50 percent":
        ("Shall I really open garage door? Say yes or no.", "Position set"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "question", "reply"), [(k, *v) for k, v in ASKED.items()])
def test_a_way_into_the_house_is_opened_only_after_a_yes(
    text: str, question: str, reply: str
) -> None:
    asked = shared_agent().answer(text, "en", NOWHERE)
    done = shared_agent().answer("yes", "en", DialogContext(pending=asked.pending))

    assert asked.text == question
    assert asked.actions == ()
    assert asked.continue_listening
    assert asked.intent is not None
    assert asked.intent.name == "ParlorConfirm"
    assert isinstance(asked.pending, Confirm)
    assert done.intent == asked.pending.intent
    assert done.text == reply
    assert [action.entity for action in done.actions] == asked.pending.intent.slots["entity_id"]
    assert done.pending is None


def test_a_no_leaves_the_door_as_it_is() -> None:
    asked = shared_agent().answer("unlock the front door", "en", NOWHERE)
    done = shared_agent().answer("no", "en", DialogContext(pending=asked.pending))

    assert done.text == "All right, I left it as it is."
    assert (done.actions, done.pending) == ((), None)


def test_anything_else_is_answered_as_itself_and_the_question_is_over() -> None:
    asked = shared_agent().answer("unlock the front door", "en", NOWHERE)
    done = shared_agent().answer(
        "turn on the kitchen light", "en", DialogContext(pending=asked.pending)
    )

    assert [action.entity for action in done.actions] == ["light.kitchen"]
    assert done.pending is None


def test_a_yes_to_nothing_does_nothing() -> None:
    answer = shared_agent().answer("yes", "en", NOWHERE)

    assert (answer.text, answer.actions) == ("", ())


def test_a_door_that_is_gone_is_not_opened_by_a_late_yes() -> None:
    known = agent()
    asked = known.answer("unlock the front door", "en", NOWHERE)
    known.adopt([entity for entity in HOME if entity.id != "lock.front"])

    done = known.answer("yes", "en", DialogContext(pending=asked.pending))

    assert done.text == "Something went wrong. Please try again."
    assert done.actions == ()


def test_what_cannot_be_unlocked_is_told_and_not_asked_about() -> None:
    answer = agent(home=RecordingHome(["lock.front"])).answer(
        "unlock the front door", "en", NOWHERE
    )

    assert answer.text == "front door cannot do that."
    assert answer.pending is None


@pytest.mark.parametrize(
    ("language", "text", "yes"),
    [("de", "schließe front door auf", "ja"), ("fr", "déverrouille front door", "oui")],
)
def test_other_languages_ask_first_too(language: str, text: str, yes: str) -> None:
    asked = shared_agent().answer(text, language, NOWHERE)
    done = shared_agent().answer(yes, language, DialogContext(pending=asked.pending))

    assert asked.actions == ()
    assert "front door" in asked.text
    assert [action.entity for action in done.actions] == ["lock.front"]


@pytest.mark.parametrize(
    ("device", "language", "text"),
    [
        ("en", "en", "open the big garage"),
        ("de", "de", "öffne das Hoftor"),
        ("de", "en", "open Hoftor"),
        ("sv", "sv", "öppna big garage"),
    ],
)
def test_a_garage_of_unknown_kind_is_known_by_its_name(
    device: str, language: str, text: str
) -> None:
    home = [
        Entity("cover.big", "big garage", Domain.COVER),
        Entity("cover.yard", "Hoftor", Domain.COVER),
    ]

    asked = LocalAgent(home, RecordingHome(), language=device).answer(text, language, NOWHERE)

    assert asked.actions == ()
    assert isinstance(asked.pending, Confirm)
