"""A sentence is understood along, engine by engine."""

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.errors import EngineError
from device.pipeline.base import Partial
from device.pipeline.mock import MockStt
from device.pipeline.stt.chain import ChainStt
from device.types import Transcript


class Following(MockStt):
    """Understands along what it was told it would hear."""

    def open(self, words: bool = True, language: str | None = None) -> "Following":
        return self

    async def follow(self, samples: Samples) -> str:
        return (await self.transcribe(samples)).text

    async def finish(self, samples: Samples) -> Transcript:
        return await self.transcribe(samples)


def said(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def partials(chain: ChainStt, *seconds: float) -> list[Partial]:
    async def follow() -> list[Partial]:
        listening = chain.open("en")
        return [await listening.follow(said(length)) for length in seconds]

    return run_virtual(follow())


def test_what_is_understood_so_far_is_told_with_what_is_stable_of_it() -> None:
    chain = ChainStt([Following(["turn", "turn off", "turn off the"])], partials="on")
    assert partials(chain, 0.6, 1.2, 1.8)[1:] == [
        Partial("turn off", "turn"),
        Partial("turn off the", "turn off"),
    ]


def test_hypotheses_that_follow_at_once_do_not_confirm_each_other() -> None:
    chain = ChainStt([Following(["turn", "turn"])], partials="on")
    assert [one.stable for one in partials(chain, 0.6, 0.7)] == ["", ""]


@pytest.mark.parametrize(("mode", "asked"), [("auto", 0), ("on", 2), ("off", 0)])
def test_an_engine_of_whole_sentences_hears_along_only_when_it_is_asked_for(
    mode: str, asked: int
) -> None:
    engine = MockStt(["what", "what time"])
    told = partials(ChainStt([engine], partials=mode), 0.6, 0.7, 1.2)
    assert len(engine.heard) == asked
    assert told[-1].text == ("what time" if asked else "")


def test_nothing_is_told_when_that_is_switched_off_but_the_engine_follows() -> None:
    engine = Following(["turn"])
    assert partials(ChainStt([engine], partials="off"), 0.6) == [Partial("")]
    assert len(engine.heard) == 1


def finished(*engines: MockStt) -> Transcript:
    async def finish() -> Transcript:
        return await ChainStt(engines).open("en").finish(said(1.0))

    return run_virtual(finish())


def test_the_next_engine_takes_what_the_first_rejects_or_fails_at() -> None:
    other = ["what is love"]
    assert finished(Following(), MockStt(other, name="whisper")).engine == "whisper"
    broken = Following(error=EngineError("broken; mend it"))
    assert finished(broken, MockStt(other, name="whisper")).engine == "whisper"


def test_the_failure_of_the_only_engine_is_told() -> None:
    with pytest.raises(EngineError, match="mend it"):
        finished(Following(error=EngineError("broken; mend it")))
