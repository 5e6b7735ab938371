"""Sentences that mean something only after others."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.config import EntityConfig
from device.dialog.agent import LocalAgent
from device.dialog.base import Confirm, DialogContext
from device.home.entities import load_devices
from device.home.home import Home
from device.types import Domain
from tests.dialog.homes import HOME
from tests.dialog.talks import OFF, ON, Talk, done, moved

UNCLEAR = "I am not sure what you mean. Please say its name."
LAMP, CEILING, KITCHEN = "light.lamp", "light.ceiling_bedroom", "light.kitchen"


def talk() -> Talk:
    return Talk(HOME, area="Kitchen")


@pytest.mark.parametrize(
    ("said", "intent", "things"),
    [
        (["turn on the bedroom lamp", "turn it off"], "HassTurnOff", [LAMP]),
        (["turn on the bedroom lamp", "turn it off", "turn it back on"], "HassTurnOn", [LAMP]),
        (["turn on the bedroom lamp", "the other one"], "HassTurnOn", [CEILING]),
        (["turn on the bedroom lamp", "turn off the other one"], "HassTurnOff", [CEILING]),
        (["turn on the bedroom lamp", "and the coffee machine"], "HassTurnOn", ["switch.coffee"]),
        (["turn on the lights", "and in the bedroom"], "HassTurnOn", [CEILING, LAMP]),
        (["turn on the lights", "and in the bedroom", "turn them off"], "HassTurnOff",
         [CEILING, LAMP]),
        (["turn on the bedroom lamp", "again"], "HassTurnOn", [LAMP]),
        (["turn on the bedroom lamp", "the other one", "again"], "HassTurnOn", [CEILING]),
        (["set the bedroom lamp to 40 percent", "make it red"], "HassLightSet", [LAMP]),
        (["open the living room blinds", "close it"], "HassTurnOff", ["cover.blinds"]),
        (["open the living room blinds", "set it to 30 percent"], "HassSetPosition",
         ["cover.blinds"]),
        (["unlock the front door", "no", "lock it"], "HassTurnOn", ["lock.front"]),
        (["is the kitchen light on", "turn it off"], "HassTurnOff", [KITCHEN]),
    ],
)  # fmt: skip
def test_it_is_what_was_spoken_of_last(said: list[str], intent: str, things: list[str]) -> None:
    assert done(talk().say(*said)) == (intent, things)


@pytest.mark.parametrize(
    "said",
    [
        ["turn it off"],
        ["the other one"],
        ["and in the bedroom"],
        ["what time is it", "turn it off"],
        ["turn on the bedroom lamp", "lock it"],
        ["turn on the bedroom lamp", "close it"],
        # What turns a lamp off would unlock a door.
        ["turn off the bedroom lamp", "and the front door"],
        # What opens a blind would open the garage.
        ["open the living room blinds", "and the garage door"],
        ["turn on the lights", "the other one"],
    ],
)
def test_where_it_is_not_clear_nothing_moves_and_others_may_be_asked(said: list[str]) -> None:
    answer = talk().say(*said)
    assert answer.text == UNCLEAR
    assert answer.nothing_fits
    assert not answer.actions


def test_where_several_could_be_the_same_elsewhere_the_speaker_asks() -> None:
    speaking = talk()
    asked = speaking.say("turn on the kitchen light", "and in the bedroom")
    assert asked.continue_listening
    assert not asked.actions
    assert moved(speaking.say("the second one")) == [LAMP]
    assert moved(speaking.say("the other one")) == [CEILING]


def test_who_chose_between_two_means_the_one_that_was_left_by_the_other_one() -> None:
    speaking = Talk()
    speaking.say("turn on the lamp", "the office one")
    assert moved(speaking.say("the other one")) == ["light.bed"]


@pytest.mark.parametrize("again", ["unlock it", "again"])
def test_what_lets_somebody_in_is_confirmed_each_time(again: str) -> None:
    speaking = talk()
    assert moved(speaking.say("unlock the front door", "yes")) == ["lock.front"]
    asked = speaking.say(again)
    assert not asked.actions
    assert isinstance(asked.pending, Confirm)
    assert moved(speaking.say("yes")) == ["lock.front"]


def test_brighter_goes_up_from_what_was_said_and_again_goes_further() -> None:
    speaking = talk()
    speaking.say("set the bedroom lamp to 40 percent")
    levels = [
        answer.intent.slots["brightness"]
        for text in ("make it brighter", "again", "again", "again", "a bit darker")
        if (answer := speaking.say(text)).intent
    ]
    assert levels == [60, 80, 100, 100, 80]


def test_darker_does_not_turn_a_lamp_off() -> None:
    answer = talk().say("set the bedroom lamp to 10 percent", "darker")
    assert answer.intent
    assert answer.intent.slots["brightness"] == 5


def test_brighter_than_nobody_knows_is_not_guessed() -> None:
    answer = talk().say("turn on the kitchen light", "make it brighter")
    assert answer.text == "I do not know how bright it is. Please say a percentage."
    assert not answer.actions


def test_brighter_goes_up_from_what_a_lamp_reports() -> None:
    config = EntityConfig(name="lamp", domain=Domain.LIGHT, preset="zigbee2mqtt")
    home = Home(load_devices([config]))
    agent = LocalAgent(home.entities, home)
    mention = agent.answer("turn on the lamp", "en", DialogContext()).mention
    home.note("zigbee2mqtt/lamp", '{"state": "ON", "brightness": 127}')
    answer = agent.answer("make it brighter", "en", DialogContext(mention=mention))
    (action,) = answer.actions
    assert json.loads(action.payload) == {"brightness": round(254 * 0.7)}


def test_questions_go_on_in_other_rooms() -> None:
    speaking = talk()
    assert speaking.say("how warm is it in the living room").text == "20 degrees"
    assert speaking.say("what about the cellar").text == "14.5 degrees"
    assert speaking.say("is the kitchen light on").text == "Yes"
    assert speaking.say("what about the bedroom lamp").text == "No, off"
    assert speaking.say("is it off").text == "Yes"


def test_a_room_that_has_no_such_thing_is_said_to_have_none() -> None:
    answer = talk().say("turn on the lights", "and in the living room")
    assert answer.text == "Sorry, I am not aware of any light in the living room area"
    assert answer.nothing_fits


def test_something_of_a_while_ago_moves_only_after_a_yes() -> None:
    speaking = talk()
    speaking.say("turn on the bedroom lamp")
    mention = speaking.context.mention
    assert mention is not None
    speaking.context = replace(speaking.context, mention=replace(mention, fresh=False))
    asked = speaking.say("turn it off")
    assert asked.text == "Do you mean bedroom lamp? Say yes or no."
    assert not asked.actions
    assert done(speaking.say("yes")) == ("HassTurnOff", [LAMP])


@pytest.mark.parametrize("said", ["and in the kitchen", "the other one", "is it on"])
def test_what_does_not_say_what_to_do_means_nothing_after_a_while(said: str) -> None:
    speaking = talk()
    speaking.say("turn on the bedroom lamp")
    mention = speaking.context.mention
    assert mention is not None
    speaking.context = replace(speaking.context, mention=replace(mention, fresh=False))
    answer = speaking.say(said)
    assert answer.text == UNCLEAR
    assert not answer.actions


def test_a_thing_that_is_gone_is_not_meant() -> None:
    speaking = talk()
    speaking.say("turn on the bedroom lamp")
    speaking.agent.adopt([entity for entity in HOME if entity.id != LAMP])
    assert speaking.say("turn it off").text == UNCLEAR


def test_again_without_a_command_says_the_last_reply_again() -> None:
    speaking = talk()
    time = speaking.say("what time is it").text
    assert speaking.say("again").text == time


def test_louder_can_be_said_again() -> None:
    speaking = talk()
    assert speaking.say("louder").requests == speaking.say("again").requests != ()


STEPS = st.sampled_from(
    ["turn on the bedroom lamp", "turn off the kitchen light", "open the living room blinds",
     "unlock the front door", "no", "turn it off", "turn it on", "open it", "close it", "unlock it",
     "the other one", "and in the hall", "and in the bedroom", "and the front door",
     "and the garage door", "again", "turn off the other one", "make it brighter",
     "the first one", "what time is it"]
)  # fmt: skip


@given(st.lists(STEPS, max_size=12))
def test_whatever_is_said_nothing_lets_anybody_in_without_a_yes(said: list[str]) -> None:
    speaking = TALK
    speaking.context = replace(speaking.context, pending=None, mention=None, again=None)
    for text in said:
        for action in speaking.say(text).actions:
            assert (action.entity, action.service) != ("lock.front", OFF)
            assert (action.entity, action.service) != ("cover.garage", ON)


TALK = talk()
