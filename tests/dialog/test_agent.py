import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialog.base import DialogContext, RequestKind, SpeakerRequest
from device.types import Domain, Entity
from tests.dialog.homes import RecordingHome, agent, shared_agent

NOWHERE = DialogContext()


@pytest.mark.parametrize(
    ("text", "reply", "entities"),
    [
        ("turn on the kitchen light", "Turned on the light", ["light.kitchen"]),
        ("turn off the lights", "Turned off the lights",
         ["light.kitchen", "light.ceiling_kitchen"]),
        ("turn off all the lights on the upper floor", "Turned off the lights",
         ["light.ceiling_bedroom", "light.lamp"]),
        ("lock the front door", "Locking", ["lock.front"]),
        ("close the garage door", "Closing", ["cover.garage"]),
        ("close the blinds in the living room", "Closing the blinds", ["cover.blinds"]),
        ("set the temperature to 20 degrees", "Temperature set to 20 degrees",
         ["climate.heating"]),
        ("movie night", "Activated", ["scene.movie"]),
        ("pause the television", "Paused", ["media_player.tv"]),
    ],
)  # fmt: skip
def test_commands_give_actions_and_a_reply(text: str, reply: str, entities: list[str]) -> None:
    answer = shared_agent().answer(text, "en", NOWHERE)

    assert answer.text == reply
    assert [action.entity for action in answer.actions] == entities
    assert not answer.continue_listening


@pytest.mark.parametrize(
    ("language", "text", "reply"),
    [
        ("de", "wie spät ist es", "Es ist 15:07"),
        ("de", "kitchen light aus", "Licht ausgeschaltet"),
        ("fr", "quelle heure est-il", "Il est 15:07"),
        ("fr", "allume kitchen light", "Allumé"),
        ("zh", "现在几点了", "下午3点07分"),
        ("zh-CN", "打开kitchen light", "kitchen light已打开"),
        ("en", "what time is it", "3:07 PM"),
        ("en_GB", "what's today's date", "March 4th, 2026"),
        ("de", "welches Datum ist heute", "Es ist Mittwoch der 4. März 2026"),
    ],
)
def test_the_reply_is_in_the_language_of_the_question(language: str, text: str, reply: str) -> None:
    answer = shared_agent().answer(text, language, NOWHERE)

    assert answer.text == reply
    assert answer.language.split("-")[0] == language.split("_")[0].split("-")[0]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("is the front door locked", "Yes"),
        ("is the front door unlocked", "No, locked"),
        ("is the front door open", "No, closed"),
        ("is the living room blinds open",
         "I do not know the state of living room blinds yet."),
        ("which lights are on", "kitchen light"),
        ("how many lights are on", "1"),
        ("are any lights on", "Yes, kitchen light"),
        ("what is the outside temperature", "Outside temperature is 21.5 °C"),
        ("what is the temperature in the living room", "20 degrees"),
        ("what is the temperature in the cellar", "14.5 degrees"),
        ("is the coffee machine on", "I do not know the state of coffee machine yet."),
    ],
)  # fmt: skip
def test_questions_are_answered_from_the_last_reported_states(text: str, reply: str) -> None:
    answer = shared_agent().answer(text, "en", NOWHERE)

    assert answer.text == reply
    assert answer.actions == ()


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("stop", SpeakerRequest(RequestKind.STOP)),
        ("louder", SpeakerRequest(RequestKind.CHANGE_VOLUME, 10)),
        ("volume down", SpeakerRequest(RequestKind.CHANGE_VOLUME, -10)),
        ("set volume to 30 percent", SpeakerRequest(RequestKind.SET_VOLUME, 30)),
        ("mute", SpeakerRequest(RequestKind.MUTE)),
        ("unmute", SpeakerRequest(RequestKind.UNMUTE)),
        ("mute the microphone", SpeakerRequest(RequestKind.MUTE_MICROPHONE)),
    ],
)
@pytest.mark.parametrize("area", ["Kitchen", ""])
def test_the_speaker_is_asked_to_act_on_itself(
    text: str, request_: SpeakerRequest, area: str
) -> None:
    answer = shared_agent(area).answer(text, "en", NOWHERE)

    assert answer.requests == (request_,)
    assert answer.actions == ()
    assert answer.stop is (request_.kind is RequestKind.STOP)


def test_the_volume_of_a_named_player_is_the_homes_business() -> None:
    answer = shared_agent().answer("set the television volume to 20 percent", "en", NOWHERE)

    assert answer.requests == ()
    assert [action.entity for action in answer.actions] == ["media_player.tv"]


def test_say_that_again_repeats_the_last_reply() -> None:
    answer = shared_agent().answer(
        "say that again", "en", DialogContext(last_reply="It is Friday.")
    )

    assert answer.text == "It is Friday."


def test_there_is_nothing_to_repeat_at_first() -> None:
    assert (
        shared_agent().answer("say that again", "en", NOWHERE).text
        == "I have not said anything yet."
    )


def test_never_mind_is_answered_with_silence() -> None:
    answer = shared_agent().answer("never mind", "en", NOWHERE)

    assert answer.text == ""
    assert answer.intent is not None


@pytest.mark.parametrize("text", ["", "   ", "...", "?!"])
def test_silence_is_not_an_unknown_command(text: str) -> None:
    answer = shared_agent().answer(text, "en", NOWHERE)

    assert answer.text == "I did not catch that."
    assert answer.intent is None


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        ("en", "Sorry, I do not know how to do that."),
        ("de", "Das kann ich leider nicht."),
        ("sv", "Ursäkta, jag förstår inte"),
        ("xx", "Sorry, I do not know how to do that."),
    ],
)
def test_an_unknown_request_gets_an_honest_answer(language: str, reply: str) -> None:
    answer = shared_agent().answer("xyzzy plugh", language, NOWHERE)

    assert answer.text == reply
    assert answer.intent is None
    assert answer.actions == ()


def test_timers_are_understood_and_honestly_declined() -> None:
    answer = shared_agent().answer("set a timer for five minutes", "en", NOWHERE)

    assert answer.intent is not None
    assert answer.intent.name == "HassStartTimer"
    assert answer.text == "Sorry, timers are not supported on this device"


def test_an_ambiguous_name_is_asked_about_and_nothing_is_done() -> None:
    home = RecordingHome()

    answer = agent("Hall", home=home).answer("turn on the ceiling light", "en", NOWHERE)

    assert "ceiling light, Kitchen; ceiling light, Bedroom" in answer.text
    assert answer.continue_listening
    assert answer.actions == ()
    assert home.planned == []


def test_an_unknown_room_of_the_speaker_is_asked_about() -> None:
    answer = shared_agent("").answer("turn off the lights", "en", NOWHERE)

    assert answer.text.startswith("Which room")
    assert answer.continue_listening
    assert answer.actions == ()


def test_a_room_without_such_things_is_told() -> None:
    answer = shared_agent().answer("turn off the lights in the living room", "en", NOWHERE)

    assert answer.text == "Sorry, I am not aware of any light in the living room area"
    assert answer.actions == ()


def test_what_a_device_cannot_do_is_told_and_nothing_is_done() -> None:
    home = RecordingHome(incapable=["light.ceiling_kitchen"])

    answer = agent(home=home).answer("turn off the lights", "en", NOWHERE)

    assert answer.text == "kitchen light, ceiling light cannot do that."
    assert answer.actions == ()


def test_an_entity_id_is_explained_by_its_name() -> None:
    told = shared_agent().explain("no_answer", "en", name="light.kitchen")

    assert told == "kitchen light does not answer."


@pytest.mark.parametrize("code", ["broker-unreachable", "engine-failed", "no-such-code"])
@pytest.mark.parametrize("language", ["en", "de", "sv", "zh", "xx"])
def test_every_error_code_can_be_explained(code: str, language: str) -> None:
    assert shared_agent().explain(code, language)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["en", "de", "zh", "", "tlh", "../x"]))
def test_any_text_in_any_language_gets_an_answer_and_no_action_unless_understood(
    text: str, language: str
) -> None:
    answer = shared_agent().answer(text, language, NOWHERE)

    assert answer.text or answer.intent is not None
    assert answer.intent is not None or (not answer.actions and not answer.requests)


def test_a_changed_home_is_known_in_every_language_that_was_heard() -> None:
    known = agent()
    known.answer("wie spät ist es", "de", NOWHERE)

    known.adopt([Entity("light.new", "disco ball", Domain.LIGHT)])

    for language, text in (("en", "turn on the disco ball"), ("de", "schalte disco ball ein")):
        (action,) = known.answer(text, language, NOWHERE).actions
        assert action.entity == "light.new"
    assert known.answer("turn on the kitchen light", "en", NOWHERE).intent is None
    assert known.explain("no_answer", "en", name="light.new") == "disco ball does not answer."


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("what is the weather", False),
        ("turn off the lights in the living room", False),
        ("turn on the kitchen light", True),
        ("is the coffee machine on", True),
        ("what time is it", True),
        ("xyzzy plugh", True),
    ],
)
def test_what_the_home_has_nothing_for_is_marked(text: str, fits: bool) -> None:
    answer = shared_agent().answer(text, "en", NOWHERE)

    assert answer.nothing_fits is not fits
    assert answer.actions == () or fits
