"""What was meant by something short that was said over a reply."""

import asyncio
from dataclasses import dataclass

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.conversation.aside import Asides
from device.conversation.base import Meaning
from device.dialog.agent import LocalAgent
from device.executor import InlineExecutor
from device.home.entities import load_devices
from device.home.home import Home
from device.types import Transcript
from tests.flow import LAMP


@dataclass
class UnsureStt:
    """Hears a stop and a word of agreement in the same sound, each so surely."""

    stop: float
    agreement: float
    name: str = "unsure"

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """The likeliest phrase; empty text where it is too unsure."""
        text, sure = ("stop", self.stop) if "stop" in phrases else ("oh", self.agreement)
        return Transcript(text if phrases and sure >= 0.5 else "", confidence=sure)


def meant(stop: float, agreement: float) -> Meaning:
    home = Home(load_devices((LAMP,)))
    stt, agent = UnsureStt(stop, agreement), LocalAgent(home.entities, home)
    asides = Asides(stt, agent, InlineExecutor())
    samples = np.ones(RATE // 2, dtype=np.int16)
    return asyncio.run(asides.over_reply(samples, "en", ())).meaning


@pytest.mark.parametrize(("stop", "agreement"), [(0.6, 0.1), (0.6, 0.7), (0.8, 1.0), (1.0, 1.0)])
def test_a_stop_that_is_likely_enough_stops(stop: float, agreement: float) -> None:
    assert meant(stop, agreement) is Meaning.STOP


@pytest.mark.parametrize(("stop", "agreement"), [(0.6, 0.95), (0.1, 0.9)])
def test_what_is_clearly_more_like_agreement_stops_nothing(stop: float, agreement: float) -> None:
    assert meant(stop, agreement) is Meaning.AGREEMENT


@dataclass
class GermanEar:
    """Hears the German word for stop, where that is listened for."""

    name: str = "german"

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """The word, in the language that was asked for."""
        text = "stopp" if "stopp" in phrases else ""
        return Transcript(text, language or "en", confidence=0.9)


@pytest.mark.parametrize(
    ("others", "meaning"), [(("fr", "de"), Meaning.STOP), ((), Meaning.NOTHING)]
)
def test_stop_may_be_said_in_any_language_of_the_home(
    others: tuple[str, ...], meaning: Meaning
) -> None:
    asides = Asides(GermanEar(), LocalAgent((), Home(())), InlineExecutor(), others)
    samples = np.ones(RATE // 2, dtype=np.int16)
    for found in (asides.while_ringing(samples, "en"), asides.over_reply(samples, "en", ())):
        assert asyncio.run(found).meaning is meaning


def test_what_is_neither_is_nothing() -> None:
    assert meant(0.2, 0.2) is Meaning.NOTHING
