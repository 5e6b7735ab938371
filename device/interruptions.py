"""Hears who talks while the speaker thinks or speaks, and tells the turn what to make of it.

Each layer asks more than the one before: something stands out (duck), it changes as words do and is
no echo of ours, it is more than a word of agreement (hold). A stop word needs no confirmation.
"""

import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from device import events as e
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.conversation.base import Conversation, Meaning
from device.events import BargeIn
from device.hearing import Hearing, Played
from device.overhearing import heed
from device.pipeline.frontend.base import EchoState
from device.pipeline.stt.own_words import are_ours
from device.pipeline.vad.interruption import (
    Confirmed,
    Finding,
    Interruption,
    Passed,
    Said,
    Suspected,
    settings_for,
)
from device.pipeline.vad.own_voice import is_echo, likeness
from device.pipeline.vad.timbre import may_be_words

_LOGGER = logging.getLogger(__name__)

_PADDING: Final = RATE // 5
"""What is understood begins so much before the speech, and ends so much after it."""
_LONGEST_MS: Final = 3_000
"""A stop word that nothing else is said with is never longer."""
_SHORTEST_SECONDS: Final = 0.2
"""What is shorter is a noise, though a click may sound like a word. Who makes a sound for longer,
without a word, agrees."""
_RECENT: Final = RATE
"""Of what goes on for long the last second tells whether somebody speaks now."""
_PERHAPS: Final = 0.35
"""Likeness with what was played that, together with the same words, makes it an echo."""


@dataclass(frozen=True, slots=True)
class _Over:
    """What is talked over."""

    turn_id: int
    free: bool
    """Any speech interrupts, not stop words only."""
    asked: e.StartConversation | None
    interruption: Interruption


class Interruptions:
    """One session's ear for what is said over its replies."""

    def __init__(
        self,
        hearing: Hearing,
        conversation: Conversation,
        post: Callable[[e.Event], None],
        echo: Callable[[], EchoState],
        saying: Callable[[], str],
        played: Played,
        sensitivity: float = 0.5,
    ) -> None:
        """`saying`: the words of the reply that are heard about now; `sensitivity` 0 to 1."""
        self._hearing = hearing
        self._conversation = conversation
        self._post = post
        self._echo = echo
        self._saying = saying
        self._played = played
        self._sensitivity = sensitivity

    def set_sensitivity(self, sensitivity: float) -> None:
        """How readily somebody is heard, 0 to 1, from the next reply on."""
        self._sensitivity = sensitivity

    def is_ours(self, start_sample: int, stop_sample: int) -> bool:
        """Whether what was heard there is only what the speaker played."""
        heard = self._hearing.utterance(start_sample, stop_sample)
        alike = likeness(heard, self._played(start_sample, stop_sample))
        return is_echo(alike, (stop_sample - start_sample) / RATE)

    async def run(
        self,
        turn_id: int,
        mode: BargeIn = BargeIn.FULL,
        asked: e.StartConversation | None = None,
    ) -> None:
        """Listen until cancelled; where speech may not interrupt there is nothing to hear.

        `asked`: the question of ours that the reply asks.
        """
        if mode not in (BargeIn.FULL, BargeIn.WAKE_WORD):
            return
        free, settings = mode is BargeIn.FULL, settings_for(self._sensitivity)
        if not free:
            settings = replace(settings, confirm_ms=_LONGEST_MS)
        over = _Over(turn_id, free, asked, Interruption(settings))
        try:
            findings = self._hearing.talked_over(over.interruption, self._residual)
            async with aclosing(findings):
                async for finding in findings:
                    await self._take(finding, over)
        except Exception:
            _LOGGER.exception("what is said over the speaker is not heard any more")

    def _residual(self) -> float | None:
        echo = self._echo()
        return echo.residual_dbfs if echo.playing else None

    async def _take(self, finding: Finding, over: _Over) -> None:
        match finding:
            case Suspected(start_sample=start):
                if over.free:
                    self._post(e.SpeechSuspected(start_sample=start, turn_id=over.turn_id))
            case Passed():
                self._reject(finding, over, "noise")
            case Confirmed() | Said():
                heard = self._hearing.utterance(finding.start_sample, finding.stop_sample)
                alike = self._likeness(finding, heard)
                if reason := nobodys(finding, heard, alike):
                    self._reject(finding, over, reason)
                elif isinstance(finding, Confirmed):
                    self._interrupt(finding, over)
                else:
                    await self._find_out(finding, alike, over)

    async def _find_out(self, said: Said, alike: float, over: _Over) -> None:
        def is_ours(text: str) -> bool:
            return alike >= _PERHAPS and are_ours(text, self._saying())

        begin, stop = max(0, said.start_sample - _PADDING), said.stop_sample + _PADDING
        samples = self._hearing.utterance(begin, stop)
        understanding = self._conversation.overhear_reply(samples, over.asked)
        aside = await heed(understanding, over.turn_id, self._post, is_ours)
        match aside.meaning:
            case Meaning.COMMAND:
                self._interrupt(said, over)
            case Meaning.AGREEMENT:
                self._reject(said, over, "backchannel")
            case Meaning.NOTHING if aside.text and is_ours(aside.text):
                self._reject(said, over, "echo")
            case Meaning.NOTHING:
                self._reject(said, over, "backchannel")

    def _likeness(self, finding: Confirmed | Said, heard: Samples) -> float:
        """How alike it is to what we played, 0 to 1."""
        return likeness(heard, self._played(finding.start_sample, finding.stop_sample))

    def _interrupt(self, finding: Confirmed | Said, over: _Over) -> None:
        if not over.free:
            return
        self._overlap("interruption", finding, over)
        self._post(
            e.Interrupted(by="speech", start_sample=finding.start_sample, turn_id=over.turn_id)
        )

    def _reject(self, finding: Confirmed | Said | Passed, over: _Over, reason: str) -> None:
        if reason == "echo":
            heard = self._hearing.utterance(finding.start_sample, finding.stop_sample)
            over.interruption.beware(dbfs(heard))
        if reason == "backchannel":
            self._overlap("backchannel", finding, over)
        if over.free:
            self._post(e.SpeechRejected(reason=reason, turn_id=over.turn_id))

    def _overlap(self, manner: str, finding: Confirmed | Said | Passed, over: _Over) -> None:
        if self._echo().playing:
            seconds = round(_seconds(finding), 2)
            self._post(e.Overlap(manner=manner, seconds=seconds, turn_id=over.turn_id))


def nobodys(finding: Confirmed | Said, heard: Samples, alike: float) -> str:
    """Why something that was found is nobody's words: "echo" or "noise"; empty: it may be some.

    `heard`: all of it, shape (n,); `alike`: how much it moves like what we played, 0 to 1.
    """
    seconds, words = _seconds(finding), may_be_words(heard[-_RECENT:])
    # What is taken for an echo makes the ear wary; a clatter is not to do that.
    if isinstance(finding, Said) and (seconds < _SHORTEST_SECONDS or not words):
        return "noise"
    if is_echo(alike, seconds):
        return "echo"
    return "" if words else "noise"


def _seconds(finding: Confirmed | Said | Passed) -> float:
    return (finding.stop_sample - finding.start_sample) / RATE
