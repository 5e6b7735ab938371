import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.home_sentences import Sampler
from device.dialog.slots import SayableNames
from device.dialog.templates import Templates
from device.types import Domain, Entity
from tests.dialog.homes import HOME


class EveryName(SayableNames):
    """Hands hassil every name of the home."""

    def _letters_heard(self, text: str) -> str:
        return "\n".join(self._keys.values())


ODD_HOME = (
    *HOME,
    Entity("light.sharp", "große Straßenlampe", Domain.LIGHT, "Straße"),
    Entity("light.dash", "night-light", Domain.LIGHT, "Bedroom"),
    Entity("light.turkish", "IŞIK", Domain.LIGHT, "Hall"),
    Entity("light.number", "spot 2", Domain.LIGHT, "Hall"),
    Entity("light.dots", "A.C. lamp", Domain.LIGHT, "Hall"),
    Entity("light.sign", "★", Domain.LIGHT, "Hall"),
    Entity("light.chinese", "客厅 灯", Domain.LIGHT, "Hall"),
    Entity("light.the", "over the sink", Domain.LIGHT, "Kitchen"),
)


@pytest.mark.parametrize("language", ["en", "de", "zh-CN", "tr"])
def test_names_that_cannot_be_meant_make_no_difference(language: str) -> None:
    """hassil sees few names of a sentence, and understands what it does when it sees all."""
    few, every = Templates(language, ODD_HOME, "Kitchen"), Templates(language, ODD_HOME, "Kitchen")
    every.names = EveryName(ODD_HOME, every.intents)
    drawn = [meant.text for meant in Sampler(few, seed=11).sentences(30)]
    twisted = [text.upper() for text in drawn[:10]] + [
        text.replace(" ", "-") for text in drawn[:10]
    ]
    skipped = [f"{word} {text}" for text in drawn[:5] for word in few.intents.skip_words[:3]]

    for text in (*drawn, *twisted, *skipped, "turn on over please the sink", "night light on"):
        assert few.recognize(text) == every.recognize(text), text


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([entity.name for entity in ODD_HOME]), st.sampled_from("-_ .,!"), st.booleans()
)
def test_a_name_is_found_however_it_is_written(name: str, sign: str, upper: bool) -> None:
    written = name.replace(" ", sign)
    text = f"turn on {written.upper() if upper else written}"
    few, every = ODD_TEMPLATES

    assert few.recognize(text) == every.recognize(text)


def _both_kinds() -> tuple[Templates, Templates]:
    few, every = Templates("en", ODD_HOME), Templates("en", ODD_HOME)
    every.names = EveryName(ODD_HOME, every.intents)
    return few, every


ODD_TEMPLATES = _both_kinds()


def test_of_hundreds_of_one_name_the_room_decides() -> None:
    home = [Entity(f"light.{index}", "lamp", Domain.LIGHT, f"room {index}") for index in range(900)]

    said = Templates("en", home).recognize("turn on the lamp in room 899")

    assert said is not None
    assert said.intent.slots["entity_id"] == ["light.899"]
    assert said.intent.slots["name"] == "lamp"


def test_an_alias_that_is_anothers_name_is_asked_about() -> None:
    home = [
        Entity("light.a", "desk lamp", Domain.LIGHT, "Office", aliases=("reading lamp",)),
        Entity("light.b", "reading lamp", Domain.LIGHT, "Bedroom"),
    ]

    said = Templates("en", home, "Bedroom").recognize("turn on the reading lamp")
    asked = Templates("en", home).recognize("turn on the reading lamp")

    assert said is not None
    assert said.intent.slots["name"] == "reading lamp"
    assert asked is not None
    assert {entity.id for entity in asked.candidates} == {"light.a", "light.b"}
