import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialog.base import DialogContext
from device.types import Domain, Entity
from tests.dialog.talks import LAMPS, Talk, moved

QUESTION = "There are several: lamp, Bedroom; lamp, Office. Which one do you mean?"
LEFT = "All right, I left it as it is."


def test_of_two_with_one_name_it_is_asked_which() -> None:
    asked = Talk().say("turn on the lamp")

    assert asked.text == QUESTION
    assert asked.continue_listening
    assert asked.actions == ()
    assert asked.intent is not None
    assert asked.intent.name == "ParlorChoose"


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("the office one", ["light.desk"]),
        ("Office.", ["light.desk"]),
        ("office one please", ["light.desk"]),
        ("the bedroom", ["light.bed"]),
        ("in the bedroom", ["light.bed"]),
        ("the one in the bedroom", ["light.bed"]),
        ("the bedroom lamp", ["light.bed"]),
        ("the lamp in the office", ["light.desk"]),
        ("the one upstairs", ["light.bed"]),
        ("on the ground floor", ["light.desk"]),
        ("the night light", ["light.bed"]),
        ("no, the office one", ["light.desk"]),
        ("I meant the one in the office", ["light.desk"]),
        ("the first one", ["light.bed"]),
        ("the second", ["light.desk"]),
        ("the last one", ["light.desk"]),
        ("both", ["light.bed", "light.desk"]),
        ("all of them", ["light.bed", "light.desk"]),
    ],
)
def test_the_one_that_is_chosen_is_switched_and_no_other(text: str, entities: list[str]) -> None:
    done = Talk().say("turn on the lamp", text)

    assert moved(done) == entities
    assert {action.service for action in done.actions} == {"HassTurnOn"}
    assert done.text == "Turned on the light"
    assert done.pending is None


@pytest.mark.parametrize("text", ["the kitchen one", "the third one", "yes", "the lamp", "blah"])
def test_what_fits_none_of_them_is_asked_once_more_and_then_left(text: str) -> None:
    talk = Talk()

    again = talk.say("turn on the lamp", text)
    over = talk.say(text)

    assert (again.text, again.actions, again.continue_listening) == (QUESTION, (), True)
    assert (over.text, over.actions, over.pending) == (LEFT, (), None)
    assert over.intent is not None
    assert not over.continue_listening


def test_the_second_time_it_can_still_be_chosen() -> None:
    assert moved(Talk().say("turn on the lamp", "blah", "the office one")) == ["light.desk"]


def test_both_of_three_is_not_understood_as_all() -> None:
    third = Entity("light.third", "lamp", Domain.LIGHT, "Hall")

    assert Talk((*LAMPS, third)).say("turn on the lamp", "both").actions == ()


@pytest.mark.parametrize(("text", "said"), [("no", LEFT), ("never mind", ""), ("stop", "")])
def test_it_can_be_called_off(text: str, said: str) -> None:
    left = Talk().say("turn on the lamp", text)

    assert (left.text, left.actions, left.pending) == (said, (), None)


def test_a_command_of_its_own_is_done_and_the_question_is_over() -> None:
    talk = Talk()

    done = talk.say("turn on the lamp", "turn off the spot")

    assert moved(done) == ["light.spot"]
    assert done.pending is None
    # Now "office" is the scene again.
    assert moved(talk.say("activate office")) == ["scene.office"]


@pytest.mark.parametrize("text", ["office", "the bedroom", "both", "the first one"])
def test_without_a_question_an_answer_means_nothing(text: str) -> None:
    assert Talk(LAMPS).say(text).intent is None
    assert not Talk(LAMPS).agent.understands(text, "en")


def test_a_lock_that_was_chosen_is_still_asked_about() -> None:
    talk = Talk()

    chosen = talk.say("unlock the door", "the yard one")
    done = talk.say("yes")

    assert chosen.text == "Shall I really unlock door? Say yes or no."
    assert chosen.actions == ()
    assert moved(done) == ["lock.yard"]


def test_a_question_about_one_of_several_is_answered_about_the_chosen_one() -> None:
    answer = Talk().say("is the door locked", "the hall one")

    assert answer.text == "I do not know the state of door yet."
    assert answer.intent is not None
    assert answer.intent.slots["entity_id"] == ["lock.hall"]


def test_the_room_that_was_asked_for_is_enough_too(caplog: pytest.LogCaptureFixture) -> None:
    talk = Talk()

    asked = talk.say("turn off the lights")
    done = talk.say("the office")

    assert asked.text == "Which room do you mean?"
    assert moved(done) == ["light.desk"]
    assert moved(talk.say("turn off the lights", "upstairs")) == ["light.bed"]
    assert moved(talk.say("turn off the lights", "everywhere")) == [
        "light.bed", "light.desk", "light.spot",
    ]  # fmt: skip
    assert talk.say("turn off the lights", "the first one").actions == ()
    assert not caplog.records


def test_a_lamp_that_is_gone_is_not_chosen() -> None:
    talk = Talk(LAMPS)
    talk.say("turn on the lamp")
    talk.agent.adopt(LAMPS[:1])

    assert talk.say("the office one").actions == ()


def test_when_all_are_gone_it_is_told() -> None:
    talk = Talk(LAMPS)
    talk.say("turn on the lamp")
    talk.agent.adopt([])

    assert talk.say("the office one").text == "Something went wrong. Please try again."


def test_where_no_room_is_known_other_names_are_asked_for() -> None:
    nowhere = tuple(Entity(f"light.{index}", "lamp", Domain.LIGHT) for index in range(2))

    told = Talk(nowhere).say("turn on the lamp")

    assert told.text.startswith("There are several things called lamp in the same place")
    assert (told.actions, told.pending, told.continue_listening) == ((), None, False)


def test_an_empty_place_is_not_said() -> None:
    home = (LAMPS[0], Entity("light.loose", "lamp", Domain.LIGHT))
    talk = Talk(home)

    assert talk.say("turn on the lamp").text.startswith(
        "There are several: lamp, Bedroom; lamp. Which"
    )
    assert moved(talk.say("the second one")) == ["light.loose"]


@pytest.mark.parametrize(("number", "moves"), [("1", ["light.bed"]), ("2", ["light.loose"])])
def test_a_number_alone_is_the_place_of_one(number: str, moves: list[str]) -> None:
    bed = Entity("light.bed", "lamp", Domain.LIGHT, "Bedroom")
    talk = Talk((bed, Entity("light.loose", "lamp", Domain.LIGHT)))
    talk.say("turn on the lamp")
    assert moved(talk.say(number)) == moves


@pytest.mark.parametrize("number", ["0", "3", "9" * 400])
def test_a_number_of_none_chooses_none(number: str) -> None:
    talk = Talk((LAMPS[0], Entity("light.loose", "lamp", Domain.LIGHT)))
    talk.say("turn on the lamp")
    assert talk.say(number).actions == ()


def test_where_rooms_are_called_alike_the_floor_is_said() -> None:
    home = tuple(
        Entity(f"light.{floor}", "lamp", Domain.LIGHT, "Bathroom", floor)
        for floor in ("Ground", "Upper")
    )
    talk = Talk(home)

    assert "lamp, Bathroom, Ground; lamp, Bathroom, Upper." in talk.say("turn on the lamp").text
    assert moved(talk.say("the upper floor one")) == ["light.Upper"]


def test_two_in_the_room_that_is_chosen_cannot_be_told_apart() -> None:
    home = (*LAMPS, Entity("light.desk2", "lamp", Domain.LIGHT, "Office", "Ground"))
    talk = Talk(home)

    assert talk.say("turn on the lamp").text == QUESTION
    told = talk.say("the office one")

    assert told.text.startswith("There are several things called lamp in the same place")
    assert (told.actions, told.pending) == ((), None)


def test_a_word_that_is_the_room_of_one_and_the_floor_of_another_chooses_neither() -> None:
    home = (
        Entity("light.room", "lamp", Domain.LIGHT, "Attic", "Top"),
        Entity("light.floor", "lamp", Domain.LIGHT, "Bathroom", "Attic"),
    )
    talk = Talk(home)

    assert talk.say("turn on the lamp", "the attic").actions == ()
    assert moved(talk.say("the bathroom")) == ["light.floor"]


def test_the_name_that_was_told_decides_before_an_alias() -> None:
    home = (
        Entity("light.desk", "desk lamp", Domain.LIGHT, aliases=("reading lamp",)),
        Entity("light.read", "reading lamp", Domain.LIGHT),
    )
    talk = Talk(home)

    assert talk.say("turn on the reading lamp").text.startswith(
        "There are several: desk lamp; reading lamp."
    )
    assert moved(talk.say("the reading lamp")) == ["light.read"]
    assert moved(talk.say("turn on the reading lamp", "the desk lamp")) == ["light.desk"]


SAID = (
    "the office bedroom kitchen one 1 two in first second both all lamp spot light upstairs no "
    "please on percent to"
)
ENGLISH = Talk()
OPEN = ENGLISH.say("turn on the lamp").pending


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(SAID.split()), max_size=6).map(" ".join))
def test_no_answer_sets_a_brightness_of_one(text: str) -> None:
    answer = ENGLISH.agent.answer(text, "en", DialogContext(pending=OPEN))

    assert answer.intent is None or answer.intent.slots.get("brightness") != 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_said_to_the_question(text: str) -> None:
    answer = ENGLISH.agent.answer(text, "en", DialogContext(pending=OPEN))

    assert answer.text or answer.intent is not None
