"""Corrections are made where they make sense of a sentence, and nowhere else."""

import shutil
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.conversation.correcting import Correcting
from device.dialog.agent import LocalAgent
from device.dialog.sense import Sense
from device.executor import InlineExecutor
from device.home.home import Home
from device.pipeline.stt.correction import Sounds
from device.pipeline.stt.sounding import Sounding
from device.types import Domain, Entity, Transcript

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is missing")

ENTITIES = [
    Entity("light.ceiling", "ceiling light", Domain.LIGHT, "Kitchen"),
    Entity("light.kitchen", "kitchen light", Domain.LIGHT, "Kitchen"),
    Entity("switch.coffee", "coffee machine", Domain.SWITCH, "Kitchen"),
    Entity("lock.back", "back door", Domain.LOCK, "Kitchen"),
    Entity("light.john", "John's lamp", Domain.LIGHT, "Office"),
    Entity("light.jon", "Jon's lamp", Domain.LIGHT, "Attic"),
]
SENSE = Sense(LocalAgent(ENTITIES, Home([]), language="en"))
SOUNDING = Sounding()


def read(text: str, keywords: Mapping[str, float] | None = None, engine: str = "whisper") -> str:
    correcting = Correcting(SENSE, SOUNDING, InlineExecutor(), keywords)
    return correcting.read(Transcript(text, "en", engine=engine)).text


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("turn on the ceiling like", "turn on the ceiling light"),
        ("turn on the sealing light", "turn on the ceiling light"),
        ("turn off the coffee mashing", "turn off the coffee machine"),
        ("Turn on the kitchin light.", "Turn on the kitchen light."),
    ],
)
def test_a_name_that_was_misheard_is_mended(heard: str, meant: str) -> None:
    assert read(heard) == meant


@pytest.mark.parametrize(
    "text",
    [
        "turn on the ceiling light", "turn off the kitchen light", "what time is it",
        "add sealing light to my shopping list", "set a kitten timer for five minutes",
    ],
)  # fmt: skip
def test_what_was_understood_stays_as_it_is(text: str) -> None:
    assert SENSE.meaning(text, "en") is not None
    assert read(text, {"sealing": 4.0, "kitten": 4.0, "Kenyan light": 4.0}) == text


@pytest.mark.parametrize(
    "text", ["who is kitchener", "tell me about the back tore", "what is the capital of France", ""]
)
def test_what_makes_no_sense_to_the_home_either_way_stays_as_it_is(text: str) -> None:
    assert read(text) == text


def test_where_two_names_are_as_near_none_is_taken() -> None:
    assert read("turn on joan's lamp") == "turn on joan's lamp"


@pytest.mark.parametrize("engine", ["command", "typed"])
def test_what_is_typed_or_heard_by_a_closed_vocabulary_stays_as_it_is(engine: str) -> None:
    assert read("turn on the sealing light", engine=engine) == "turn on the sealing light"


def test_keywords_are_read_even_where_others_are_asked() -> None:
    assert read("send a message to shiv on") == "send a message to shiv on"
    assert read("send a message to shiv on", {"Siobhan": 2.0}) == "send a message to Siobhan"
    assert read("send a message to shiv on", {"Siobhan": 0.0}) == "send a message to shiv on"


def test_keywords_can_be_given_later_and_take_the_place_of_those_before() -> None:
    correcting = Correcting(SENSE, SOUNDING, InlineExecutor(), {"Siobhan": 2.0})
    heard = Transcript("send a message to shiv on", "en", engine="whisper")
    assert correcting.read(heard).text.endswith("Siobhan")
    correcting.expect({"marshmallow": 2.0})
    assert correcting.read(heard) == heard


def test_without_espeak_the_spelling_counts() -> None:
    silent = Correcting(SENSE, Sounding("no-such-program"), InlineExecutor())
    heard = Transcript("turn on the ceilin light", "en", engine="whisper")
    assert silent.read(heard).text == "turn on the ceiling light"
    homophone = Transcript("turn on the sealing lite", "en", engine="whisper")
    assert silent.read(homophone) == homophone


def test_what_people_say_is_pronounced_in_memory_only() -> None:
    said = SOUNDING(["zanzibar", "客厅"], "en")
    assert said["zanzibar"]
    assert "客厅" not in said


WORDS = (
    "turn", "on", "off", "the", "sealing", "ceiling", "like", "light", "kitten", "kitchen",
    "coffee",
    "mashing", "machine", "back", "tore", "door", "lock", "what", "is", "john's", "lamp", "lam",
)  # fmt: skip


def spelled_only(_words: Sequence[str], _language: str) -> Mapping[str, Sounds]:
    return {}


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join))
def test_a_correction_never_crosses_intents(text: str) -> None:
    before = SENSE.meaning(text, "en")
    for pronounce in (SOUNDING, spelled_only):
        read_as = Correcting(SENSE, pronounce, InlineExecutor(), {"lamb": 2.0}).read(
            Transcript(text, "en", engine="whisper")
        )
        after = SENSE.meaning(read_as.text, "en")
        if before is not None and before.possible:
            assert read_as.text == text
        elif before is not None and after is not None:
            assert after.intent.name == before.intent.name
