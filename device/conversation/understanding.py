"""What a person said, from what the microphone heard: by whoever may hear it."""

from collections.abc import Callable
from functools import partial
from typing import Final

from device.conversation.anticipation import Anticipation
from device.conversation.base import Utterance, stage
from device.conversation.correcting import Corrects
from device.conversation.tongues import Tongues
from device.events import StartConversation
from device.pipeline.base import Discreet, Partial, SpeechToText
from device.types import Transcript

_MORE_WORDS: Final = 2

Expected = Callable[[StartConversation | None], tuple[str, ...]]
"""What a person will probably say, who may have been asked something."""


class Understanding:
    """Follows a sentence, guesses at its end, and makes text of the whole.

    What may not be meant for the speaker is heard by engines on the device while they can, and by
    others only once it is over.
    """

    def __init__(
        self, stt: SpeechToText, tongues: Tongues, expected: Expected, correcting: Corrects, *,
        early: bool,
    ) -> None:  # fmt: skip
        """`early`: sentences are understood while they are said and at each pause."""
        self._stt = stt
        self.at_home = stt.at_home if isinstance(stt, Discreet) else stt
        """The engines that let nobody else hear."""
        self._in_doubt = stt.in_doubt if isinstance(stt, Discreet) else stt
        self._tongues = tongues
        self._expected = expected
        self._correcting = correcting
        self._early = early
        self._anticipation = Anticipation(stt, self.at_home) if early else Anticipation(None)

    async def follow(self, utterance: Utterance) -> Partial:
        """Understand along while the person speaks. Never raises."""
        if utterance.samples is None:
            return Partial("")
        language, ours = self._tongues.listened(utterance), utterance.addressed
        return await self._anticipation.follow(utterance.samples, language, addressed=ours)

    async def guess(self, utterance: Utterance) -> Transcript | None:
        """What was said if nothing follows; None when something did, or nobody may be asked."""
        discreet = not utterance.addressed and self._in_doubt is not self._stt
        if not self._early or discreet:
            return None
        return await self._anticipation.understand(utterance, partial(self._text, guess=True))

    async def whole(self, utterance: Utterance) -> Transcript:
        """What was said or typed. Raises StageFailure."""
        early = self._anticipation.take(utterance)
        transcript = await (early or self._text(utterance))
        await self._anticipation.rest()
        return transcript

    async def dismiss(self) -> None:
        """Nobody waits any more for what was said so far; idempotent."""
        await self._anticipation.rest()

    async def _text(self, utterance: Utterance, *, guess: bool = False) -> Transcript:
        if utterance.samples is None:
            return Transcript(utterance.text, await self._tongues.typed(utterance), engine="typed")
        samples, stt = utterance.samples, self._stt if utterance.addressed else self._in_doubt
        with stage("stt"):
            expected = self._expected(utterance.asked)
            language = self._tongues.listened(utterance, answering=bool(expected))
            answer = None
            if expected:
                asked = self.at_home if guess else stt
                answer = await asked.transcribe(samples, language, expected)
            anything = await self._anticipation.finish(samples, language, guess=guess)
            if anything is None or (stt is not self._stt and not anything.text):
                anything = await stt.transcribe(samples, language)
            if answer is not None and not _says_more(anything, answer):
                return answer
            return await self._correcting.correct(anything)


def _says_more(anything: Transcript, answer: Transcript) -> bool:
    """Whether somebody did not answer and gave another command, of which the answer is a part."""
    words = len(answer.text.split())
    return words == 0 or len(anything.text.split()) >= words + _MORE_WORDS
