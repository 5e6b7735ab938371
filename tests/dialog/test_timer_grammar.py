"""What the closed vocabulary of the command recogniser holds about timers, alarms and lists."""

import pytest

from tests.dialog.test_grammar import accepts, grammar


@pytest.mark.parametrize(
    "sentence",
    [
        "set a timer for half an hour",
        "set a pizza timer for ten minutes",
        "how long is left on the pizza timer",
        "add two minutes to the pizza timer",
        "cancel all timers",
        "set an alarm for seven thirty",
        "set an alarm for seven oh five a.m. tomorrow",
        "wake me at half past seven on weekdays",
        "cancel all my alarms",
        "when is my next alarm",
        "remind me in ten minutes",
        "add milk to the shopping list",
        "remove olive oil from my list",
        "what is on my shopping list",
        "clear the packing list",
        "snooze",
        "yes",
        "no",
        "that was a false wake",
    ],
)
def test_it_can_be_said_to_the_command_recogniser(sentence: str) -> None:
    assert accepts(grammar(), sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "remind me in ten minutes to call mum",
        "set a sourdough timer for ten minutes",
        "add caviar to the shopping list",
        "turn off the side door in ten minutes",
    ],
)
def test_free_text_is_for_writing_and_for_other_recognisers(sentence: str) -> None:
    assert not accepts(grammar(), sentence)
