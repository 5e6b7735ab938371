"""Questions that go to a language model: the real client against a server that streams."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.llm_server import KEY, MODEL, FakeLlm, Fault
from device.config import LlmConfig
from device.dialog.base import Answer, Calls
from device.dialog.history import History
from device.dialog.llm import LanguageModel, messages
from device.dialog.llm_client import LlmClient
from device.dialog.llm_server import LlmServer
from device.dialog.prompts import filler, system_prompt
from device.errors import LlmBusy, LlmError, LlmRefused
from tests.leaving import Left, noting

pytest.importorskip("openai")

SKY = "why is the sky blue"
BLUE = "Because air scatters blue light most. That is Rayleigh scattering."


@dataclass
class Lab:
    fake: FakeLlm
    client: LlmClient
    model: LanguageModel
    history: History
    left: Left = field(default_factory=list)


@asynccontextmanager
async def a_lab(
    key: str = KEY, first: float = 0.0, pace: float = 1_000, **limits: Any
) -> AsyncIterator[Lab]:
    left: Left = []
    async with FakeLlm(lambda _text: BLUE, first, pace) as fake:
        config = LlmConfig(base_url=fake.url, model=MODEL, **limits)
        history = History()
        client = LlmClient(config, key)
        model = LanguageModel([LlmServer(client, config, noting(left))], history)
        yield Lab(fake, client, model, history, left)
        await model.close()
        await client.close()
        assert {task.get_name() for task in asyncio.all_tasks()} & {
            "llm-answer",
            "llm-drop",
        } == set()


async def asked(model: LanguageModel, text: str = SKY) -> str:
    """The whole answer to a sentence."""
    answer = await model.answer(text, "en")
    assert answer is not None
    assert answer.stream is not None
    return "".join([str(delta) async for delta in answer.stream])


async def until_gone(fake: FakeLlm) -> None:
    """Return when no connection is open."""
    async with asyncio.timeout(5):
        while fake.open:
            await asyncio.sleep(0.01)


async def test_the_answer_arrives_piece_by_piece() -> None:
    async with a_lab() as lab:
        answer = await lab.model.answer(SKY, "en")
        assert answer is not None
        assert answer.stream is not None
        deltas = [str(delta) async for delta in answer.stream]
        assert "".join(deltas) == BLUE
        assert len(deltas) == len(BLUE.split())
        assert answer == Answer("", "en", stream=answer.stream)


async def test_it_is_told_who_it_is_what_was_heard_lately_and_the_question() -> None:
    async with a_lab() as lab:
        lab.history.add("who are you")
        lab.history.heard("I am Parlor, a spea", completed=False)
        await asked(lab.model)
        (request,) = lab.fake.asked
        assert request["messages"] == [
            {"role": "system", "content": system_prompt("en")},
            {"role": "user", "content": "who are you"},
            {"role": "assistant", "content": "I am Parlor, a spea …"},
            {"role": "user", "content": SKY},
        ]
        assert lab.fake.refused == []


async def test_one_connection_serves_many_questions() -> None:
    async with a_lab() as lab:
        await lab.client.warm_up()
        for _ in range(3):
            assert await asked(lab.model) == BLUE
        assert lab.fake.accepted == 1


async def test_the_answer_begins_before_it_is_complete() -> None:
    async with a_lab(pace=20) as lab:
        answer = await lab.model.answer(SKY, "en")
        assert lab.fake.finished == 0
        assert answer is not None
        assert answer.stream is not None
        await answer.stream.aclose()


async def test_the_cloud_light_is_on_exactly_while_the_question_is_away() -> None:
    async with a_lab() as lab:
        await asked(lab.model)
        assert lab.left == [(True, "127.0.0.1"), (False, "127.0.0.1")]
        lab.fake.fault = Fault.LOST
        with pytest.raises(LlmError):
            await asked(lab.model)
        assert lab.left[2:] == lab.left[:2]


@pytest.mark.parametrize(
    "fault",
    [Fault.SILENT, Fault.LOST, Fault.GARBAGE, Fault.MISSHAPEN, Fault.EMPTY, Fault.PORTAL,
     Fault.BROKEN, Fault.CUT, Fault.STALLED],
)  # fmt: skip
async def test_a_fault_is_one_error_and_the_next_question_is_answered(fault: Fault) -> None:
    async with a_lab(first_token_seconds=0.5, total_seconds=1.0) as lab:
        lab.fake.fault = fault
        with pytest.raises(LlmError) as failed:
            await asked(lab.model)
        assert failed.value.code == ("llm-astray" if fault is Fault.EMPTY else "llm-failed")
        assert lab.left[-1] == (False, "127.0.0.1")
        lab.fake.fault = None
        assert await asked(lab.model) == BLUE


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.STALLED])
async def test_what_came_before_the_answer_broke_off_is_given(fault: Fault) -> None:
    async with a_lab(total_seconds=1.0) as lab:
        lab.fake.fault = fault
        answer = await lab.model.answer(SKY, "en")
        assert answer is not None
        assert answer.stream is not None
        stream = aiter(answer.stream)
        heard = [str(await anext(stream)) for _ in range(4)]
        assert "".join(heard) == "Because air scatters blue"
        with pytest.raises(LlmError):
            await anext(stream)


async def test_a_refused_key_and_too_many_questions_are_told_apart() -> None:
    async with a_lab(key="wrong") as lab:
        with pytest.raises(LlmRefused, match="key_file"):
            await asked(lab.model)
    async with a_lab() as lab:
        lab.fake.fault = Fault.BUSY
        with pytest.raises(LlmBusy):
            await asked(lab.model)
        assert lab.fake.asked == []


async def test_an_answer_without_end_is_cut() -> None:
    async with a_lab(pace=1e9) as lab:
        lab.fake.fault = Fault.ENDLESS
        assert 4_000 < len(await asked(lab.model)) < 4_100
        await until_gone(lab.fake)


async def test_an_answer_nobody_wants_any_more_leaves_no_connection() -> None:
    async with a_lab(pace=20) as lab:
        answer = await lab.model.answer(SKY, "en")
        assert answer is not None
        assert answer.stream is not None
        await anext(aiter(answer.stream))
        await answer.stream.aclose()
        await until_gone(lab.fake)
        assert lab.left[-1] == (False, "127.0.0.1")
        assert [delta async for delta in answer.stream] == []


async def test_a_question_cancelled_before_its_answer_leaves_no_connection() -> None:
    async with a_lab(first=30) as lab:
        asking = asyncio.create_task(lab.model.answer(SKY, "en"))
        while not lab.fake.asked:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await until_gone(lab.fake)


async def test_a_question_asked_early_is_not_asked_twice() -> None:
    async with a_lab() as lab:
        lab.model.begin(SKY, "en")
        lab.model.begin(SKY, "en")
        assert await asked(lab.model) == BLUE
        assert len(lab.fake.asked) == 1
        assert lab.model.thrown_away == 0
        assert await asked(lab.model) == BLUE
        assert len(lab.fake.asked) == 2


async def test_a_question_that_went_on_is_asked_anew_and_the_early_one_is_dropped() -> None:
    async with a_lab(first=0.1) as lab:
        lab.model.begin("why is the sky", "en")
        await asyncio.sleep(0.05)
        assert await asked(lab.model) == BLUE
        assert [one["messages"][-1]["content"] for one in lab.fake.asked][-1] == SKY
        assert lab.model.thrown_away == 1
        assert lab.fake.finished == 1


async def test_a_server_that_is_away_is_told_and_may_come_back() -> None:
    async with a_lab() as lab:
        await lab.fake.stop()
        with pytest.raises(LlmError, match="base_url"):
            await asked(lab.model)
        await lab.client.warm_up()
        await lab.fake.start()
        assert await asked(lab.model) == BLUE


async def test_no_proxy_gets_to_see_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with a_lab() as lab:
        assert await asked(lab.model) == BLUE


def test_every_prompt_is_in_its_language_and_others_are_asked_for() -> None:
    assert "Deutsch" in system_prompt("de-CH")
    assert "'sw'" in system_prompt("sw")
    assert (filler("pt-BR"), filler("sw")) == ("Um momento.", "")
    assert messages(History(), "hei", "fi")[-1] == {"role": "user", "content": "hei"}


async def test_what_a_question_asked_in_vain_wants_done_is_done_by_nobody() -> None:
    async with a_lab() as lab:
        lab.fake.wants = lambda _request: [("HassTurnOn", '{"name": "kitchen light"}')]
        lab.model.begin(SKY, "en")
        async with asyncio.timeout(5):
            while not lab.fake.finished:
                await asyncio.sleep(0.01)
        lab.model.drop()
        await asyncio.sleep(0)
        assert len(lab.fake.asked) == 1


async def test_a_call_is_handed_on_and_its_result_goes_back_to_the_model() -> None:
    async with a_lab() as lab:
        lab.fake.wants = lambda request: (
            [("HassTurnOn", "{}"), ("HassTurnOff", "{")]
            if request["messages"][-1]["role"] == "user"
            else ()
        )
        lab.fake.preface = "Let me see."
        answer = await lab.model.answer(SKY, "en")
        assert answer is not None
        assert answer.stream is not None
        words = ""
        async for piece in answer.stream:
            if isinstance(piece, Calls):
                assert [(one.name, one.arguments) for one in piece.calls] == [
                    ("HassTurnOn", "{}"), ("HassTurnOff", "{"),
                ]  # fmt: skip
                piece.results.set_result(("lit", "dark"))
            else:
                words += piece
        assert words == f"Let me see.\n{BLUE}"
        told = lab.fake.asked[1]["messages"][-3:]
        assert [one["role"] for one in told] == ["assistant", "tool", "tool"]
        assert [one["content"] for one in told] == ["Let me see.", "lit", "dark"]
        # What is no JSON would make a server stumble that takes it apart.
        assert told[0]["tool_calls"][1]["function"]["arguments"] == "{}"
        assert lab.fake.refused == []
