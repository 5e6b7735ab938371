"""Questions: those of the speaker and their answers, and those that somebody else is asked."""

import asyncio

from device import events as e
from device.dialog.base import Answer
from device.errors import AssistantError
from device.events import TurnState
from device.pipeline.mock import MockStt
from tests.flow import Rig, flow, silence, speech
from tests.test_session import one_command

YES_OR_NO = (
    e.PossibleAnswer("yes", ("yes [please]", "sure")), e.PossibleAnswer("no", ("no [thanks]",)),
)  # fmt: skip
QUESTION = e.StartConversation(text="shall I?", question_id="7", answers=YES_OR_NO)


def answered(rig: Rig) -> list[tuple[str, str, str]]:
    return [(one.question_id, one.answer_id, one.text) for one in rig.of(e.QuestionAnswered)]


def test_a_question_of_ours_is_answered_by_one_of_the_allowed_answers() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(QUESTION)
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(0.3), speech(0.6), silence(1.5))
        await rig.settle()

    stt = MockStt(["yes please"])
    rig = flow(story, stt=stt)
    assert rig.tts.said == ["shall I?"]
    assert answered(rig) == [("7", "yes", "yes please")]
    assert set(stt.phrases[0]) == {"yes", "yes please", "sure", "no", "no thanks"}


def test_another_answer_is_told_as_it_was_said_and_does_nothing() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(QUESTION)
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(0.3), speech(0.6), silence(1.5))
        await rig.settle()

    rig = flow(story, stt=MockStt(["turn on the kitchen light"]))
    assert answered(rig) == [("7", "", "turn on the kitchen light")]
    assert rig.home.published == []


def test_a_question_that_nobody_answers_is_told_so() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(QUESTION)
        await rig.until(e.PlaybackFinished)
        await rig.hear(silence(6))
        await rig.settle()

    assert answered(flow(story)) == [("7", "", "")]


def test_a_question_that_is_stopped_is_told_as_unanswered() -> None:
    async def story(rig: Rig) -> None:
        rig.session.post(QUESTION)
        await rig.until(e.PlaybackStarted)
        rig.session.post(e.StopRequested())
        await rig.settle()

    assert answered(flow(story)) == [("7", "", "")]


class Elsewhere:
    """Somebody who understands everything, and asks back about pizza."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, text: str, language: str) -> Answer | None:
        """Keep the sentence."""
        self.asked.append(text)
        asks = text == "order pizza"
        return Answer("which one" if asks else "done elsewhere", language, continue_listening=asks)


def test_what_is_not_understood_is_handed_on_and_the_answer_spoken() -> None:
    elsewhere = Elsewhere()
    rig = flow(one_command, stt=MockStt(["why is the sky blue"]), fallback=elsewhere)
    assert elsewhere.asked == ["why is the sky blue"]
    assert rig.tts.said == ["done elsewhere"]


def test_what_is_understood_stays_here() -> None:
    elsewhere = Elsewhere()
    flow(one_command, stt=MockStt(["turn on the kitchen light"]), fallback=elsewhere)
    assert elsewhere.asked == []


def test_a_yes_to_a_question_from_elsewhere_goes_there() -> None:
    elsewhere = Elsewhere()

    async def story(rig: Rig) -> None:
        for text in ("order pizza", "yes", "yes"):
            rig.session.post(e.UtteranceGiven(text=text, spoken=False))
            await rig.settle()

    flow(story, fallback=elsewhere)
    assert elsewhere.asked == ["order pizza", "yes"]


def test_what_is_overheard_while_it_rings_stays_here() -> None:
    elsewhere = Elsewhere()

    async def story(rig: Rig) -> None:
        rig.session.post(e.TimerDue())
        await rig.until(e.PlaybackStarted)
        await rig.hear(silence(1.0), speech(1.0), silence(1.0))
        rig.session.post(e.StopRequested())

    flow(story, stt=MockStt(["tell them our secret"]), fallback=elsewhere)
    assert elsewhere.asked == []


def test_one_who_cannot_be_asked_leaves_an_apology() -> None:
    class Away:
        async def answer(self, text: str, language: str) -> Answer | None:
            raise AssistantError("nobody there")

    rig = flow(one_command, stt=MockStt(["why is the sky blue"]), fallback=Away())
    assert rig.tts.said
    assert "stage_failed" not in rig.names()
    assert rig.of(e.StateChanged)[-1].new is TurnState.IDLE


UNLOCKED = ("zigbee2mqtt/front door/set", '{"state": "UNLOCK"}')


def unlock(stt: MockStt, seconds: float = 0.3) -> Rig:
    """Somebody asks to unlock the door, is asked back, and says something after a while."""

    async def story(rig: Rig) -> None:
        rig.session.post(e.UtteranceGiven(text="unlock the front door", spoken=False))
        await rig.settle()
        await asyncio.sleep(seconds)
        rig.session.post(e.ListenRequested())
        await rig.until(e.StateChanged)
        await rig.hear(silence(0.5), speech(0.6), silence(1.5))
        await rig.settle()

    return flow(story, stt=stt)


def test_a_door_is_unlocked_by_a_yes_that_is_listened_for() -> None:
    stt = MockStt(["yes"])
    rig = unlock(stt)
    assert rig.home.published == [UNLOCKED]
    assert {"yes", "no"} <= set(stt.phrases[0])


def test_a_yes_long_after_the_question_unlocks_nothing() -> None:
    assert unlock(MockStt(["yes"]), seconds=60).home.published == []


def test_a_whole_command_is_no_yes_though_it_sounds_a_little_like_one() -> None:
    rig = unlock(MockStt(["yes", "turn on the kitchen light"]))
    assert rig.home.published == [("zigbee2mqtt/kitchen light/set", '{"state": "ON"}')]
