"""Whether a sentence is complete, asked of a real server that streams nothing."""

import asyncio

import pytest

from benchmarks.llm_server import KEY, MODEL, FakeLlm, Fault
from device.config import LlmConfig
from device.dialog.judge import LlmJudge
from device.dialog.llm_client import LlmClient
from tests.leaving import Left, noting

pytest.importorskip("openai")


async def verdict(reply: str, fault: Fault | None = None, takes: float = 0.0) -> float | None:
    """What the judge says when the model replies this."""
    left: Left = []
    async with FakeLlm(lambda _text: reply, takes) as fake:
        fake.fault = fault
        client = LlmClient(LlmConfig(base_url=fake.url, model=MODEL), KEY)
        await client.warm_up()
        judge = LlmJudge(client, noting(left), 1.0)
        said = await judge.complete("turn on the", "en")
        await client.close()
        assert left == [(True, "127.0.0.1"), (False, "127.0.0.1")]
        assert fake.asked[0]["messages"][-1]["content"] == "turn on the" if fake.asked else True
        return said


@pytest.mark.parametrize(
    ("reply", "probability"),
    [("yes", 0.9), ("No.", 0.1), ("**Yes**", 0.9), ("It depends.", None), ("", None)],
)
async def test_a_verdict_is_yes_or_no_or_nothing(reply: str, probability: float | None) -> None:
    assert await verdict(reply) == probability


@pytest.mark.parametrize(
    "fault", [Fault.SILENT, Fault.LOST, Fault.BROKEN, Fault.BUSY, Fault.PORTAL]
)
async def test_a_model_that_fails_says_nothing(fault: Fault) -> None:
    assert await verdict("yes", fault) is None


async def test_a_verdict_that_comes_too_late_is_none() -> None:
    async with asyncio.timeout(4):
        assert await verdict("yes", takes=5.0) is None
