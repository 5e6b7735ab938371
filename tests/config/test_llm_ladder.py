"""[llm] and [[llm.server]]: who is asked, how often, and what is said when nobody may be."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.llm_server import MODEL, FakeLlm, Fault, serving
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.story import Story, Values, says, tell, types, words

pytest.importorskip("openai")

SKY, GRASS = "why is the sky blue", "why is grass green"
UNREACHED = "I cannot reach my language model right now."


@pytest.fixture
def near() -> Iterator[FakeLlm]:
    """The model at home."""
    with serving(FakeLlm(lambda text: f"From near. {text}.")) as running:
        yield running


@pytest.fixture
def far() -> Iterator[FakeLlm]:
    """The model elsewhere."""
    with serving(FakeLlm(lambda text: f"From far. {text}.")) as running:
        yield running


@pytest.fixture
def servers(near: FakeLlm, far: FakeLlm, key_file: Path, clock_stt: Values) -> Values:
    """A speaker that asks the one at home first."""
    one, other = (
        {"base_url": fake.url, "model": MODEL, "key_file": key_file} for fake in (near, far)
    )
    return {"stt": clock_stt, "llm": {**one, "server": [other]}}


def answers(story: Story) -> list[str]:
    return [event.text for event in story.of(e.ReplyText) if event.is_final]


def limited(servers: Values, **limits: object) -> Values:
    """The same with only the one at home, and limits for it."""
    return {**servers, "llm": {**servers["llm"], "server": [], **limits}}


def test_the_next_server_is_asked_only_when_those_before_it_cannot_answer(
    servers: Values, near: FakeLlm, far: FakeLlm
) -> None:
    assert answers(tell(servers, types(SKY))) == [f"From near. {SKY}."]
    assert far.asked == []
    near.fault = Fault.BROKEN
    assert answers(tell(servers, types(SKY))) == [f"From far. {SKY}."]
    far.fault = Fault.BUSY
    (said,) = answers(tell(servers, types(SKY)))
    assert said.startswith("My language model has too much to do")


def test_a_server_that_fails_at_once_is_asked_once_more_and_one_that_has_begun_is_not(
    servers: Values, near: FakeLlm
) -> None:
    near.fault = Fault.BROKEN
    tell(limited(servers), types(SKY))
    assert len(near.refused) == 2
    near.fault = Fault.CUT
    (said,) = answers(tell(limited(servers), types(SKY)))
    assert len(near.asked) == 1
    assert said.startswith("From near. why is")
    assert said.endswith(UNREACHED)


def test_a_server_that_failed_three_times_is_let_be_for_a_while(
    servers: Values, near: FakeLlm
) -> None:
    near.fault = Fault.BROKEN

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await types(SKY, SKY, SKY)(parlor, microphone)
        assert len(near.refused) == 6
        near.fault = None
        await types(SKY)(parlor, microphone)
        assert near.asked == []
        await asyncio.sleep(31)
        await types(SKY)(parlor, microphone)

    story = tell(limited(servers), scene)
    assert answers(story) == [UNREACHED] * 4 + [f"From near. {SKY}."]


@pytest.mark.parametrize("limit", ["requests_per_day", "tokens_per_day"])
def test_what_may_be_asked_in_a_day_is_kept_across_restarts_and_the_next_one_is_asked(
    servers: Values, near: FakeLlm, limit: str
) -> None:
    config = limited(servers, **{limit: 1})
    assert answers(tell(config, types(SKY))) == [f"From near. {SKY}."]
    (said,) = answers(tell(config, types(SKY)))
    assert said == "I have asked my language model as much as I may for today."
    assert len(near.asked) == 1
    both = {**servers, "llm": {**servers["llm"], limit: 1}}
    assert answers(tell(both, types(SKY))) == [f"From far. {SKY}."]


@pytest.mark.parametrize("limit", ["requests_per_minute", "tokens_per_minute"])
def test_what_may_be_asked_in_a_minute_is_free_again_after_it(
    servers: Values, near: FakeLlm, limit: str
) -> None:
    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await types(SKY, GRASS)(parlor, microphone)
        await asyncio.sleep(61)
        await types(GRASS)(parlor, microphone)

    first, second, third = answers(tell(limited(servers, **{limit: 1}), scene))
    assert first == f"From near. {SKY}."
    assert second.startswith("I have asked my language model as much as I may for this minute.")
    assert third == f"From near. {GRASS}."
    assert len(near.asked) == 2


def test_what_was_hardly_understood_is_asked_again_and_not_sent(
    servers: Values, near: FakeLlm, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stt = whisper(tmp_path_factory.mktemp("sky"), f"{SKY} <|endoftext|>")

    def said(least: float) -> list[str]:
        config = {**limited(servers, least_confidence=least), "stt": stt}
        return answers(tell(config, says(words(SKY))))

    assert said(0.0) == [f"From near. {SKY}."]
    assert said(1.0) == ["I did not catch that."]
    assert len(near.asked) == 1


def test_whether_a_sentence_is_over_is_not_asked_of_who_may_not_be_asked(
    servers: Values, near: FakeLlm, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stt = whisper(tmp_path_factory.mktemp("sky"), f"{SKY} <|endoftext|>")
    config = {**limited(servers, judge=True, requests_per_day=1, early=False), "stt": stt}
    tell(config, types(SKY))
    tell(config, says(words(SKY)))
    assert len(near.asked) == 1
