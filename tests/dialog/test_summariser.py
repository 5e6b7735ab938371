"""Older turns that a model sums up while nobody waits: the real client against a fake server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from benchmarks.llm_server import KEY, MODEL, FakeLlm, Fault
from device.config import LlmConfig
from device.dialog.history import History
from device.dialog.llm_client import LlmClient
from device.dialog.llm_server import LlmServer
from device.dialog.summariser import Summariser
from tests.leaving import noting

pytest.importorskip("openai")

SUMMARY = "They spoke about three questions."


@dataclass
class Lab:
    fake: FakeLlm
    history: History
    summariser: Summariser

    def turns(self, count: int) -> None:
        for number in range(count):
            self.history.add(f"question {number}")
            self.history.heard(f"answer {number}")

    async def settled(self) -> None:
        """Wait until nothing is asked any more."""
        while tasks := [one for one in asyncio.all_tasks() if one.get_name() == "llm-summary"]:
            await asyncio.wait(tasks)


@asynccontextmanager
async def a_lab() -> AsyncIterator[Lab]:
    async with FakeLlm(lambda _text: SUMMARY) as fake:
        client = LlmClient(LlmConfig(base_url=fake.url, model=MODEL), KEY)
        history = History()
        server = LlmServer(client, LlmConfig(base_url=fake.url, model=MODEL), noting([]))
        summariser = Summariser(server, history)
        history.on_heard = summariser.look
        yield Lab(fake, history, summariser)
        await summariser.close()
        await client.close()


async def test_three_old_turns_become_one_summary() -> None:
    async with a_lab() as lab:
        lab.turns(8)
        await lab.settled()
        assert lab.history.recalled("question 9").summary == SUMMARY
        assert lab.history.unsummarised == ()
        (asked,) = lab.fake.asked
        assert "question 2" in asked["messages"][-1]["content"]
        assert "question 3" not in asked["messages"][-1]["content"]


async def test_fewer_are_not_worth_it() -> None:
    async with a_lab() as lab:
        lab.turns(7)
        await lab.settled()
        assert lab.fake.asked == []


async def test_a_summary_goes_into_the_next_one() -> None:
    async with a_lab() as lab:
        lab.turns(8)
        await lab.settled()
        lab.turns(3)
        await lab.settled()
        assert SUMMARY in lab.fake.asked[1]["messages"][-1]["content"]


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.LOST, Fault.CUT, Fault.PORTAL, Fault.EMPTY])
async def test_where_the_model_fails_turns_stay_as_they_are(fault: Fault) -> None:
    async with a_lab() as lab:
        lab.fake.fault = fault
        lab.turns(8)
        await lab.settled()
        assert lab.history.summary == ""
        assert len(lab.history.unsummarised) == 3


async def test_who_ends_does_not_wait_for_a_summary() -> None:
    async with a_lab() as lab:
        lab.fake.fault = Fault.SILENT
        lab.turns(8)
        await asyncio.sleep(0.05)
        await lab.summariser.close()
        assert lab.history.summary == ""
