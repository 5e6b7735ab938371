"""Two lamps of one name, and conversations about them."""

from device.dialog.agent import LocalAgent
from device.dialog.base import Answer, DialogContext
from device.types import Domain, Entity
from tests.dialog.homes import RecordingHome

LAMPS = (
    Entity("light.bed", "lamp", Domain.LIGHT, "Bedroom", "Upstairs", ("night light",)),
    Entity("light.desk", "lamp", Domain.LIGHT, "Office", "Ground"),
)
HOME = (
    *LAMPS,
    Entity("light.spot", "spot", Domain.LIGHT, "Kitchen", "Ground"),
    Entity("lock.hall", "door", Domain.LOCK, "Hall"),
    Entity("lock.yard", "door", Domain.LOCK, "Yard"),
    Entity("scene.office", "office", Domain.SCENE),
)

ON, OFF = "HassTurnOn", "HassTurnOff"


class Talk:
    """Hands on what was asked and spoken of to the next sentence, as a conversation does."""

    def __init__(
        self, home: tuple[Entity, ...] = HOME, language: str = "en", area: str = ""
    ) -> None:
        self.agent = LocalAgent(home, RecordingHome(), language=language, area=area)
        self.language = language
        self.context = DialogContext()

    def say(self, *sentences: str) -> Answer:
        """What is answered to the last of these."""
        for text in sentences:
            answer = self.agent.answer(text, self.language, self.context)
            self.context = DialogContext(
                pending=answer.pending, mention=answer.mention or self.context.mention,
                again=answer.again, last_reply=answer.text,
            )  # fmt: skip
        return answer


def moved(answer: Answer) -> list[str]:
    """The things that an answer commands."""
    return [action.entity for action in answer.actions]


def done(answer: Answer) -> tuple[str, list[str]]:
    """What is commanded, and to what."""
    assert answer.intent is not None
    return answer.intent.name, moved(answer)
