"""What people say to be polite."""

import pytest

from device.dialog.agent import LocalAgent
from device.dialog.base import DialogContext
from device.dialog.fast import plain
from device.types import Domain, Entity
from tests.dialog.homes import RecordingHome

HERE = DialogContext()


@pytest.mark.parametrize(
    ("language", "said", "intent", "reply"),
    [
        ("en", "Hello!", "ParlorGreeting", "Hello."),
        ("en", "Thank you very much.", "ParlorThanks", "You are welcome."),
        ("en", "good night", "ParlorFarewell", "Good night."),
        ("de", "Danke!", "ParlorThanks", "Gern geschehen."),
        ("de", "Guten Morgen", "ParlorGreeting", "Guten Morgen."),
        ("fr", "merci beaucoup", "ParlorThanks", "De rien."),
        ("fr", "Au revoir", "ParlorFarewell", "Au revoir."),
        ("es", "¡Hola!", "ParlorGreeting", "Hola."),
        ("es", "gracias", "ParlorThanks", "De nada."),
        ("zh", "你好！", "ParlorGreeting", "你好。"),
        ("zh", "谢谢", "ParlorThanks", "不客气。"),
        ("ja", "ありがとうございます。", "ParlorThanks", "どういたしまして。"),
        ("ja", "おやすみ", "ParlorFarewell", "おやすみなさい。"),
        ("ko", "안녕하세요", "ParlorGreeting", "안녕하세요."),
        ("ko", "고마워", "ParlorThanks", "천만에요."),
    ],
)
def test_who_is_polite_is_answered_politely(
    language: str, said: str, intent: str, reply: str
) -> None:
    agent = LocalAgent((), RecordingHome(), language=language)
    answer = agent.answer(said, language, HERE)
    assert answer.text == reply
    assert answer.intent is not None
    assert answer.intent.name == intent
    assert agent.understands(said, language)
    assert reply in agent.frequent(language)


def test_a_thing_that_is_called_so_is_meant_before_a_greeting() -> None:
    morning = Entity("script.morning", "good morning", Domain.SCRIPT)
    answer = LocalAgent((morning,), RecordingHome()).answer("start good morning", "en", HERE)
    assert [action.entity for action in answer.actions] == ["script.morning"]


def test_more_than_a_greeting_is_none() -> None:
    agent = LocalAgent((), RecordingHome())
    answer = agent.answer("hello what is the meaning of life", "en", HERE)
    assert answer.intent is None


def test_words_are_compared_without_signs() -> None:
    assert plain("  Bye-bye… ") == "bye bye"
