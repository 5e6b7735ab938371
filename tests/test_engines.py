"""What is loaded when the speaker starts, and in which order it is there."""

import asyncio
import threading
from typing import cast

import numpy as np
import pytest

from device.audio.format import RATE
from device.config import Config
from device.dialog.agent import LocalAgent
from device.dialog.templates import Templates
from device.engines import open_engines
from device.home.home import Home
from tests.leaving import noting


class Slow:
    """An agent whose sentences, which the recogniser is made of, take their time."""

    def __init__(self, agent: LocalAgent) -> None:
        self.ready = threading.Event()
        self._agent = agent
        self.contacts = agent.contacts

    def templates(self, language: str) -> Templates:
        assert self.ready.wait(30)
        return self._agent.templates(language)


async def test_wake_words_are_heard_before_the_recogniser_is_there() -> None:
    home = Home(())
    agent = Slow(LocalAgent((), home))
    engines = await open_engines(Config(), cast("LocalAgent", agent), home, noting([]))
    loading = asyncio.create_task(engines.loaded())
    try:
        assert engines.wake.words == ("hey_jarvis",)
        engines.wake.open().close()
        await asyncio.sleep(0.05)
        assert not loading.done()
    finally:
        agent.ready.set()
    await loading
    assert (await engines.stt.transcribe(np.zeros(RATE, np.int16), "en")).text == ""


async def test_a_speaker_that_ends_while_it_loads_waits_for_nothing() -> None:
    home = Home(())
    agent = Slow(LocalAgent((), home))
    engines = await open_engines(Config(), cast("LocalAgent", agent), home, noting([]))
    try:
        await engines.discard()
        with pytest.raises(asyncio.CancelledError):
            await engines.loaded()
    finally:
        agent.ready.set()
