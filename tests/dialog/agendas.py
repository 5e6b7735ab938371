"""An agent that keeps timers and lists, at noon on a Wednesday."""

from pathlib import Path

from device.dialog.agenda_skills import agenda_skills
from device.dialog.agent import LocalAgent
from device.dialog.base import DialogContext
from device.dialog.listbook import ListBook
from tests.dialog.clocks import Clocks
from tests.dialog.homes import HOME, RecordingHome


class Speaker:
    """What is said to it is answered; its books can be looked into."""

    def __init__(self, folder: Path, language: str = "en", clocks: Clocks | None = None) -> None:
        self.clocks = clocks or Clocks()
        self.home = RecordingHome()
        self.book = self.clocks.book(folder)
        self.lists = ListBook(folder / "lists.sqlite")
        self.language = language
        self._agent = LocalAgent(
            HOME,
            self.home,
            language=language,
            area="Kitchen",
            skills=agenda_skills(self.book, self.lists),
        )

    def ask(self, text: str) -> str:
        """The answer to a sentence; it never does anything in the home."""
        answer = self._agent.answer(text, self.language, DialogContext(area="Kitchen"))
        assert not answer.actions
        return answer.text
