"""Which engines hear what, when some of them send it to others."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest

from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.conversation.base import Meaning
from device.conversation.cascade import Cascade
from device.late import Later, LateStt
from device.pipeline.base import SpeechToText
from device.pipeline.mock import MockStt
from device.pipeline.stt.chain import ChainStt
from device.types import Transcript
from tests.flow import Rig, flow

SAID = np.zeros(RATE, np.int16)


@dataclass
class Elsewhere:
    """Understands at another computer, whole sentences or along."""

    name: str = "elsewhere"
    host: str = "far.example"
    sent: list[Samples] = field(default_factory=list)
    closed: int = 0

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        self.sent.append(samples)
        return Transcript("from far away", "en", engine=self.name)


class Along(Elsewhere):
    """The second kind."""

    def open(self, words: bool = True, language: str | None = None) -> "Along":
        return self

    async def follow(self, samples: Samples) -> str:
        self.sent.append(samples)
        return "from"

    async def finish(self, samples: Samples) -> Transcript:
        return await self.transcribe(samples)

    async def close(self) -> None:
        self.closed += 1


def heard(stt: SpeechToText, language: str = "en") -> str:
    return asyncio.run(stt.transcribe(SAID, language)).text


def test_at_home_nothing_is_sent_whatever_is_understood() -> None:
    far = Elsewhere()
    assert heard(ChainStt([far, MockStt(["here"])]).at_home) == "here"
    assert heard(ChainStt([far, MockStt([""])]).at_home) == ""
    assert heard(ChainStt([far]).at_home) == ""
    assert far.sent == []


def test_in_doubt_who_is_elsewhere_is_asked_only_when_nobody_at_home_knows_the_language() -> None:
    far, here = Elsewhere(), MockStt(["", ""])
    chain = ChainStt([here, far], {"mock": "en"}).in_doubt
    assert heard(chain) == ""
    assert far.sent == []
    assert heard(chain, "de") == "from far away"


def test_a_language_with_engines_of_its_own_asks_those() -> None:
    far, here = Elsewhere(), MockStt(["here", "here"])
    chain = ChainStt([here], languages={"zh": [far]})
    assert (heard(chain), heard(chain, "zh-TW")) == ("here", "from far away")
    assert heard(chain.at_home, "zh") == ""
    assert set(map(id, chain.engines)) == {id(far), id(here)}


def test_who_sends_nothing_is_the_same_at_home() -> None:
    chain = ChainStt([MockStt()])
    assert chain.at_home is chain
    assert chain.in_doubt is chain


def test_what_is_loaded_later_is_as_discreet() -> None:
    far = Elsewhere()

    async def story() -> tuple[str, str, str]:
        async def load() -> ChainStt:
            return ChainStt([far, MockStt(["here", "here"])])

        late = LateStt(Later(load()), "elsewhere+mock", sends=True)
        said = await late.at_home.transcribe(SAID, "en")
        doubtful = await late.in_doubt.open("en").finish(SAID)
        assert far.sent == []
        return said.text, doubtful.text, (await late.transcribe(SAID, "en")).text

    assert asyncio.run(story()) == ("here", "here", "from far away")


def test_a_guess_is_not_sent_before_the_pause_has_lasted_a_little() -> None:
    far = Elsewhere()

    async def story() -> None:
        guess = asyncio.create_task(ChainStt([far]).open("en").finish(SAID, guess=True))
        await asyncio.sleep(0.1)
        guess.cancel()
        await asyncio.wait([guess])
        assert far.sent == []
        await ChainStt([far]).open("en").finish(SAID, guess=True)
        assert len(far.sent) == 1

    run_virtual(story())


def test_what_is_understood_at_home_waits_for_nothing() -> None:
    async def story() -> None:
        began = asyncio.get_running_loop().time()
        guess = ChainStt([MockStt(["here"]), Elsewhere()]).open("en").finish(SAID, guess=True)
        assert (await guess).text == "here"
        assert asyncio.get_running_loop().time() == began

    run_virtual(story())


def test_who_is_asked_for_whole_sentences_does_not_get_their_beginnings() -> None:
    far = Elsewhere()

    async def story() -> None:
        await ChainStt([far], partials="on").open("en").follow(SAID)

    asyncio.run(story())
    assert far.sent == []


def test_who_hears_along_is_told_when_nobody_wants_to_know_any_more() -> None:
    far = Along()

    async def story() -> None:
        listening = ChainStt([far], partials="on").open("en")
        await listening.follow(SAID)
        await listening.close()

    asyncio.run(story())
    assert (len(far.sent), far.closed) == (1, 1)


@pytest.mark.parametrize("at_home", [True, False])
def test_what_is_said_over_the_speaker_does_not_leave(at_home: bool) -> None:
    far, here = Elsewhere(), MockStt(["stop"] * 9)
    chain = ChainStt([far, here] if at_home else [far])
    meant: list[Meaning] = []

    def listens(cascade: Cascade) -> Cascade:
        chains.append(cascade)
        return cascade

    async def story(rig: Rig) -> None:
        (cascade,) = chains
        meant.append((await cascade.overhear(SAID)).meaning)
        meant.append((await cascade.overhear_reply(SAID)).meaning)

    chains: list[Cascade] = []
    flow(story, stt=cast("MockStt", chain), through=listens)
    assert meant == ([Meaning.STOP] * 2 if at_home else [Meaning.NOTHING] * 2)
    assert far.sent == []
