import pytest

from device.dialog.base import Recognition
from device.dialog.language import LanguageData, load_language
from device.dialog.replies import Replies, view
from device.types import Domain, Entity, EntityState, Intent

LAMP = Entity("light.x", "lamp", Domain.LIGHT)


def said(intent: str = "HassX", response: str = "default") -> Recognition:
    return Recognition(Intent(intent, {"name": "lamp"}), (LAMP,), response, "xx", {"name": "lamp"})


def replies(template: str) -> Replies:
    return Replies(LanguageData("xx", {}, {"HassX": {"default": template}}, {"no_intent": "Hm?"}))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Turned on {{ slots.name }}", "Turned on lamp"),
        ("  {% if state.domain == 'light' %}\n Light {% endif %} on ", "Light on"),
        ("{{ state.state_with_unit }}", "on"),
        ("{{ query.matched | length }} of {{ query.unmatched | length }}", "1 of 0"),
        ("{{ state_attr(state.entity_id, 'level') }}", "7"),
    ],
)
def test_templates_see_slots_states_and_matches(template: str, text: str) -> None:
    states = [view(LAMP, EntityState("on", "", {"level": 7}))]

    assert replies(template).reply(said(), states, states) == text


@pytest.mark.parametrize(
    "template", ["{{ 1 / 'x' }}", "{% if %}", "{{ ''.__class__.__mro__ }}", "{{ state.a.b.c }}"]
)
def test_a_reply_that_cannot_be_put_together_is_a_plain_ok(template: str) -> None:
    assert replies(template).reply(said()) == "OK"


def test_an_intent_without_replies_is_a_plain_ok() -> None:
    assert replies("x").reply(said("HassY")) == "OK"


def test_an_unknown_response_falls_back_to_the_default() -> None:
    assert replies("done").reply(said(response="lights_area")) == "done"


def test_a_language_without_phrases_uses_the_packages_errors_then_english() -> None:
    assert replies("x").phrase("unknown") == "Hm?"
    assert replies("x").phrase("no_answer", name="lamp") == "lamp does not answer."


def test_an_unknown_key_is_a_general_apology() -> None:
    english = Replies(load_language("en"))

    assert english.phrase("never-heard-of") == "Something went wrong. Please try again."


@pytest.mark.parametrize("code", ["de", "en", "es", "fr", "it", "ja", "ko", "nl", "pt", "zh-CN"])
def test_an_answer_that_takes_too_long_is_excused_in_words_of_its_own(code: str) -> None:
    spoken = Replies(load_language(code))

    assert spoken.phrase("took_too_long") != spoken.phrase("failed")
