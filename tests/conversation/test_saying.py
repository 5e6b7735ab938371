"""Answers that are spoken while they still arrive, through a whole session."""

import asyncio
from dataclasses import dataclass, field

import pytest

from device import events as e
from device.dialog.base import Answer
from device.errors import LlmError
from device.pipeline.mock import MockStt
from tests.flow import Rig, flow, silence, speech, wake_word

TEXT = "The sky is blue, because air scatters it. That is so in summer. And in winter."


@dataclass
class Model:
    """Answers word by word, ten a second, and counts what is open."""

    text: str = TEXT
    fails_after: int = 1_000
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    closed: int = 0

    async def answer(self, text: str, language: str) -> Answer | None:
        self.asked.append(text)
        return Answer("", language, stream=Words(self))


class Words:
    def __init__(self, model: Model) -> None:
        self._model = model
        self._words = iter(model.text.split())

    def __aiter__(self) -> "Words":
        return self

    async def __anext__(self) -> str:
        await asyncio.sleep(0.1)
        if len(self._model.given) == self._model.fails_after:
            raise LlmError("gone; look at the server")
        word = next(self._words, None)
        if word is None:
            raise StopAsyncIteration
        self._model.given.append(word)
        return f"{word} "

    async def aclose(self) -> None:
        self._model.closed += 1


def ask(model: Model, *, after: float = 0.0) -> Rig:
    """Ask by voice; after so long in the answer say the wake word again."""

    async def story(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), speech(1.0), silence(1.5))
        if after:
            await rig.until(e.PlaybackStarted)
            await asyncio.sleep(after)
            await rig.hear(wake_word(), silence(12.0))

    return flow(story, stt=MockStt(["why is the sky blue", ""]), fallback=model)


def test_the_first_clause_is_heard_while_the_rest_is_thought_of() -> None:
    model, given = Model(), list[int]()

    async def story(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), speech(1.0))
        hearing_on = asyncio.create_task(rig.hear(silence(3.0)))
        await rig.until(e.PlaybackStarted)
        given.append(len(model.given))
        await hearing_on

    rig = flow(story, stt=MockStt(["why is the sky blue"]), fallback=model)
    assert rig.tts.said == [
        "The sky is blue,", "because air scatters it.", "That is so in summer.", "And in winter.",
    ]  # fmt: skip
    assert 4 <= given[0] <= 8
    assert len(model.given) == len(TEXT.split()) == 16


def test_its_pieces_are_told_as_they_come_and_then_the_whole() -> None:
    parts = [(event.text, event.is_final) for event in ask(Model()).of(e.ReplyText)]
    assert parts == [
        ("The sky is blue,", False), (" because air scatters it.", False),
        (" That is so in summer.", False), (" And in winter.", False), (TEXT, True),
    ]  # fmt: skip


def test_an_answer_that_breaks_off_says_so_after_what_was_there() -> None:
    rig = ask(Model(fails_after=6))
    assert rig.tts.said == [
        "The sky is blue,", "because air", "I cannot reach my language model right now.",
    ]  # fmt: skip
    assert rig.of(e.StageFailed) == []
    assert rig.of(e.ReplyText)[-1].text.endswith("language model right now.")


def test_a_typed_question_is_answered_in_one_piece() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text="why is the sky blue", spoken=False))
        await rig.until(e.ReplyText)

    model = Model()
    rig = flow(story, fallback=model)
    assert [(event.text, event.is_final) for event in rig.of(e.ReplyText)] == [(TEXT, True)]
    assert rig.tts.said == []
    assert model.closed == 1


@pytest.mark.parametrize("after", [0.1, 0.5, 1.0])
def test_an_answer_that_is_cut_is_thought_of_no_further(after: float) -> None:
    model = Model("So many words. " * 100)
    ask(model, after=after)
    assert model.closed == 1
    assert len(model.given) < 100


def test_a_whole_answer_closes_its_stream() -> None:
    model = Model()
    ask(model)
    assert model.closed == 1
