"""Who is asked what the speaker does not understand, and when it is told that words leave it."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks.llm_server import KEY, MODEL, FakeLlm
from device import events as e
from device.asked import open_asked
from device.bus import Bus
from device.config import Config, LlmConfig
from device.dialog.agent import LocalAgent
from device.home.home import Home
from device.outside import Outside

pytest.importorskip("openai")


async def test_words_are_said_to_leave_until_the_last_answer_has_come(tmp_path: Path) -> None:
    key_file, bus = tmp_path / "key", Bus()
    key_file.touch(mode=0o600)
    key_file.write_text(KEY)
    told = bus.subscribe()
    async with FakeLlm(lambda _text: "blue " * 100, tokens_per_second=20) as server:
        llm = LlmConfig(base_url=server.url, model=MODEL, key_file=key_file, judge=True)
        async with AsyncExitStack() as stack:
            asked = open_asked(Config(llm=llm), Outside(bus.tell), stack, LocalAgent([], Home([])))
            assert asked.model is not None
            assert asked.judge is not None
            answer = await asked.model.answer("why is the sky blue", "en")
            assert answer is not None
            await asked.judge.complete("why is the sky", "en")
            bus.tell(e.Ready(words=()))
            assert answer.stream is not None
            await answer.stream.aclose()
    bus.close()
    kinds = [
        event.active if isinstance(event, e.CloudChanged) else event.kind async for event in told
    ]
    assert kinds == [True, True, "ready", False]
