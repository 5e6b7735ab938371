"""Whatever a client sends, in whatever order: every answer is an event of the protocol."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("openai")

from device import events as e
from device.gateway import alaw
from tests.gateway.realtime_wire import Wire, kinds

TYPES = (
    "session.update", "input_audio_buffer.append", "input_audio_buffer.commit",
    "input_audio_buffer.clear", "conversation.item.create", "conversation.item.delete",
    "conversation.item.retrieve", "conversation.item.truncate", "response.create",
    "response.cancel", "session.destroy",
)  # fmt: skip
NAMES = (
    "event_id", "session", "item", "response", "audio", "item_id", "previous_item_id", "type",
    "role", "content", "text", "output", "call_id", "instructions", "tools", "name", "input",
    "voice", "format", "turn_detection", "modalities", "output_modalities", "input_audio_format",
    "metadata", "content_index", "audio_end_ms", "transcription", "conversation", "tool_choice",
)  # fmt: skip
WORDS = (
    *TYPES, "message", "user", "assistant", "input_text", "input_audio", "text", "audio", "AAAA",
    "item_1", "item_2", "root", "none", "realtime", "function", "server_vad", "pcm16", "hello",
    "function_call_output", "call_1",
)  # fmt: skip
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
messages = st.one_of(
    st.text(max_size=40),
    st.builds(json.dumps, anything),
    st.builds(
        lambda kind, fields: json.dumps({**fields, "type": kind}), st.sampled_from(TYPES),
        st.dictionaries(st.sampled_from(NAMES), anything, max_size=4),
    ),
)  # fmt: skip
TYPED = json.dumps({
    "type": "conversation.item.create",
    "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
})  # fmt: skip
ASKED, CANCELLED = json.dumps({"type": "response.create"}), json.dumps({"type": "response.cancel"})
SECOND = json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA" * 8_000})
COMMITTED = json.dumps({"type": "input_audio_buffer.commit"})
MANUAL = json.dumps({
    "type": "session.update",
    "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}},
})  # fmt: skip
turns = st.integers(1, 4)
happenings = st.one_of(
    st.builds(lambda t: e.UtteranceGiven(text="", turn_id=t), turns),
    st.builds(lambda t: e.StopRequested(by="api", turn_id=t), turns),
    st.builds(lambda t: e.SpeechStarted(turn_id=t), turns),
    st.builds(lambda t: e.NoSpeech(turn_id=t), turns),
    st.builds(lambda t: e.Understood(turn_id=t), turns),
    st.builds(lambda t: e.NotAddressed(turn_id=t), turns),
    st.builds(lambda t: e.NothingToSay(turn_id=t), turns),
    st.builds(lambda t: e.PlaybackStarted(turn_id=t), turns),
    st.builds(lambda t: e.PlaybackHeld(turn_id=t, heard_seconds=0.1), turns),
    st.builds(lambda t: e.PlaybackResumed(turn_id=t), turns),
    st.builds(lambda t: e.StageFailed(turn_id=t, stage="stt", code="x", message="y"), turns),
    st.builds(
        lambda t, c: e.PlaybackFinished(turn_id=t, heard_seconds=1.0, completed=c), turns,
        st.booleans(),
    ),
    st.builds(
        lambda t: e.SentenceBegan(turn_id=t, text="Yes.", offset_seconds=0.0), turns
    ),
    st.builds(lambda t: e.ReplyText(turn_id=t, text="Yes."), turns),
    st.builds(
        lambda t: e.FinalTranscript(
            turn_id=t, text="hi", language="en", engine="command", confidence=1.0
        ),
        turns,
    ),
    st.builds(
        lambda t: e.TurnEnded(
            turn_id=t, start_sample=0, stop_sample=16_000, speech_stop_sample=9, reason="silence"
        ),
        turns,
    ),
    st.builds(
        lambda old, new: e.StateChanged(old=old, new=new), st.sampled_from(e.TurnState),
        st.sampled_from(e.TurnState),
    ),
)  # fmt: skip
steps = st.one_of(
    happenings, st.sampled_from([TYPED, ASKED, CANCELLED, SECOND, COMMITTED, MANUAL]), st.none()
)


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=6), st.booleans())
def test_any_message_is_answered_or_refused_by_the_protocol(sent: list[str], beta: bool) -> None:
    wire = Wire(thinks=True, beta=beta)
    for message in sent:
        told = wire.client(message)
        if message.lstrip()[:1] != "{":
            assert kinds(told) == ["error"]


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=30))
def test_in_any_order_there_is_one_response_at_a_time_and_each_ends_once(
    given_steps: list[e.Event | str | None],
) -> None:
    wire = Wire()
    open_id: str | None = None
    for step in given_steps:
        match step:
            case None:
                told = wire.says()
            case str():
                told = wire.client(step)
            case _:
                told = wire.house(step)
        for event in told:
            if event["type"] == "response.created":
                assert open_id is None
                open_id = event["response"]["id"]
            elif event["type"] == "response.done":
                assert open_id == event["response"]["id"]
                open_id = None
            elif "response_id" in event:
                assert event["response_id"] == open_id


def test_a_law_is_the_standards() -> None:
    extremes = {0: 0xD5, -1: 0x55, 32_767: 0xAA, -32_768: 0x2A, 1_000: 0xFA, -1_000: 0x7A}
    samples = np.array(list(extremes), np.int16)
    assert list(alaw.encode(samples)) == list(extremes.values())
    codes = bytes(range(256))
    assert alaw.encode(alaw.decode(codes)) == codes
