"""[budgets]: what the stages of a turn may take."""

import asyncio
from pathlib import Path

import pytest

from device import events as e
from device.config import Config
from device.config_file import load
from device.daemon import open_parlor
from device.errors import ConfigError
from device.hal.wav import WavMicrophone, WavSpeaker
from tests.config.story import Values, says, tell, types, words


def spoken(stt: Values, **budgets: int) -> list[e.BudgetMissed]:
    """The budgets missed in a spoken turn."""
    # So short a silence that nothing is understood before it is over.
    vad = {"strategy": "fixed", "silence_ms": 100}
    story = tell({"stt": stt, "vad": vad, "budgets": budgets}, says(words("what time is it")))
    assert story.of(e.TurnsMeasured)
    return story.of(e.BudgetMissed)


def generous(**budgets: int) -> dict[str, int]:
    names = ("vad_ms", "stt_ms", "llm_ms", "tts_ms", "end_to_end_ms")
    return {name: 600_000 for name in names} | budgets


def test_a_turn_within_its_budgets_is_not_told(clock_stt: Values) -> None:
    assert spoken(clock_stt, **generous()) == []


@pytest.mark.parametrize(
    ("key", "stage"),
    [("stt_ms", "stt"), ("tts_ms", "tts_first_chunk"), ("end_to_end_ms", "end_to_end")],
)
def test_a_stage_that_takes_too_long_is_told(clock_stt: Values, key: str, stage: str) -> None:
    (late,) = spoken(clock_stt, **generous(**{key: 0}))
    assert late.budgets == {stage: 0}
    assert late.stages[stage] > 0


def test_an_answer_that_takes_too_long_to_think_of_is_told(clock_stt: Values) -> None:
    story = tell({"stt": clock_stt, "budgets": generous(llm_ms=0)}, types("why is grass green"))
    (late,) = story.of(e.BudgetMissed)
    assert late.budgets == {"llm_first_token": 0}


async def test_a_turn_in_which_nothing_is_audible_for_too_long_says_so_and_ends(
    clock_stt: Values,
) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def complaint() -> list[e.Event]:
        told = parlor.bus.subscribe()
        parlor.session.post(e.UtteranceGiven(text="why is grass green"))
        heard = []
        async for event in told:
            heard.append(event)
            if isinstance(event, e.PlaybackFinished):
                break
        return heard

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    home = {"assistant": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}
    values: Values = {
        "mqtt": {"enabled": False}, "stt": clock_stt, "home": home,
        "budgets": {"give_up_seconds": 0.2}, "dialog": {"filler_ms": 0},
    }  # fmt: skip
    opened = open_parlor(Config(**values), WavMicrophone(), WavSpeaker())
    async with server, opened as parlor, parlor.running(), asyncio.timeout(30):
        heard = await complaint()
    (failed,) = [event for event in heard if isinstance(event, e.StageFailed)]
    assert failed.code == "took-too-long"
    assert "taking too long" in next(one.text for one in heard if isinstance(one, e.ReplyText))


@pytest.mark.parametrize(
    "text", ["[budgets]\nstt_ms = -1\n", "[budgets]\ngive_up_seconds = 0\n",
             "[care]\nhot_celsius = 60\n"],
)  # fmt: skip
def test_what_cannot_be_is_a_mistake(tmp_path: Path, text: str) -> None:
    file = tmp_path / "parlor.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        load(file)


def test_sound_that_waits_too_long_to_be_listened_to_is_told(clock_stt: Values) -> None:
    (late,) = spoken(clock_stt, **generous(vad_ms=0))
    assert late.budgets == {"vad_lag": 0}
    assert 0 < late.stages["vad_lag"] < 100
