"""Sentences that mean something only after others."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import device.dialog
from device.config import EntityConfig
from device.dialog.agent import LocalAgent
from device.dialog.base import Answer, Confirm, DialogContext
from device.dialog.intents import REFERENCES
from device.dialog.templates import Templates
from device.home.entities import load_devices
from device.home.home import Home
from device.types import Domain, Entity
from tests.dialog.homes import HOME
from tests.dialog.talks import Talk, moved

FOLDER = Path(device.dialog.__file__).parent / "references"
LANGUAGES = ("en", "zh", "ja", "ko", "de", "fr", "es")
UNCLEAR = "I am not sure what you mean. Please say its name."
LAMP, CEILING, KITCHEN = "light.lamp", "light.ceiling_bedroom", "light.kitchen"


def talk() -> Talk:
    return Talk(HOME, area="Kitchen")


def done(answer: Answer) -> tuple[str, list[str]]:
    """What is commanded, and to what."""
    assert answer.intent is not None
    return answer.intent.name, moved(answer)


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


HOMES = {
    "en": ("Kitchen", "Bedroom", "big lamp", "small lamp", "front door"),
    "de": ("Küche", "Schlafzimmer", "Küchenlampe", "Nachttischlampe", "Haustür"),
    "fr": ("cuisine", "chambre", "grande lampe", "petite lampe", "porte d'entrée"),
    "es": ("cocina", "dormitorio", "lámpara grande", "lámpara pequeña", "puerta"),
    "zh": ("厨房", "卧室", "大灯", "台灯", "前门"),
    "ja": ("台所", "寝室", "大きなライト", "スタンド", "玄関"),
    "ko": ("주방", "침실", "큰 조명", "스탠드", "현관문"),
}
ON, OFF, SET = "HassTurnOn", "HassTurnOff", "HassLightSet"
BIG, SMALL = ["light.big"], ["light.small"]
TALKS = {
    "en": ("turn on the big lamp", [
        ("turn it off", OFF, BIG), ("and in the bedroom", OFF, SMALL), ("again", OFF, SMALL),
        ("set it to 40 percent", SET, SMALL), ("a bit brighter", SET, SMALL),
        ("the other one", SET, BIG)]),
    "de": ("schalte die Küchenlampe ein", [
        ("schalte sie aus", OFF, BIG), ("mach sie wieder an", ON, BIG),
        ("und im Schlafzimmer", ON, SMALL), ("noch einmal", ON, SMALL),
        ("stelle sie auf 40 Prozent", SET, SMALL), ("mach sie heller", SET, SMALL),
        ("die andere", SET, BIG), ("und die Nachttischlampe", SET, SMALL)]),
    "fr": ("allume la grande lampe", [
        ("éteins-la", OFF, BIG), ("rallume-la", ON, BIG), ("et dans la chambre", ON, SMALL),
        ("encore une fois", ON, SMALL), ("mets-la à 40 %", SET, SMALL),
        ("un peu plus claire", SET, SMALL), ("l'autre aussi", SET, BIG),
        ("et la petite lampe", SET, SMALL)]),
    "es": ("enciende la lámpara grande", [
        ("apágala", OFF, BIG), ("enciéndela", ON, BIG), ("¿y en el dormitorio?", ON, SMALL),
        ("otra vez", ON, SMALL), ("ponla al 40 por ciento", SET, SMALL),
        ("más brillante", SET, SMALL), ("la otra también", SET, BIG),
        ("y la lámpara pequeña", SET, SMALL)]),
    "zh": ("打开大灯", [
        ("把它关掉", OFF, BIG), ("打开它", ON, BIG), ("那卧室呢", ON, SMALL),
        ("再来一次", ON, SMALL), ("把它调到40%", SET, SMALL), ("亮一点", SET, SMALL),
        ("另一盏", SET, BIG), ("台灯呢", SET, SMALL)]),
    "ja": ("台所の電気を点けて", [
        ("それを消して", OFF, BIG), ("つけて", ON, BIG), ("寝室も", ON, SMALL),
        ("もう一度", ON, SMALL), ("40%にして", SET, SMALL), ("もっと明るくして", SET, SMALL),
        ("もう一つも", SET, BIG), ("スタンドも", SET, SMALL)]),
    "ko": ("큰 조명 켜줘", [
        ("그거 꺼줘", OFF, BIG), ("다시 켜 줘", ON, BIG), ("침실도", ON, SMALL),
        ("한 번 더", ON, SMALL), ("40%로 해줘", SET, SMALL), ("더 밝게 해줘", SET, SMALL),
        ("다른 거도", SET, BIG), ("스탠드도", SET, SMALL)]),
}  # fmt: skip


def home_in(language: str) -> tuple[Entity, ...]:
    kitchen, bedroom, big, small, door = HOMES[language]
    return (
        Entity("light.big", big, Domain.LIGHT, kitchen),
        Entity("light.small", small, Domain.LIGHT, bedroom),
        Entity("lock.front", door, Domain.LOCK, kitchen),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_go_on_with_what_was_spoken_of(language: str) -> None:
    first, then = TALKS[language]
    speaking = Talk(home_in(language), language, HOMES[language][0])
    assert done(speaking.say(first)) == (ON, BIG)
    assert [(text, *done(speaking.say(text))) for text, _, _ in then] == then


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_no_language_anything_moves_before_something_was_spoken_of(language: str) -> None:
    _, then = TALKS[language]
    speaking = Talk(home_in(language), language, HOMES[language][0])
    assert [moved(speaking.say(text)) for text, _, _ in then] == [[]] * len(then)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_phrases_and_only_sentences_that_it_understands(
    language: str,
) -> None:
    own = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    english = tomllib.loads((FOLDER / "en.toml").read_text("utf-8"))
    assert own["phrases"].keys() == english["phrases"].keys()
    assert {block["intent"] for block in own["sentences"]} == REFERENCES.keys()
    known = Templates(language, home_in(language)).intents
    for block in own["sentences"]:
        kept = known.intents[block["intent"]].data
        assert closed(block["sentences"]) <= closed(
            text for one in kept for text in one.sentence_texts
        )


def closed(texts: Iterable[str]) -> set[str]:
    """Without spaces, which some languages can do without."""
    return {"".join(text.split()).replace("[]", "") for text in texts}


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
