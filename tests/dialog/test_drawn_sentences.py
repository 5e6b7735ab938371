import re

import pytest

from benchmarks.home_sentences import Sampler
from benchmarks.home_text import generated_home, measure
from device.dialog.agent import LocalAgent
from device.dialog.base import DialogContext
from device.dialog.language import known_languages
from device.dialog.templates import Templates
from device.types import Action, EntityState, Intent


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh-CN", "ja", "ko", "pt-BR"])
def test_sentences_drawn_from_the_templates_are_understood(language: str) -> None:
    templates = Templates(language, generated_home("en"), "kitchen")

    for meant in Sampler(templates, seed=7).sentences(40):
        said = templates.recognize(meant.text)
        assert said is not None, meant
        if meant.entity_id and said.targets:
            assert [target.id for target in said.targets] == [meant.entity_id], meant


def test_the_generated_home_has_fifty_things_with_names_of_their_own() -> None:
    home = generated_home("en")

    assert len({entity.name for entity in home}) == len(home) == 50


@pytest.mark.slow
def test_the_bench_reports_every_language() -> None:
    figures = measure(100, None)

    names = {figure.name for figure in figures}
    assert {f"{language}_right" for language in ("en", "de", "fr")} <= names
    assert all(figure.value >= 95 for figure in figures if figure.name.endswith("_right"))


class ObedientHome:
    """Does everything, and everything is on."""

    def plan(self, intent: Intent) -> tuple[Action, ...]:
        """One action for each thing that is meant."""
        return tuple(Action(one, "do", "t", "p") for one in intent.slots["entity_id"])

    def state(self, entity_id: str) -> EntityState:
        """On, and twenty degrees."""
        return EntityState("on", "", {"current_temperature": 20})


@pytest.mark.parametrize("language", known_languages())
def test_every_language_replies_with_whole_words(language: str) -> None:
    agent = LocalAgent(generated_home("en"), ObedientHome(), language=language, area="kitchen")

    for meant in Sampler(agent.templates(language), seed=3).sentences(8):
        answer = agent.answer(meant.text, language, DialogContext())
        assert answer.intent is not None, meant
        assert answer.language == language
        assert not re.search(r"None|Undefined|[{}<>]", answer.text), meant
