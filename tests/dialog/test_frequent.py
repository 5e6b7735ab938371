"""What is made ahead is what is said."""

import pytest

from tests.dialog.talks import Talk

COMMANDS = ("turn on the spot", "turn off the spot", "turn on the office scene",
            "set the spot to red", "set the spot to 50 percent", "turn on all lights")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reply_to_a_plain_command_is_foreseen(command: str) -> None:
    talk = Talk()
    said = talk.say(command)
    assert said.actions
    assert said.text in talk.agent.frequent("en")


@pytest.mark.parametrize(
    "language", ["en", "de", "es", "fr", "it", "ja", "ko", "nl", "pt", "zh", "fi"]
)
def test_there_are_few_none_twice_and_none_with_a_hole(language: str) -> None:
    foreseen = Talk(language=language).agent.frequent(language)
    assert 0 < len(foreseen) == len(set(foreseen)) < 60
    assert all(text and "{" not in text and "None" not in text for text in foreseen)


def test_what_is_not_in_the_home_is_not_foreseen() -> None:
    with_lights, without = Talk().agent, Talk(()).agent
    assert "Turned on the light" in with_lights.frequent("en")
    assert not [text for text in without.frequent("en") if text.startswith("Turned")]
    assert "One moment." in without.frequent("en")
