"""What is said while the speaker rings or speaks, by somebody who has not called it.

Nothing is carried out, and nobody else is asked: it may be said to anybody.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from device.audio.format import Samples
from device.conversation.base import Aside, Meaning
from device.dialog.base import ConversationAgent
from device.executor import Executor
from device.pipeline.base import SpeechToText
from device.types import Transcript

_SURELY: Final = 0.75
"""Who says stop so clearly does not agree with a word that sounds a little like it."""
_CLEARLY: Final = 10.0
"""Times as likely as stop is what was not stop."""
_NOTHING: Final = Transcript("")
_SILENCES: Final = {"ParlorStop": Meaning.STOP, "ParlorSnooze": Meaning.SNOOZE}


class Asides:
    """Understands as much of it as concerns the speaker."""

    def __init__(
        self, stt: SpeechToText, agent: ConversationAgent, executor: Executor,
        others: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """`others`: languages in which somebody may want silence too."""
        self._stt = stt
        self._agent = agent
        self._executor = executor
        self._others = tuple(others)

    async def while_ringing(self, samples: Samples, language: str) -> Aside:
        """STOP or SNOOZE when that is what was said. Raises EngineError."""
        heard, meaning = await self._silencing(samples, language, tuple(_SILENCES))
        return Aside(meaning, heard.text)

    async def over_reply(self, samples: Samples, language: str, answers: tuple[str, ...]) -> Aside:
        """What was meant by something short; `answers` to a question of ours are commands.

        Raises EngineError.
        """
        # Looked for together with words of agreement, a "stop" would be heard as "oh".
        stop, meaning = await self._silencing(samples, language, ("ParlorStop",))
        stops = meaning is Meaning.STOP
        if stops and stop.confidence >= _SURELY:
            return Aside(meaning, stop.text)
        agreeing = self._agent.backchannels(language)
        expected = tuple(dict.fromkeys((*answers, *agreeing)))
        heard = await self._stt.transcribe(samples, language, expected) if expected else _NOTHING
        if stops and not _is_clearer(heard, stop):
            return Aside(meaning, stop.text)
        if not heard.text:
            return await self._whole_command(samples, language, agreeing)
        return Aside(Meaning.COMMAND if heard.text in answers else Meaning.AGREEMENT, heard.text)

    async def _silencing(
        self, samples: Samples, language: str, intents: tuple[str, ...]
    ) -> tuple[Transcript, Meaning]:
        heard = await self._silenced_in(samples, language, intents)
        name = await self._intent(heard)
        for other in self._others:
            if name in intents:
                break
            elsewhere = await self._silenced_in(samples, other, intents)
            name = await self._intent(elsewhere)
            heard = elsewhere if name in intents else heard
        return heard, _SILENCES[name] if name in intents else Meaning.NOTHING

    async def _silenced_in(
        self, samples: Samples, language: str, intents: tuple[str, ...]
    ) -> Transcript:
        expected = self._agent.phrases(intents, language)
        return await self._stt.transcribe(samples, language, expected)

    async def _whole_command(
        self, samples: Samples, language: str, agreeing: tuple[str, ...]
    ) -> Aside:
        heard = await self._stt.transcribe(samples, language)
        if heard.text.lower() in agreeing:
            return Aside(Meaning.AGREEMENT, heard.text)
        known = partial(self._agent.understands, heard.text, heard.language)
        whole = bool(heard.text) and await self._executor.run(known)
        return Aside(Meaning.COMMAND if whole else Meaning.NOTHING, heard.text)

    async def _intent(self, heard: Transcript) -> str:
        if not heard.text:
            return ""
        name, _ = await self._executor.run(partial(self._agent.meant, heard.text, heard.language))
        return name


def _is_clearer(heard: Transcript, stop: Transcript) -> bool:
    """Whether the odds are clearly better that it was another word than that it was stop."""
    return bool(heard.text) and _odds(heard) > _CLEARLY * _odds(stop)


def _odds(heard: Transcript) -> float:
    return heard.confidence / max(1.0 - heard.confidence, 1e-6)
