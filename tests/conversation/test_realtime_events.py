"""What is sent and read over the wire, judged by the types of the official package."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.conversation import realtime_events as wire
from device.errors import EngineError
from tests.conversation.realtime_flow import asks, tell
from tests.fakes.realtime_server import KEY, MODEL, FakeRealtime, Json, Use
from tests.flow import Rig

SETUP = wire.Setup("Be kind.", "alloy", "whisper-1", "en", 500, (
    {"name": "HassTurnOn", "description": "Turns on", "parameters": {"type": "object"}},
))  # fmt: skip
SENT = [
    wire.session_update(SETUP), wire.append(np.arange(480, dtype=np.int16)), wire.commit(),
    wire.user_text("why"), wire.assistant_text("because"), wire.tool_result("call_1", "{}"),
    wire.create_response(), wire.create_response("Say this"), wire.cancel_response("resp_1"),
    wire.truncate("item_1", 0, 1_200),
]  # fmt: skip


@pytest.mark.parametrize("event", SENT, ids=lambda event: event["type"])
def test_what_we_send_is_what_the_official_package_would_send(event: Json) -> None:
    pytest.importorskip("openai")
    from openai.types.realtime.realtime_client_event_param import RealtimeClientEventParam
    from pydantic import TypeAdapter

    adapter = TypeAdapter[Any](RealtimeClientEventParam, config={"extra": "forbid"})
    assert _plain(adapter.validate_python(event)) == event


def test_what_the_fake_sends_is_what_the_official_package_reads() -> None:
    pytest.importorskip("openai")
    from openai.types.realtime import RealtimeServerEvent
    from pydantic import TypeAdapter

    async def scene(rig: Rig, server: FakeRealtime) -> None:
        await asks(rig)

    def reply(item: Json) -> str | Use:
        return "Done." if item["type"] == "function_call_output" else Use([("HassTurnOn", "{}")])

    server = tell(FakeRealtime(reply, ["do it"]), scene).server
    adapter = TypeAdapter[Any](RealtimeServerEvent)
    for event in server.sent:
        assert adapter.validate_python(event).type == event["type"]
    assert {"response.done", "error"} & {event["type"] for event in server.sent}


async def test_the_official_client_can_talk_to_the_fake() -> None:
    openai = pytest.importorskip("openai")
    import httpx2

    async with FakeRealtime(lambda _item: "It is noon.") as server:
        # Its usual client looks at proxies of the environment.
        client = openai.AsyncOpenAI(
            base_url=server.url, api_key=KEY, http_client=httpx2.AsyncClient(trust_env=False)
        )
        async with client, client.realtime.connect(model=MODEL) as connection:
            update = wire.session_update(SETUP)["session"]
            await connection.session.update(session=update)
            item = wire.user_text("what time is it")["item"]
            await connection.conversation.item.create(item=item)
            await connection.response.create()
            said = ""
            async for event in connection:
                if event.type == "response.output_audio_transcript.delta":
                    said += event.delta
                if event.type == "response.done":
                    break
    assert said == "It is noon."
    assert server.refused == []


def test_sound_comes_back_as_it_was_sent() -> None:
    samples = np.array([0, 1, -1, 32_767, -32_768], dtype=np.int16)
    audio = wire.append(samples)["audio"]
    event = {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i",
             "content_index": 0, "delta": audio}  # fmt: skip
    voice = wire.read(json.dumps(event))
    assert isinstance(voice, wire.Voice)
    assert voice.samples.tolist() == samples.tolist()


@pytest.mark.parametrize("kind", ["response.audio.delta", "response.output_audio.delta"])
def test_the_names_of_the_beta_are_known_too(kind: str) -> None:
    event = {"type": kind, "response_id": "r", "item_id": "i", "content_index": 0, "delta": "AAA="}
    assert isinstance(wire.read(json.dumps(event)), wire.Voice)


def test_a_server_without_usage_counts_nothing() -> None:
    done = wire.read(json.dumps({"type": "response.done",
                                 "response": {"id": "r", "status": "completed"}}))  # fmt: skip
    assert done == wire.ResponseDone("r", "completed")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "response", "delta", "item_id", "usage", "error", "output", "id"])
        | st.text(max_size=4), inner, max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.sampled_from(sorted(wire.READABLE)), st.dictionaries(st.text(max_size=12), _JSON), _JSON)
def test_whatever_comes_is_an_event_or_an_engine_error(kind: str, fields: Json, about: Any) -> None:
    for message in ({**fields, "type": kind, "response": about, "error": about}, about):
        try:
            wire.read(json.dumps(message))
        except EngineError:
            continue


@given(st.text() | st.binary())
def test_what_is_no_json_is_an_engine_error(message: str | bytes) -> None:
    try:
        assert wire.read(message) is None
    except EngineError:
        return


def _plain(value: Any) -> Any:
    """Iterables that the package keeps lazy, read out."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value if isinstance(value, str) or not hasattr(value, "__iter__") else [
        _plain(one) for one in value
    ]  # fmt: skip
