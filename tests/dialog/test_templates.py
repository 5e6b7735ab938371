from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialog.language import known_languages
from device.dialog.templates import MAXIMUM_TEXT_LENGTH, Templates
from device.types import Domain, Entity
from tests.dialog.homes import HOME

ENGLISH = Templates("en", HOME, "Kitchen")


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("turn on the kitchen light", "HassTurnOn", {"entity_id": ["light.kitchen"]}),
        ("Turn on the kitchen light!", "HassTurnOn", {"entity_id": ["light.kitchen"]}),
        ("could you please turn off the coffee machine", "HassTurnOff", {"name": "coffee machine"}),
        ("turn on the night lamp", "HassTurnOn", {"name": "bedroom lamp"}),
        ("turn off all the lights in the bedroom", "HassTurnOff",
         {"entity_id": ["light.ceiling_bedroom", "light.lamp"]}),
        ("set the kitchen light to fifty percent", "HassLightSet", {"brightness": 50}),
        ("set the kitchen light to 35%", "HassLightSet", {"brightness": 35}),
        ("set the bedroom lamp to red", "HassLightSet", {"color": "red"}),
        ("set the bedroom lamp to warm white", "HassLightSet", {"temperature": 2700}),
        ("set the kitchen lights to blue", "HassLightSet", {"color": "blue", "area": "Kitchen"}),
        ("open the living room blinds", "HassTurnOn", {"entity_id": ["cover.blinds"]}),
        ("close the blinds in the living room", "HassTurnOff", {"entity_id": ["cover.blinds"]}),
        ("set the living room blinds to 30 percent", "HassSetPosition", {"position": 30}),
        ("lock the front door", "HassTurnOn", {"entity_id": ["lock.front"]}),
        ("unlock the front door", "HassTurnOff", {"entity_id": ["lock.front"]}),
        ("set the thermostat to 21.5 degrees", "HassClimateSetTemperature", {"temperature": 21.5}),
        ("set the bedroom fan to 40 percent", "HassFanSetSpeed", {"percentage": 40}),
        ("movie night", "HassTurnOn", {"entity_id": ["scene.movie"]}),
        ("run good morning", "HassTurnOn", {"entity_id": ["script.morning"]}),
        ("is the front door locked", "HassGetState", {"state": "locked"}),
        ("set a timer for five minutes", "HassStartTimer", {"minutes": 5}),
        ("stop", "ParlorStop", {}),
        ("say that again", "ParlorRepeat", {}),
        ("never mind", "HassNevermind", {}),
    ],
)  # fmt: skip
def test_english_sentences_give_intent_and_slots(
    text: str, intent: str, slots: dict[str, Any]
) -> None:
    said = ENGLISH.recognize(text)

    assert said is not None
    assert said.intent.name == intent
    assert slots.items() <= said.intent.slots.items()


@pytest.mark.parametrize(
    ("language", "text", "intent", "entity"),
    [
        ("de", "schalte die Stehlampe ein", "HassTurnOn", "light.x"),
        ("de", "stelle die Stehlampe auf 50 Prozent", "HassLightSet", "light.x"),
        ("fr", "allume Stehlampe", "HassTurnOn", "light.x"),
        ("nl", "zet Stehlampe uit", "HassTurnOff", "light.x"),
        ("zh", "打开Stehlampe", "HassTurnOn", "light.x"),
    ],
)
def test_other_languages_name_the_same_entities(
    language: str, text: str, intent: str, entity: str
) -> None:
    said = Templates(language, [Entity("light.x", "Stehlampe", Domain.LIGHT)]).recognize(text)

    assert said is not None
    assert (said.intent.name, said.intent.slots["entity_id"]) == (intent, [entity])


@pytest.mark.parametrize(
    ("language", "brighter", "quieter"),
    [
        ("en", "set X to thirteen percent", "turn down the Y volume by thirteen"),
        (
            "de",
            "setze die helligkeit von X auf dreizehn prozent",
            "Y dreizehn prozent leiser",
        ),
    ],
)
def test_a_number_in_words_keeps_its_sign(language: str, brighter: str, quieter: str) -> None:
    home = [
        Entity("light.x", "X", Domain.LIGHT),
        Entity("media_player.y", "Y", Domain.MEDIA_PLAYER),
    ]

    for order in (brighter, quieter, brighter), (quieter, brighter, quieter):
        templates = Templates(language, home)
        for text in order:
            said = templates.recognize(text)
            assert said is not None
            slots = said.intent.slots
            assert slots.get("brightness", slots.get("volume_step")) == (
                13 if text == brighter else -13
            )


def test_the_lights_are_those_of_the_speakers_room() -> None:
    said = ENGLISH.recognize("turn off the lights")

    assert said is not None
    assert [target.id for target in said.targets] == ["light.kitchen", "light.ceiling_kitchen"]


def test_the_room_of_one_sentence_can_differ_from_the_speakers() -> None:
    said = ENGLISH.recognize("turn off the lights", area="Bedroom")

    assert said is not None
    assert {target.area for target in said.targets} == {"Bedroom"}


def test_without_a_room_of_its_own_the_speaker_does_not_guess() -> None:
    said = Templates("en", HOME).recognize("turn off the lights")

    assert said is not None
    assert said.needs_room
    assert said.targets == ()
    assert "entity_id" not in said.intent.slots


def test_the_only_thermostat_is_meant_from_any_room() -> None:
    said = ENGLISH.recognize("set the temperature to 20 degrees")

    assert said is not None
    assert said.intent.slots == {"temperature": 20, "entity_id": ["climate.heating"]}


def test_a_name_in_two_rooms_means_the_nearer_one() -> None:
    said = ENGLISH.recognize("turn on the ceiling light")

    assert said is not None
    assert said.intent.slots["entity_id"] == ["light.ceiling_kitchen"]


def test_a_name_in_two_rooms_is_told_apart_by_the_room() -> None:
    said = ENGLISH.recognize("turn on the ceiling light in the bedroom")

    assert said is not None
    assert said.intent.slots["entity_id"] == ["light.ceiling_bedroom"]


def test_a_name_in_two_other_rooms_is_ambiguous() -> None:
    said = Templates("en", HOME, "Hall").recognize("turn on the ceiling light")

    assert said is not None
    assert said.targets == ()
    assert [entity.id for entity in said.candidates] == [
        "light.ceiling_kitchen",
        "light.ceiling_bedroom",
    ]


def test_a_thing_is_not_found_in_a_room_where_it_is_not() -> None:
    assert ENGLISH.recognize("turn on the coffee machine in the bedroom") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "...",
        "turn on the fridge",
        "turn on the kitchen",
        "unlock the",
        "unlock the front door of my neighbour",
        "please",
        "turn on the kitchen light" * 40,
        "add milk to the soup",
        "play something by somebody",
    ],
)
def test_what_no_template_covers_is_not_understood(text: str) -> None:
    assert ENGLISH.recognize(text) is None


def test_names_with_template_syntax_are_plain_names() -> None:
    odd = Entity("light.odd", "lamp (left) [old] {x}", Domain.LIGHT)

    said = Templates("en", [odd]).recognize("turn on lamp (left) [old] {x}")

    assert said is not None
    assert said.intent.slots["entity_id"] == ["light.odd"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn on lamp 2"),
        ("en", "turn on lamp two"),
        ("de", "schalte lamp zwei ein"),
        ("et", "lülita lamp 2 sisse"),
    ],
)
def test_a_number_in_a_name_may_be_said_in_words(language: str, text: str) -> None:
    home = [Entity(f"light.{number}", f"Lamp {number}", Domain.LIGHT) for number in (1, 2, 12)]

    said = Templates(language, home).recognize(text)

    assert said is not None
    assert said.intent.slots["entity_id"] == ["light.2"]


def test_text_that_is_too_long_is_refused_at_once() -> None:
    assert ENGLISH.recognize("turn on the " + "the " * MAXIMUM_TEXT_LENGTH) is None


@pytest.mark.parametrize("language", known_languages())
def test_every_language_reads_any_sentence_in_an_empty_home(language: str) -> None:
    templates = Templates(language, ())

    for text in ("turn on the light", "12 %", "灯", "свет"):
        said = templates.recognize(text)
        assert said is None or said.targets == ()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_without_failing(text: str) -> None:
    said = ENGLISH.recognize(text)

    assert said is None or said.intent.name in ENGLISH.intents.intents


WORDS = [
    "turn",
    "on",
    "off",
    "the",
    "kitchen",
    "light",
    "lights",
    "bedroom",
    "ceiling",
    "all",
    "in",
    "to",
    "set",
    "percent",
    "50",
    "²",
    "½",
    "٣",
    "lock",
    "unlock",
    "front",
    "door",
    "please",
    "stop",
    "not",
    "never",
    "mind",
    "what",
    "is",
    "and",
    "or",
    "volume",
    "up",
    "1e9",
    "-5",
    "0.5.5",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_word_salad_reaches_only_things_that_exist(text: str) -> None:
    said = ENGLISH.recognize(text)

    if said is not None:
        known = {entity.id for entity in HOME}
        assert set(said.intent.slots.get("entity_id", [])) <= known
        assert not (said.targets and said.candidates)


def test_who_has_no_telephone_is_not_understood_to_speak_of_one() -> None:
    assert Templates("en", HOME).recognize("hang up") is None
    having = Templates("en", HOME, contacts=("grandma",))
    understood = [having.recognize(text) for text in ("hang up", "call grandma")]
    assert [said and said.intent.name for said in understood] == ["ParlorFarewell", "ParlorCall"]
