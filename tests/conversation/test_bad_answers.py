"""Answers that no voice should read out as they are: through a whole session, into the voice."""

from dataclasses import dataclass

import pytest

from device import events as e
from device.dialog.base import Answer
from device.pipeline.mock import MockStt
from tests.flow import Rig, flow, silence, speech, wake_word

TABLE = "| Day | Weather |\n|---|---|\n| Monday | *rain* |\n"


@dataclass
class Pieces:
    """A text, seven letters at a time."""

    text: str
    at: int = 0

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> str:
        piece = self.text[self.at : self.at + 7]
        self.at += 7
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        pass


@dataclass
class Model:
    text: str

    async def answer(self, text: str, language: str) -> Answer | None:
        return Answer("", language, stream=Pieces(self.text))


def said(text: str) -> list[str]:
    """What the voice is given of an answer, in lines."""

    async def story(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), speech(1.0), silence(1.5))

    rig = flow(story, stt=MockStt(["why is the sky blue"]), fallback=Model(text))
    assert rig.of(e.StageFailed) == []
    return [line for line in rig.tts.said if line]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (TABLE, ["Day, Weather", "Monday, rain"]),
        ("It\x00 is\x1b[31m red\x07.", ["It is red ."]),
        ('<speak><break time="1s"/>Good <emphasis>day</emphasis>.</speak>', ["Good day ."]),
        ("# Title\n- **one**\n- `two`", ["Title", "one", "two"]),
        ("Great! 🎉🎉 Done 😀.", ["Great!", "Done ."]),
        ("See [the page](https://example.org/a?b=c).", ["See the page."]),
        ("天空是蓝色的。真的。", ["天空是蓝色的。", "真的。"]),
    ],
)
def test_only_words_are_said(text: str, heard: list[str]) -> None:
    assert said(text) == heard


@pytest.mark.parametrize("text", ["", "   \n ", "😀 🎉", "---", "\x00\x01"])
def test_an_answer_without_words_is_told_to_be_none(text: str) -> None:
    assert " ".join(said(text)) == "My language model did not get to an answer."
