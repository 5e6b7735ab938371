"""Sentences that the speaker hands to a real Home Assistant's conversation API."""

from collections.abc import AsyncIterator

import pytest

from device.dialog.assistant import HomeAssistantAgent
from device.errors import AssistantRefused
from tests.ha.api import log_in
from tests.ha.instance import HomeAssistant
from tests.leaving import noting

FOUNTAIN = "input_boolean.garden_fountain"


@pytest.fixture
async def agent(assistant: HomeAssistant) -> AsyncIterator[HomeAssistantAgent]:
    asked = HomeAssistantAgent(assistant.address, assistant.token, noting([]))
    yield asked
    await asked.close()


async def test_it_switches_what_only_home_assistant_knows(
    assistant: HomeAssistant, agent: HomeAssistantAgent
) -> None:
    async with log_in(assistant.address, assistant.token) as api:
        await api.expose(FOUNTAIN)
        said = await agent.answer("turn on the garden fountain", "en")
        assert said is not None
        assert said.text
        await api.until(FOUNTAIN, "on")
        await agent.answer("turn off the garden fountain", "en")
        await api.until(FOUNTAIN, "off")


async def test_it_answers_questions(agent: HomeAssistantAgent) -> None:
    said = await agent.answer("what time is it", "en")
    assert said is not None
    assert ("M" in said.text, said.language) == (True, "en")


async def test_it_answers_in_the_language_of_the_sentence(agent: HomeAssistantAgent) -> None:
    said = await agent.answer("wie spät ist es", "de")
    assert said is not None
    assert (":" in said.text, said.language) == (True, "de")


@pytest.mark.parametrize("sentence", ["colorless green ideas sleep", "turn on the moon"])
async def test_what_it_does_not_understand_has_no_answer(
    agent: HomeAssistantAgent, sentence: str
) -> None:
    assert await agent.answer(sentence, "en") is None


async def test_a_wrong_token_is_refused(assistant: HomeAssistant) -> None:
    intruder = HomeAssistantAgent(assistant.address, "not a token", noting([]))
    with pytest.raises(AssistantRefused):
        await intruder.answer("what time is it", "en")
