import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import clock
from device.conversation.turn_model import (
    LIMIT_SECONDS,
    AskedModel,
    ScriptedTurnModel,
    TurnModel,
    second_opinion,
    together,
)
from device.types import Transcript

T = TypeVar("T")
SOUND = np.zeros(1600, dtype=np.int16)
DOUBTFUL = Transcript("play something", "en")


class Judge:
    """Says how complete it finds anything."""

    async def complete(self, text: str, language: str) -> float | None:
        """Rather complete."""
        return 0.8


def run(main: Coroutine[Any, Any, T]) -> T:
    return clock.run_virtual(main)


def ask(model: TurnModel | None, told: float | None, heard: Transcript = DOUBTFUL) -> float | None:
    return run(second_opinion(model, SOUND, heard, told))


def test_without_a_model_the_words_decide() -> None:
    assert ask(None, 0.4) == 0.4


def test_a_model_is_not_asked_when_the_words_are_sure() -> None:
    model = ScriptedTurnModel(0.5)
    assert (ask(model, 0.97), ask(model, 0.03)) == (0.97, 0.03)
    assert model.asked == []


def test_a_model_decides_where_the_words_tell_nothing() -> None:
    assert ask(ScriptedTurnModel(0.8), None) == pytest.approx(0.8)


def test_words_and_model_are_weighed_together() -> None:
    answer = ask(ScriptedTurnModel(0.8), 0.2)
    assert answer == pytest.approx(0.5)


def test_a_model_that_cannot_tell_changes_nothing() -> None:
    assert ask(ScriptedTurnModel(None), 0.6) == 0.6


def test_a_late_model_is_not_waited_for() -> None:
    async def late() -> tuple[float | None, float]:
        model = ScriptedTurnModel(1.0, seconds=5.0)
        answer = await second_opinion(model, SOUND, DOUBTFUL, 0.6)
        return answer, asyncio.get_running_loop().time()

    answer, seconds = run(late())
    assert answer == 0.6
    assert seconds == pytest.approx(LIMIT_SECONDS)


def test_a_judge_of_sentences_is_asked_about_words_only() -> None:
    model = AskedModel(Judge())
    assert ask(model, None) == pytest.approx(0.8)
    assert ask(model, None, Transcript("", "en")) is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_together_lies_between_the_two(one: float, other: float) -> None:
    both = together(one, other)
    low, high = sorted(min(0.99, max(0.01, value)) for value in (one, other))
    assert low - 1e-9 <= both <= high + 1e-9
