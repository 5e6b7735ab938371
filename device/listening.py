"""Hears one sentence after the other for the turn, in the language the speaker was called in."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from device import effects as do
from device import events as e
from device.attending import Attending
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.conversation.base import Conversation, Utterance
from device.errors import DeviceError, EngineError
from device.hearing import Hearing
from device.pipeline.earcons import Earcon
from device.speaking import Speaking
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
_ECHO_LEAD_SECONDS: Final = 0.03
"""How much sooner than told a chime may be in captured audio: one chunk."""
_ECHO_TAIL_SECONDS: Final = 0.12
"""What the capture buffer and the room add to a chime."""


class Listening:
    """One sentence at a time."""

    def __init__(
        self, timeline: Timeline, hearing: Hearing, speaking: Speaking,
        conversation: Conversation, post: Callable[[e.Event], None],
        aside: Callable[[Coroutine[Any, Any, None]], object], attending: Attending,
        call: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`aside` runs what the sentence need not wait for; `attending` hears it where the
        conversation finds its end; `call` is told who is called.
        """
        self._timeline = timeline
        self._hearing = hearing
        self._speaking = speaking
        self._conversation = conversation
        self._post = post
        self._aside = aside
        self._attending = attending
        self._call = call
        self._task: asyncio.Task[None] | None = None
        self.language = ""
        """Language of the wake word; empty: that of the device."""
        self.voice = ""
        """Voice that answers to the wake word; empty: by language."""

    def begin(self, turn_id: int, listen: do.Listen) -> None:
        """Hear a sentence; who says nothing right after a wake word hears a chime."""
        goes_on = listen.follow_up or listen.interrupting
        if not goes_on:
            self.language, self.voice = listen.language, listen.voice
            self._call(listen.agent)
        elif listen.language:
            self.language = listen.language
        hearing = self._hear(turn_id, listen, None if goes_on else self._chime)
        self._task = asyncio.create_task(hearing, name="listen")

    async def end(self) -> None:
        """Drop what is being heard; idempotent."""
        await end(self._task)

    def said(
        self, heard: e.TurnEnded, asked: e.StartConversation | None, addressed: bool
    ) -> Utterance:
        """The sentence that has just ended, as it is to be answered."""
        return Utterance(
            self._hearing.utterance(heard.start_sample, heard.stop_sample), "",
            self.language, self.voice, stop_sample=heard.speech_stop_sample,
            asked=asked, addressed=addressed,
        )  # fmt: skip

    async def anticipate(
        self, paused: e.SpeechEnded, asked: e.StartConversation | None, addressed: bool
    ) -> None:
        """Understand what was said so far, and say whether that may be all."""
        so_far = Utterance(
            self._hearing.utterance(paused.start_sample), "", self.language,
            stop_sample=paused.stop_sample, asked=asked, addressed=addressed,
        )  # fmt: skip
        over = await self._conversation.anticipate(so_far)
        self._hearing.judge(over, paused.stop_sample)

    async def _hear(
        self, turn_id: int, listen: do.Listen, on_quiet: Callable[[], None] | None
    ) -> None:
        failed: DeviceError
        try:
            if not await self._attending.hear(turn_id, listen, self.language, self.voice, on_quiet):
                await self._hearing.listen(
                    turn_id, listen.start_sample, on_quiet, listen.patience_seconds
                )
            return
        except DeviceError as error:
            failed = error
        except Exception as error:
            _LOGGER.exception("hearing failed")
            failed = EngineError(f"hearing failed: {error}")
        self._post(
            e.StageFailed(stage="vad", code=failed.code, message=str(failed), turn_id=turn_id)
        )

    def _chime(self) -> None:
        self._aside(self._speaking.chime(Earcon.WAKE, self._ignore))

    def _ignore(self, seconds: float) -> None:
        """The chime, which begins now, is no speech."""
        begin = self._timeline.seconds - _ECHO_LEAD_SECONDS
        stop = self._timeline.seconds + seconds + _ECHO_TAIL_SECONDS
        self._hearing.ignore(int(begin * RATE), int(stop * RATE))
