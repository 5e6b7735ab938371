"""Tools are the intents, so that what a model may do and what people may say cannot drift."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.arguments import read_arguments
from device.dialog.intents import HOME_INTENTS, SUPPORTED
from device.dialog.templates import Templates
from device.dialog.tools import WITHHELD, descriptions, schema_of, tool_definitions
from device.errors import CommandInvalid
from device.types import Domain, Entity

EVERYTHING = frozenset(str(domain) for domain in Domain)
LIGHT = Entity("light.kitchen", "kitchen light", Domain.LIGHT, "Kitchen", "Ground Floor")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def names(domains: frozenset[str]) -> set[str]:
    return {tool["name"] for tool in tool_definitions(domains)}


def test_every_intent_is_a_tool_except_those_that_people_answer_with() -> None:
    assert names(EVERYTHING) == SUPPORTED.keys() - WITHHELD


def test_every_tool_says_what_it_does_and_nothing_else_is_described() -> None:
    assert descriptions().keys() == SUPPORTED.keys() - WITHHELD


def test_nothing_is_offered_that_no_thing_in_the_home_can_do() -> None:
    offered = names(frozenset({"light"}))
    assert offered & {"HassLightSet", "HassTurnOn", "HassStartTimer"}
    assert not offered & {"HassVacuumStart", "HassSetPosition", "HassClimateGetTemperature"}


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("turn on the kitchen light", {"name": "kitchen light"}),
        ("set the kitchen light to 30 percent", {"name": "kitchen light", "brightness": 30}),
        ("set the kitchen light to red", {"name": "kitchen light", "color": "red"}),
        ("set the kitchen light to warm white", {"name": "kitchen light", "temperature": 2700}),
        ("turn off all lights in the kitchen", {"area": "Kitchen", "domain": "light"}),
        ("set a timer for half an hour", {"minutes": 30}),
        ("set an alarm at half past seven every monday",
         {"hour": 7, "minute": 30, "day": "every mon"}),
        ("volume down", {"volume_step": "down"}),
        ("set the volume to 40 percent", {"volume_level": 40}),
        ("add milk to the shopping list", {"item": "milk"}),
    ],
)  # fmt: skip
def test_what_a_sentence_says_can_be_said_by_a_tool(text: str, slots: dict[str, object]) -> None:
    said = Templates("en", [LIGHT]).recognize(text)
    assert said is not None
    understood = {key: said.intent.slots[key] for key in slots}
    schema = schema_of(said.intent.name, EVERYTHING)
    assert schema is not None
    assert read_arguments(json.dumps(slots), schema) == slots == understood


def test_numbers_may_come_as_text_and_what_is_null_or_false_is_left_out() -> None:
    schema = schema_of("HassLightSet", EVERYTHING)
    assert schema is not None
    given_so = '{"name": " hall ", "brightness": "40", "area": null, "floor": "", "domain": false}'
    assert read_arguments(given_so, schema) == {"name": "hall", "brightness": 40}


@given(st.sampled_from(sorted(HOME_INTENTS)), st.text() | JSON.map(json.dumps))
def test_any_arguments_fit_the_schema_or_are_refused(name: str, text: str) -> None:
    schema = schema_of(name, EVERYTHING)
    assert schema is not None
    try:
        slots = read_arguments(text, schema)
    except CommandInvalid:
        return
    assert slots.keys() <= schema["properties"].keys()


@given(st.dictionaries(st.sampled_from(["name", "brightness", "color", "area"]), JSON))
def test_values_that_are_taken_are_within_their_limits(given_so: dict[str, object]) -> None:
    schema = schema_of("HassLightSet", EVERYTHING)
    assert schema is not None
    try:
        slots = read_arguments(json.dumps(given_so), schema)
    except CommandInvalid:
        return
    assert 0 <= slots.get("brightness", 0) <= 100
    assert slots.get("color", "red") in schema["properties"]["color"]["enum"]
