"""Sentences that mean something only after others, in every language that has them."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

import device.dialog
from device.dialog.intents import REFERENCES
from device.dialog.templates import Templates
from device.types import Domain, Entity
from tests.dialog.talks import OFF, ON, Talk, done, moved

FOLDER = Path(device.dialog.__file__).parent / "references"
LANGUAGES = ("en", "zh", "ja", "ko", "de", "fr", "es")

HOMES = {
    "en": ("Kitchen", "Bedroom", "big lamp", "small lamp", "front door"),
    "de": ("Küche", "Schlafzimmer", "Küchenlampe", "Nachttischlampe", "Haustür"),
    "fr": ("cuisine", "chambre", "grande lampe", "petite lampe", "porte d'entrée"),
    "es": ("cocina", "dormitorio", "lámpara grande", "lámpara pequeña", "puerta"),
    "zh": ("厨房", "卧室", "大灯", "台灯", "前门"),
    "ja": ("台所", "寝室", "大きなライト", "スタンド", "玄関"),
    "ko": ("주방", "침실", "큰 조명", "스탠드", "현관문"),
}
SET = "HassLightSet"
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
