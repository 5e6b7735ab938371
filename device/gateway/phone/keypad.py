"""What the keys of a telephone mean. Pure.

0 interrupts. While a question is open, digits answer it: of yes or no, 1 is yes and 2 is no; any
other gets the number that was typed, which # ends, or a pause; * takes it back, and after the first
digit 0 is one too. At all other times the other keys mean nothing.
"""

from typing import Final

from device import events as e

PAUSE_SECONDS: Final = 2.0
"""A number that was typed is whole when no further key is pressed for so long."""

_LONGEST: Final = 16
_DECISION, _CHOICE = "ParlorConfirm", "ParlorChoose"
_INTERRUPT, _END, _BACK = "0", "#", "*"


class Keypad:
    """Of one call; is told what happens in its conversation."""

    def __init__(self, yes: str, no: str) -> None:
        """`yes` and `no` in the words of the speaker's language."""
        self._decisions = {"1": yes, "2": no}
        self._intent = ""
        self._asked = False
        self._typed = ""

    @property
    def typing(self) -> bool:
        """Whether a number has begun, which `end` takes as whole."""
        return bool(self._typed)

    def tell(self, event: e.Event) -> None:
        """Follow the conversation: is a question open, and which?"""
        match event:
            case e.IntentRecognized(name=name):
                self._intent, self._typed = name, ""
                self._asked = name in (_DECISION, _CHOICE)
            case e.PlaybackFinished(follow_up=True):
                self._asked = True
            case e.FinalTranscript() | e.UtteranceGiven():
                self._intent, self._asked, self._typed = "", False, ""

    def press(self, key: str) -> e.Event | None:
        """What is to be posted when a key was pressed."""
        if key == _INTERRUPT and not self._typed:
            return e.Interrupted(by="api")
        if not self._asked:
            return None
        if self._intent == _DECISION:
            said = self._decisions.get(key, "")
            return e.UtteranceGiven(text=said) if said else None
        if key == _END:
            return self.end()
        if key == _BACK:
            self._typed = ""
        elif key.isdigit() and len(self._typed) < _LONGEST:
            self._typed += key
        return None

    def end(self) -> e.Event | None:
        """Take what was typed as the answer."""
        typed, self._typed = self._typed, ""
        return e.UtteranceGiven(text=typed) if typed else None
