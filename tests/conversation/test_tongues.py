"""In which language a sentence is listened to, and what is said in it before it is answered."""

import asyncio
from dataclasses import dataclass

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.config import EntityConfig
from device.conversation.base import ActionStarted, Item, Utterance
from device.conversation.cascade import Cascade
from device.conversation.tongues import Tongues
from device.dialog.agent import LocalAgent
from device.dialog.base import Answer
from device.errors import EngineError
from device.executor import InlineExecutor
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import SimulatedHome
from device.pipeline.mock import MockStt, MockTts
from device.types import Domain, Transcript

SOUND = np.zeros(RATE, np.int16)


@dataclass
class DetectingStt(MockStt):
    """Finds out that what is said is German."""

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """The next text."""
        return Transcript(next(self._texts), language or "de", engine=self.name)


class Slow:
    """Knows everything, three seconds later."""

    async def answer(self, text: str, language: str) -> Answer:
        """An answer in the language of the question."""
        await asyncio.sleep(3.0)
        return Answer("Weil.", language)


def answered(utterance: Utterance, *languages: str) -> MockTts:
    """The voice after it has answered."""
    tts, home = MockTts(), Home(())

    async def respond() -> None:
        cascade = Cascade(
            DetectingStt(["warum ist das so"]), LocalAgent((), home), Actuator(SimulatedHome(())),
            tts, InlineExecutor(), "en", "", Slow(), filler_seconds=1.2, languages=languages,
        )  # fmt: skip
        async for _ in cascade.respond(utterance):
            pass

    run_virtual(respond())
    return tts


def test_one_moment_is_said_in_the_language_that_was_found_out() -> None:
    tts = answered(Utterance(SOUND), "de")
    assert tts.said == ["Einen Moment.", "Weil."]
    assert tts.asked == [("de", ""), ("de", "")]


def test_where_one_language_is_spoken_none_is_looked_for() -> None:
    assert answered(Utterance(SOUND)).asked == [("en", ""), ("en", "")]


def test_a_wake_word_tells_the_language() -> None:
    tts = answered(Utterance(SOUND, language="fr"), "de")
    assert tts.said[0] == "Un instant."
    assert {language for language, _ in tts.asked} == {"fr"}


def test_an_answer_is_listened_to_in_the_language_of_the_question() -> None:
    asked: list[str | None] = []

    @dataclass
    class Ear(MockStt):
        async def transcribe(
            self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
        ) -> Transcript:
            """A command, and then the answer to the question."""
            asked.append(language)
            text = "ja" if phrases or len(asked) > 1 else "schließe Haustür auf"
            return Transcript(text, language or "de", engine=self.name)

    door = EntityConfig(name="Haustür", domain=Domain.LOCK, area="Flur", preset="zigbee2mqtt")
    devices = load_devices((door,))

    async def talk() -> list[Item]:
        home = Home(devices)
        cascade = Cascade(
            Ear(), LocalAgent(home.entities, home), Actuator(SimulatedHome(devices)), MockTts(),
            InlineExecutor(), "en", languages=("de",),
        )  # fmt: skip
        async for _ in cascade.respond(Utterance(SOUND)):
            pass
        return [item async for item in cascade.respond(Utterance(SOUND))]

    items = run_virtual(talk())
    assert asked[0] is None
    assert set(asked[1:]) == {"de"}
    (started,) = (item for item in items if isinstance(item, ActionStarted))
    assert started.action.service == "unlock"


class Busy(InlineExecutor):
    """Has too much to do."""

    async def run(self, job: object) -> object:  # type: ignore[override]
        """Raises EngineError."""
        raise EngineError("too much to do")


@pytest.mark.parametrize(("executor", "found"), [(InlineExecutor(), "de"), (Busy(), "en")])
def test_a_detector_that_fails_keeps_the_language(executor: InlineExecutor, found: str) -> None:
    tongues = Tongues("en", ["de"], lambda _text, code: code == "de", executor)
    typed = Utterance(None, "Licht", "")
    assert run_virtual(tongues.typed(typed)) == found
