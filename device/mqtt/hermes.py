"""Tells what happens in the form of Rhasspy's Hermes, and speaks what it asks for.

Source: rhasspy-hermes, modules wake, asr, nlu, intent and dialogue. The site is the device.

    hermes/hotword/<wakewordId>/detected      a wake word was heard
    hermes/dialogueManager/sessionStarted     the speaker listens
    hermes/asr/textCaptured                   what was understood
    hermes/intent/<intentName>                what the person wants
    hermes/dialogueManager/sessionEnded       the turn is over, and why
    hermes/tts/say                            comes in: something to say
    hermes/tts/sayFinished                    it was said, or will not be
"""

import logging
import re
from collections.abc import Callable
from typing import Any, Final

from device import events as e
from device.errors import DeviceError
from device.mqtt.line import Line
from device.mqtt.sayings import SAY_TOPIC, Sayings, read_say
from device.mqtt.topics import to_json

_LOGGER = logging.getLogger(__name__)

_NO_TOPIC_LEVEL = re.compile(r"[^\w.:-]")
_TALKING: Final = (e.TurnState.LISTENING, e.TurnState.PROCESSING)
_REASONS: Final = {
    e.StopRequested: "abortedByUser",
    e.Interrupted: "abortedByUser",
    e.NoSpeech: "timeout",
    e.StageFailed: "error",
}

Message = tuple[str, dict[str, Any]]
"""Topic and JSON payload."""


class Conversations:
    """The messages that tell what happens, folded from events. Pure."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._session: str | None = None
        self._reason = "nominal"
        self._text = ""
        self._confidence = 1.0

    def take(self, event: e.Event) -> list[Message]:
        """Take one more event."""
        if event.turn_id < 0:
            return []
        match event:
            case e.WakeWordDetected():
                return [self._hotword(event)]
            case e.StateChanged(new=state) if state in _TALKING and self._session is None:
                return self._started(event.turn_id)
            case e.StateChanged(new=e.TurnState.IDLE) if self._session:
                return self._ended()
            case e.StateChanged(new=e.TurnState.LISTENING):
                self._reason = "nominal"
            case e.FinalTranscript(text=text, confidence=confidence, language=language):
                self._text, self._confidence = text, confidence
                heard = {"text": text, "likelihood": confidence, "seconds": 0.0}
                return [("hermes/asr/textCaptured", {**heard, **self._where, "lang": language})]
            case e.IntentRecognized():
                return [self._intent(event)]
        self._reason = _REASONS.get(type(event), self._reason)
        return []

    @property
    def _where(self) -> dict[str, str | None]:
        return {"siteId": self._site, "sessionId": self._session}

    def _hotword(self, event: e.WakeWordDetected) -> Message:
        detected = {
            "modelId": event.word, "modelVersion": "", "modelType": "universal",
            "currentSensitivity": 1.0, "siteId": self._site, "sessionId": None,
            "sendAudioCaptured": None, "lang": event.language or None,
        }  # fmt: skip
        return f"hermes/hotword/{_level(event.word)}/detected", detected

    def _started(self, turn_id: int) -> list[Message]:
        self._session, self._reason = f"{self._site}-{turn_id}", "nominal"
        started = {**self._where, "customData": None, "lang": None}
        return [("hermes/dialogueManager/sessionStarted", started)]

    def _ended(self) -> list[Message]:
        termination = {"reason": self._reason}
        ended = {"termination": termination, **self._where, "customData": None}
        self._session = None
        return [("hermes/dialogueManager/sessionEnded", ended)]

    def _intent(self, event: e.IntentRecognized) -> Message:
        parsed = {
            "input": self._text,
            "intent": {"intentName": event.name, "confidenceScore": 1.0},
            **self._where,
            "id": None,
            "slots": [_slot(name, value) for name, value in event.slots.items()],
            "customData": None,
            "asrTokens": None,
            "asrConfidence": self._confidence,
            "rawInput": self._text,
            "wakewordId": None,
            "lang": None,
        }
        return f"hermes/intent/{_level(event.name)}", parsed


class Hermes:
    """Publishes the messages, and hands in what is to be said."""

    def __init__(
        self,
        client: Line,
        site: str,
        announce: Callable[[e.Event], None],
        refuse: Callable[[DeviceError], None],
    ) -> None:
        """`announce` takes what is to be said, `refuse` why something is not."""
        self._client = client
        self._site = site
        self._announce = announce
        self._refuse = refuse
        self._conversations = Conversations(site)
        self._sayings = Sayings()
        client.subscribe(SAY_TOPIC, self._say)

    async def publish(self, event: e.Event) -> None:
        """Tell of an event."""
        for topic, payload in self._conversations.take(event):
            await self._client.tell(topic, to_json(payload))
        for finished in self._sayings.take(event):
            said = {"siteId": self._site, "id": finished.id, "sessionId": finished.session_id}
            await self._client.tell("hermes/tts/sayFinished", to_json(said))

    def _say(self, topic: str, payload: str, retained: bool) -> None:
        if retained:
            _LOGGER.info("ignored a retained message on %s", topic)
            return
        try:
            request = read_say(payload, self._site)
            if request is not None:
                self._announce(e.AnnouncementDue(text=request.text, language=request.language))
                self._sayings.add(request)
        except DeviceError as error:
            self._refuse(error)


def _slot(name: str, value: Any) -> dict[str, Any]:
    raw = str(value)
    return {
        "entity": name, "slotName": name, "confidence": 1.0, "rawValue": raw,
        "value": {"kind": "Unknown", "value": value},
        "range": {"start": 0, "end": len(raw), "rawStart": 0, "rawEnd": len(raw)},
    }  # fmt: skip


def _level(name: str) -> str:
    """A name as one level of a topic."""
    return _NO_TOPIC_LEVEL.sub("_", name)[:100] or "_"
