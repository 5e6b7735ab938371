"""The grammar says what the templates say, in words."""

from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from device.dialog.automaton import Draft, minimal
from device.dialog.grammar import build_grammar, stored_grammar
from device.dialog.templates import Templates
from device.grammar import Grammar
from device.types import Domain, Entity

HOME = (
    Entity("light.reading", "reading lamp", Domain.LIGHT, "Study"),
    Entity("lock.side", "side door", Domain.LOCK, "Study"),
    Entity("switch.heater", "heater 2", Domain.SWITCH, "Attic"),
)


@cache
def grammar() -> Grammar:
    templates = Templates("en", HOME, "Study")
    return build_grammar(templates.intents, templates.slot_lists, "en")


def accepts(what: Grammar, sentence: str) -> bool:
    steps = defaultdict(list)
    for arc in what.arcs:
        for phrase in what.classes.get(arc.label, (arc.label,)):
            steps[arc.source].append((phrase.split(), arc.target))
    words = sentence.split()
    places = {(0, 0)}
    while places:
        state, at = places.pop()
        if at == len(words) and state in what.ends:
            return True
        for said, target in steps[state]:
            if words[at : at + len(said)] == said:
                places.add((target, at + len(said)))
    return False


@pytest.mark.parametrize(
    "sentence",
    [
        "turn on the reading lamp",
        "turn the reading lamp off",
        "set the reading lamp to thirty five percent",
        "lock the side door",
        "is the side door locked",
        "turn on the lights in the attic",
        "set a timer for ninety nine seconds",
        "what time is it",
        "stop",
        "nevermind",
        "turn on heater two",
    ],
)
def test_what_the_home_understands_can_be_said(sentence: str) -> None:
    assert accepts(grammar(), sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "turn on the ceiling lamp",
        "lock the reading lamp",
        "turn on the lights in the cellar",
        "set the reading lamp to thirty five %",
        "set a timer for two hundred seconds",
        "turn on the",
        "",
        "add pears to my shopping list",
    ],
)
def test_nothing_else_can_be_said(sentence: str) -> None:
    assert not accepts(grammar(), sentence)


def test_the_ways_out_of_a_state_share_one() -> None:
    shares: dict[int, float] = defaultdict(float)
    for arc in grammar().arcs:
        assert arc.share > 0
        shares[arc.source] += arc.share
    for state, share in grammar().ends.items():
        shares[state] += share
    assert all(total == pytest.approx(1) for total in shares.values())


def test_usual_words_are_likelier_than_unusual_ones() -> None:
    first = {arc.label: arc.share for arc in grammar().arcs if arc.source == 0}
    assert first["turn"] > first["bring"]


def test_a_hundred_more_names_add_no_states() -> None:
    more = [Entity(f"light.l{n}", f"lamp {n}", Domain.LIGHT, "Study") for n in range(100)]
    templates = Templates("en", (*HOME, *more), "Study")
    bigger = build_grammar(templates.intents, templates.slot_lists, "en")
    assert len(bigger.arcs) == len(grammar().arcs)


def test_every_word_can_be_spoken() -> None:
    assert all(word.replace("'", "").replace(".", "").isalpha() for word in grammar().words)


def test_other_languages_have_a_grammar_too() -> None:
    templates = Templates("de", (Entity("light.a", "Leselampe", Domain.LIGHT, "Küche"),), "Küche")
    german = build_grammar(templates.intents, templates.slot_lists, "de")
    assert accepts(german, "schalte die leselampe ein")


def test_a_kept_grammar_is_the_same(tmp_path: Path) -> None:
    templates = Templates("en", HOME, "Study")
    asked = (templates.intents, templates.slot_lists, "en", tmp_path)
    assert stored_grammar(*asked) == grammar()
    assert stored_grammar(*asked) == grammar()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"arcs": 3}', "\0" * 40])
def test_a_damaged_grammar_is_made_anew(tmp_path: Path, damage: str) -> None:
    templates = Templates("en", HOME, "Study")
    asked = (templates.intents, templates.slot_lists, "en", tmp_path)
    stored_grammar(*asked)
    (file,) = tmp_path.iterdir()
    whole = file.read_text(encoding="utf-8")
    file.write_text(damage, encoding="utf-8")
    assert stored_grammar(*asked) == grammar()
    assert file.read_text(encoding="utf-8") == whole


def test_another_name_makes_another_grammar(tmp_path: Path) -> None:
    for home in (HOME, HOME[:1]):
        templates = Templates("en", home, "Study")
        stored_grammar(templates.intents, templates.slot_lists, "en", tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_states_with_one_future_are_merged() -> None:
    draft = Draft()
    ends = set()
    for word in ("lamp", "light"):
        middle, end = draft.state(), draft.state()
        draft.step(0, word, middle)
        draft.step(middle, "on", end)
        ends.add(end)
    assert len(minimal(draft, ends).steps) == 3


def test_what_is_unheard_is_understood_and_not_listened_for() -> None:
    assert Templates("en", HOME, "Study").recognize("the other one") is not None
    assert not accepts(grammar(), "the other one")
    assert accepts(grammar(), "turn off the other one")
