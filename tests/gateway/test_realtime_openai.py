"""OpenAI's own client of the Realtime protocol holds conversations with a real house."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

pytest.importorskip("openai")

from benchmarks.llm_request import Json
from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from benchmarks.realtime_client import Turn, realtime_client
from device.config import Config, LlmConfig
from device.gateway.realtime.sound import SPOKEN_RATE
from tests.gateway.house import House, open_house, spoken

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "what is the meaning of life"
WEATHER = {
    "type": "function", "name": "get_weather", "description": "The weather in a town.",
    "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
}  # fmt: skip
SILENCE = np.zeros(SPOKEN_RATE, np.int16)


@pytest.fixture(scope="module")
def model() -> Iterator[FakeLlm]:
    with serving(FakeLlm(lambda told: f"You said: {told}")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, model: FakeLlm) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    key = folder / "key"
    key.write_text(KEY)
    key.chmod(0o600)
    llm = LlmConfig(base_url=model.url, model=MODEL, key_file=key)
    async with open_house(folder, Config(llm=llm), sessions=2) as opened:
        yield opened


def lamps(house: House) -> list[tuple[str, str]]:
    """What they were told since this was asked last."""
    told = [(name, command["state"]) for name, command in house.lamps.commands]
    house.lamps.commands.clear()
    return told


def done(turn: Turn) -> Any:
    (event,) = turn.of("response.done")
    return event.response


async def test_a_typed_sentence_switches_the_lamp_and_is_answered_in_text(house: House) -> None:
    async with realtime_client(house.ws) as client:
        session = await client.update(type="realtime", output_modalities=["text"])
        assert session.output_modalities == ["text"]
        await client.type("turn on the kitchen light")
        turn = await client.until("response.done")
    assert lamps(house) == [("kitchen light", "ON")]
    assert turn.words == "Turned on the light"
    assert done(turn).status == "completed"
    assert done(turn).output[0].content[0].text == "Turned on the light"
    assert done(turn).usage.total_tokens > 0
    assert turn.kinds == [
        "conversation.item.added", "conversation.item.done", "response.created",
        "response.output_item.added", "conversation.item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.done", "response.content_part.done",
        "response.output_item.done", "conversation.item.done", "response.done",
    ]  # fmt: skip


async def test_a_spoken_command_is_heard_written_down_and_answered_aloud(house: House) -> None:
    said = np.concatenate((spoken("turn off the kitchen light"), SILENCE))
    async with realtime_client(house.ws) as client:
        heard = {"transcription": {"model": "whisper-1"}}
        await client.update(type="realtime", audio={"input": heard})
        await client.say(said)
        turn = await client.until("response.done")
    assert lamps(house) == [("kitchen light", "OFF")]
    (transcribed,) = turn.of("conversation.item.input_audio_transcription.completed")
    assert transcribed.transcript == "turn off the kitchen light"
    (started,) = turn.of("input_audio_buffer.speech_started")
    (committed,) = turn.of("input_audio_buffer.committed")
    assert started.item_id == committed.item_id == transcribed.item_id
    assert len(turn.sound) > SPOKEN_RATE // 2
    assert done(turn).output[0].content[0].transcript == turn.words == "Turned off the light"


async def test_who_commits_alone_is_answered_when_he_asks_in_the_beta_too(house: House) -> None:
    said = spoken("turn on the bedroom lamp")
    async with realtime_client(house.ws, beta=True) as client:
        await client.update(turn_detection=None, modalities=["audio", "text"])
        await client.say(said)
        await client.connection.input_audio_buffer.commit()
        await client.connection.response.create()
        turn = await client.until("response.done")
    assert lamps(house) == [("bedroom lamp", "ON")]
    assert turn.words == "Turned on the light"
    assert len(turn.sound) > SPOKEN_RATE // 2
    assert "conversation.item.created" in turn.kinds
    assert {"response.audio.delta", "response.audio_transcript.done"} < set(turn.kinds)
    assert done(turn).modalities == ["audio", "text"]


async def test_nothing_more_is_heard_of_a_response_that_is_cancelled(house: House) -> None:
    async with realtime_client(house.ws) as client:
        await client.update(type="realtime", audio={"input": {"turn_detection": None}})
        await client.type(f"{QUESTION} {'and of everything else ' * 8}")
        await client.until("response.output_audio.delta")
        await client.connection.response.cancel()
        turn = await client.until("response.done")
        assert done(turn).status == "cancelled"
        assert done(turn).status_details.reason == "client_cancelled"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await client.connection.recv()
        await client.type("turn off the bedroom lamp")
        after = await client.until("response.done")
    assert lamps(house) == [("bedroom lamp", "OFF")]
    assert after.words == "Turned off the light"


async def test_a_tool_of_the_clients_is_used_and_what_it_gave_is_answered(
    house: House, model: FakeLlm
) -> None:
    def wants(request: Json) -> list[tuple[str, str]]:
        last = request["messages"][-1]
        asks = last["role"] == "user" and "weather" in last["content"]
        return [("get_weather", '{"town": "Oslo"}')] if asks else []

    model.wants = wants
    async with realtime_client(house.ws) as client:
        instructions = "Speak like a pirate."
        session = await client.update(
            type="realtime", output_modalities=["text"], tools=[WEATHER],
            instructions=instructions,
        )  # fmt: skip
        assert [tool.name for tool in session.tools] == ["get_weather"]
        await client.type("please look up the weather for me")
        asked = await client.until("response.done")
        (call,) = done(asked).output
        assert (call.type, call.name) == ("function_call", "get_weather")
        assert json.loads(call.arguments) == {"town": "Oslo"}
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "4 degrees"}
        await client.connection.conversation.item.create(item=output)
        await client.connection.response.create()
        answered = await client.until("response.done")
    first, second = model.asked[-2:]
    assert instructions in first["messages"][0]["content"]
    assert "get_weather" in [tool["function"]["name"] for tool in first["tools"]]
    assert json.loads(second["messages"][-1]["content"]) == {"result": "4 degrees"}
    assert "4 degrees" in answered.words
    model.wants = lambda _request: ()


async def test_a_history_that_is_brought_along_and_other_wishes_reach_the_model(
    house: House, model: FakeLlm
) -> None:
    async with realtime_client(house.ws, beta=True) as client:
        await client.update(modalities=["text"], temperature=0.9, tool_choice="none")
        for role, kind, text in (
            ("user", "input_text", "who is Ada"), ("assistant", "text", "A mathematician."),
        ):  # fmt: skip
            item = {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
            await client.connection.conversation.item.create(item=item)
        await client.type("and why was she so very famous then")
        turn = await client.until("response.done")
    asked = model.asked[-1]
    told = [(one["role"], one["content"]) for one in asked["messages"][1:]]
    assert ("user", "who is Ada") in told
    assert ("assistant", "A mathematician.") in told
    assert told[-1] == ("user", "and why was she so very famous then")
    assert (asked["temperature"], "tools" in asked) == (0.9, False)
    assert turn.words == "You said: and why was she so very famous then"


async def test_a_full_house_says_so_in_the_protocols_own_words(house: House) -> None:
    async with realtime_client(house.ws), realtime_client(house.ws):
        with pytest.raises(AssertionError, match="rate_limit_exceeded"):
            await _refused(house)


async def _refused(house: House) -> None:
    from openai import AsyncOpenAI

    openai = AsyncOpenAI(api_key="none", websocket_base_url=f"{house.ws}/v1")
    async with openai, openai.realtime.connect(model="parlor") as connection:
        event: Any = await connection.recv()
        assert event.type != "error", event.error.code
