"""A sentence is understood along from the session's ears to its events."""

import numpy as np

from device import events as e
from device.audio.format import RATE, Samples
from device.pipeline.base import Partial
from device.pipeline.mock import MockStt
from device.types import Transcript
from tests.flow import Rig, flow, silence, speech, wake_word


class Following(MockStt):
    """Understands along: how many fifths of a second it has heard."""

    def open(self, language: str | None = None) -> "Following":
        return self

    async def follow(self, samples: Samples) -> Partial:
        self.heard.append(samples)
        return Partial(f"{len(samples) * 5 // RATE} fifths")

    async def close(self) -> None:
        """Nothing to let go of."""

    async def finish(self, samples: Samples, *, guess: bool = False) -> Transcript:
        return await self.transcribe(samples)


async def sentence(rig: Rig) -> None:
    await rig.hear(silence(1.0), wake_word(), speech(1.0), silence(0.2), speech(1.0), silence(2.0))


def test_partial_transcripts_are_told_while_somebody_speaks_and_not_in_pauses() -> None:
    rig = flow(sentence, stt=Following(["turn", "turn on the kitchen light"]))
    told = rig.of(e.PartialTranscript)
    assert len(told) >= 5
    assert [one.text for one in told] == sorted({one.text for one in told}, key=_fifths)
    names = rig.names()
    last = len(names) - 1 - names[::-1].index("partial_transcript")
    assert last < names.index("turn_ended")
    assert {one.turn_id for one in told} == {rig.of(e.FinalTranscript)[0].turn_id}


def test_what_is_followed_begins_like_what_is_understood() -> None:
    rig = flow(sentence, stt=Following(["turn", "turn on the kitchen light"]))
    *followed, whole = rig.stt.heard
    assert all(np.array_equal(part, whole[: len(part)]) for part in followed[:3])


def test_nothing_follows_a_sentence_that_is_given_up() -> None:
    async def story(rig: Rig) -> None:
        await rig.hear(silence(1.0), wake_word(), speech(0.8))
        rig.session.post(e.StopRequested())
        before = len(rig.stt.heard)
        await rig.hear(speech(1.0), silence(1.0))
        assert len(rig.stt.heard) <= before + 1

    flow(story, stt=Following())


def _fifths(text: str) -> int:
    return int(text.split()[0])
