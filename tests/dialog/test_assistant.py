"""Sentences that go to Home Assistant, over a real WebSocket to a shipped fake of it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.assistant import TOKEN, FakeAssistant, Fault, reply
from benchmarks.broker import free_port
from device import clock
from device.dialog.assistant import HomeAssistantAgent
from device.dialog.base import Answer
from device.dialog.conversation_api import (
    check_auth,
    process_message,
    read_result,
    read_type,
    socket_address,
)
from device.errors import AssistantError, AssistantRefused, ConfigError
from tests.leaving import Left, noting

REPLIES = {
    "is the washing done": reply("Not yet.", "query_answer"),
    "order pizza": reply("Which one?", goes_on=True),
    "pommes bestellen": reply("Bestellt.", language="de"),
    "open the gate": reply("No such gate", "error", code="no_valid_targets"),
    "tell a joke": reply("The joke service is down.", "error", code="failed_to_handle"),
    "be quiet": reply(""),
}


@dataclass
class House:
    fake: FakeAssistant
    agent: HomeAssistantAgent
    left: Left = field(default_factory=list)


@asynccontextmanager
async def a_house(token: str = TOKEN, answer_seconds: float = 8.0) -> AsyncIterator[House]:
    left: Left = []
    async with FakeAssistant(REPLIES) as fake:
        agent = HomeAssistantAgent(fake.url, token, noting(left), answer_seconds)
        yield House(fake, agent, left)
        await agent.close()


async def test_the_reply_of_home_assistant_is_what_is_said() -> None:
    async with a_house() as house:
        assert await house.agent.answer("is the washing done", "en") == Answer("Not yet.", "en")
        assert await house.agent.answer("be quiet", "en") == Answer("", "en")


async def test_the_reply_names_its_own_language() -> None:
    async with a_house() as house:
        assert await house.agent.answer("pommes bestellen", "en") == Answer("Bestellt.", "de")
        assert house.fake.heard[0]["language"] == "en"


async def test_one_connection_serves_many_sentences() -> None:
    async with a_house() as house:
        for _ in range(3):
            assert await house.agent.answer("is the washing done", "en")
        assert house.fake.logins == [TOKEN]


async def test_a_connection_that_was_made_ahead_is_the_one_that_is_used() -> None:
    async with a_house() as house:
        await house.agent.warm_up()
        assert house.fake.logins == [TOKEN]
        assert house.fake.heard == []
        await house.agent.answer("is the washing done", "en")
        assert house.fake.logins == [TOKEN]


@pytest.mark.parametrize("sentence", ["colorless green ideas", "open the gate"])
async def test_what_it_does_not_understand_either_has_no_answer(sentence: str) -> None:
    async with a_house() as house:
        assert await house.agent.answer(sentence, "en") is None


async def test_a_service_that_failed_over_there_is_said_in_its_own_words() -> None:
    async with a_house() as house:
        said = await house.agent.answer("tell a joke", "en")
        assert said == Answer("The joke service is down.", "en")


async def test_a_question_is_listened_on_for_and_its_answer_belongs_to_it() -> None:
    async with a_house() as house:
        asked = await house.agent.answer("order pizza", "en")
        assert asked == Answer("Which one?", "en", continue_listening=True)
        await house.agent.answer("the big one", "en")
        assert [each.get("conversation_id") for each in house.fake.heard] == [
            None, "conversation-1",
        ]  # fmt: skip


def test_a_conversation_is_forgotten_after_five_minutes() -> None:
    async def story() -> list[str | None]:
        async with a_house() as house:
            for pause in (299.0, 301.0, 0.0):
                await house.agent.answer("order pizza", "en")
                await asyncio.sleep(pause)
            return [each.get("conversation_id") for each in house.fake.heard]

    assert clock.run_virtual(story()) == [None, "conversation-1", None]


async def test_the_cloud_light_is_on_exactly_while_a_sentence_is_away() -> None:
    async with a_house() as house:
        await house.agent.answer("is the washing done", "en")
        assert house.left == [(True, "127.0.0.1"), (False, "127.0.0.1")]
        house.fake.fault = Fault.LOST
        with pytest.raises(AssistantError):
            await house.agent.answer("is the washing done", "en")
        assert house.left[2:] == house.left[:2]


@pytest.mark.parametrize("token", ["wrong", ""])
async def test_a_refused_token_is_not_offered_again_and_nothing_leaves(token: str) -> None:
    async with a_house(token) as house:
        for _ in range(3):
            with pytest.raises(AssistantRefused):
                await house.agent.answer("is the washing done", "en")
        assert (house.fake.logins, house.left) == ([token], [])


def test_a_refused_token_is_tried_again_after_ten_minutes() -> None:
    async def story() -> int:
        async with a_house("wrong") as house:
            for pause in (599.0, 2.0, 0.0):
                with pytest.raises(AssistantRefused):
                    await house.agent.answer("is the washing done", "en")
                await asyncio.sleep(pause)
            return len(house.fake.logins)

    assert clock.run_virtual(story()) == 2


@pytest.mark.parametrize(
    "fault",
    [Fault.LOST, Fault.GARBAGE, Fault.NO_MESSAGE, Fault.MISSHAPEN, Fault.ENORMOUS,
     Fault.NOT_LOADED, Fault.STRANGER],
)  # fmt: skip
async def test_a_fault_is_one_error_and_the_next_sentence_is_answered(fault: Fault) -> None:
    async with a_house() as house:
        house.fake.fault = fault
        with pytest.raises(AssistantError) as failed:
            await house.agent.answer("is the washing done", "en")
        assert failed.value.code == "assistant-failed"
        house.fake.fault = None
        assert await house.agent.answer("is the washing done", "en") == Answer("Not yet.", "en")


async def test_a_sentence_is_sent_once_although_no_answer_came() -> None:
    async with a_house() as house:
        house.fake.fault = Fault.LOST
        with pytest.raises(AssistantError):
            await house.agent.answer("is the washing done", "en")
        assert len(house.fake.heard) == 1


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    async with a_house(answer_seconds=0.5) as house:
        house.fake.fault = Fault.SILENT
        with pytest.raises(AssistantError, match="in time"):
            await house.agent.answer("is the washing done", "en")
        assert house.left[-1] == (False, "127.0.0.1")


async def test_an_answer_to_an_earlier_sentence_is_not_taken_for_this_one() -> None:
    async with a_house() as house:
        house.fake.fault = Fault.LATE
        assert await house.agent.answer("is the washing done", "en") == Answer("Not yet.", "en")


async def test_a_cancelled_sentence_leaves_the_agent_usable() -> None:
    async with a_house() as house:
        house.fake.fault = Fault.SILENT
        asking = asyncio.create_task(house.agent.answer("order pizza", "en"))
        while not house.fake.heard:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        house.fake.fault = None
        assert await house.agent.answer("is the washing done", "en") == Answer("Not yet.", "en")
        assert house.left[1] == (False, "127.0.0.1")


async def test_home_assistant_may_restart_between_two_sentences() -> None:
    async with a_house() as house:
        await house.agent.answer("is the washing done", "en")
        await house.fake.stop()
        with pytest.raises(AssistantError, match="cannot be reached"):
            await house.agent.answer("is the washing done", "en")
        await house.fake.start()
        assert await house.agent.answer("is the washing done", "en") == Answer("Not yet.", "en")


async def test_no_proxy_gets_to_see_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    async with a_house() as house:
        assert await house.agent.answer("is the washing done", "en") == Answer("Not yet.", "en")


async def test_nobody_at_the_address_is_an_error_that_says_what_to_check() -> None:
    agent = HomeAssistantAgent(f"http://127.0.0.1:{free_port()}", TOKEN, noting([]))
    with pytest.raises(AssistantError, match=r"check \[home\] assistant"):
        await agent.answer("hello", "en")


async def test_neither_token_nor_sentence_is_ever_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_house() as house:
        await house.agent.answer("order pizza", "en")
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("device")]
    theirs = [each.getMessage() for each in caplog.records if each.name == "websockets.client"]
    assert not any(TOKEN in text or "pizza" in text for text in ours + theirs)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://homeassistant.local:8123", "ws://homeassistant.local:8123/api/websocket"),
        ("https://house.example/", "wss://house.example/api/websocket"),
        ("http://[::1]:8123/ha/", "ws://[::1]:8123/ha/api/websocket"),
    ],
)
def test_the_socket_is_found_below_the_address(url: str, address: str) -> None:
    assert socket_address(url) == address


@pytest.mark.parametrize(
    "url",
    ["", "homeassistant.local", "mqtt://h", "http://", "http://h:99999", "http://u:p@h",
     "http://h?a=b", "http://[::1", "http://..", "ws://h:8123"],
)  # fmt: skip
def test_an_address_that_is_none_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError, match="assistant"):
        HomeAssistantAgent(url, TOKEN, noting([]))


_KEYS = st.sampled_from(
    ["id", "type", "success", "result", "error", "response", "response_type", "speech", "plain",
     "language", "data", "code", "conversation_id", "continue_conversation"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.text(max_size=40) | st.binary(max_size=40) | JSON.map(json.dumps))
def test_no_message_raises_anything_but_an_assistant_error(message: str | bytes) -> None:
    for read in (read_type, check_auth, lambda text: read_result(text, 1)):
        try:
            read(message)
        except AssistantError:
            continue


@given(JSON)
def test_any_result_is_read_or_refused(result: object) -> None:
    text = json.dumps({"id": 1, "type": "result", "success": True, "result": result})
    try:
        answer = read_result(text, 1)
    except AssistantError:
        return
    assert answer is not None
    assert isinstance(answer.text, str)


@given(st.text(), st.text(max_size=5))
def test_any_sentence_is_carried_unchanged(text: str, language: str) -> None:
    sent = json.loads(process_message(7, text, language, None))
    assert (sent["id"], sent["text"], sent.get("language", "")) == (7, text, language)
