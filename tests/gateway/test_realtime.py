"""OpenAI's Realtime protocol, event by event: what goes in, and what comes out."""

import base64
import json
from typing import Any

import numpy as np
import pytest

pytest.importorskip("openai")

from device import events as e
from device.audio.format import RATE
from device.gateway.realtime.acts import Hear, Listen, Post, Recall, Result, Wish
from device.gateway.realtime.sound import SPOKEN_RATE
from tests.gateway.realtime_wire import Json, Wire, base64_of, kinds, moved

IDLE, LISTENING, PROCESSING, RESPONDING = e.TurnState
SECOND = base64_of(np.zeros(SPOKEN_RATE, np.int16))


def sent(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})


def update(wire: Wire, **session: Any) -> list[Json]:
    return wire.client(sent("session.update", session={"type": "realtime", **session}))


def manual(**options: Any) -> Wire:
    wire = Wire(**options)
    update(wire, audio={"input": {"turn_detection": None}})
    wire.wanted()
    return wire


def typed(wire: Wire, text: str, role: str = "user") -> list[Json]:
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text}]
    item = {"type": "message", "role": role, "content": content}
    return wire.client(sent("conversation.item.create", item=item))


def spoken(turn_id: int, text: str) -> tuple[e.Event, ...]:
    """Somebody says something, and the house understands it."""
    return (
        moved(IDLE, LISTENING, turn_id), e.SpeechStarted(turn_id=turn_id, at=1.0),
        e.TurnEnded(
            turn_id=turn_id, start_sample=RATE // 2, stop_sample=2 * RATE,
            speech_stop_sample=2 * RATE, reason="silence",
        ),
        moved(LISTENING, PROCESSING, turn_id),
        e.FinalTranscript(
            turn_id=turn_id, text=text, language="en", engine="command", confidence=1.0
        ),
        e.Understood(turn_id=turn_id),
    )  # fmt: skip


def taken(turn_id: int) -> tuple[e.Event, ...]:
    """The house takes what was posted."""
    return e.UtteranceGiven(text="", turn_id=turn_id), moved(IDLE, PROCESSING, turn_id)


def begins(turn_id: int, words: str = "Done.") -> tuple[e.Event, ...]:
    return (
        e.SentenceBegan(text=words, offset_seconds=0.0, turn_id=turn_id),
        e.PlaybackStarted(turn_id=turn_id), moved(PROCESSING, RESPONDING, turn_id),
    )  # fmt: skip


def ends(turn_id: int, **fields: Any) -> tuple[e.Event, ...]:
    return (
        e.PlaybackFinished(heard_seconds=1.0, turn_id=turn_id, **fields),
        moved(RESPONDING, IDLE, turn_id),
    )


def test_a_session_begins_with_what_holds() -> None:
    wire = Wire()
    assert kinds(wire.begun) == ["session.created", "conversation.created"]
    assert wire.begun[0]["session"] == {
        "type": "realtime", "object": "realtime.session", "id": "sess_1", "model": "gpt-realtime",
        "instructions": "", "output_modalities": ["audio"], "tools": [], "tool_choice": "none",
        "max_output_tokens": "inf",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000}, "transcription": None,
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad", "create_response": True, "interrupt_response": True,
                    "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": None,
                    "idle_timeout_ms": None,
                },
            },
            "output": {
                "format": {"type": "audio/pcm", "rate": 24_000}, "voice": "alloy", "speed": 1.0,
            },
        },
    }  # fmt: skip
    assert wire.wanted() == []


def test_the_house_listens_from_the_first_sound_on_until_the_client_finds_sentences() -> None:
    wire = Wire()
    for _ in range(2):
        wire.client(sent("input_audio_buffer.append", audio=SECOND))
    update(wire, audio={"input": {"turn_detection": None}})
    wire.client(sent("input_audio_buffer.append", audio=SECOND))
    assert [type(act) for act in wire.acts] == [Listen, Hear, Hear, Wish, Listen]
    assert [act.always for act in wire.acts if isinstance(act, Listen)] == [True, False]


def test_the_beta_form_says_the_same_in_its_own_names() -> None:
    wire = Wire(beta=True, thinks=True)
    told = wire.client(sent("session.update", session={
        "modalities": ["text", "audio"], "instructions": "Be brief.", "voice": "verse",
        "input_audio_format": "g711_ulaw", "output_audio_format": "g711_alaw",
        "input_audio_transcription": {"model": "whisper-1"}, "temperature": 0.8,
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 700},
        "tools": [], "tool_choice": "auto", "max_response_output_tokens": "inf",
    }))  # fmt: skip
    (updated,) = told
    assert updated["session"] == {
        "object": "realtime.session", "id": "sess_1", "model": "gpt-realtime",
        "instructions": "Be brief.", "tools": [], "tool_choice": "auto",
        "input_audio_format": "g711_ulaw", "input_audio_transcription": {"model": "whisper-1"},
        "input_audio_noise_reduction": None,
        "turn_detection": {
            "type": "server_vad", "create_response": True, "interrupt_response": True,
            "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 700,
            "idle_timeout_ms": None,
        },
        "output_audio_format": "g711_alaw", "voice": "verse", "speed": 1.0, "temperature": 0.8,
        "modalities": ["audio", "text"], "max_response_output_tokens": "inf",
    }  # fmt: skip
    (wish,) = [act for act in wire.wanted() if isinstance(act, Wish)]
    assert (wish.brief.instructions, wish.brief.silence_ms) == ("Be brief.", 700)
    assert wish.brief.temperature == 0.8


def test_a_spoken_turn_is_told_from_its_first_sound_to_its_usage() -> None:
    wire = Wire()
    update(wire, audio={"input": {"transcription": {"model": "whisper-1"}}})
    assert wire.client(sent("input_audio_buffer.append", audio=SECOND)) == []
    wire.client(sent("input_audio_buffer.append", audio=SECOND))
    assert sum(len(act.samples) for act in wire.acts if isinstance(act, Hear)) == 2 * SPOKEN_RATE
    heard = wire.house(*spoken(1, "turn it on"))
    assert kinds(heard) == [
        "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed", "response.created",
    ]  # fmt: skip
    assert heard[0]["audio_start_ms"] == 700
    assert heard[1]["audio_end_ms"] == 2_000
    assert {event["item_id"] for event in heard if "item_id" in event} == {"item_1"}
    assert heard[6]["transcript"] == "turn it on"
    assert heard[6]["usage"] == {"type": "duration", "seconds": 1.5}
    said = [*wire.house(*begins(1)), *wire.says(1.0), *wire.house(*ends(1))]
    assert kinds(said) == [
        "response.output_item.added", "conversation.item.added", "response.content_part.added",
        "response.output_audio_transcript.delta", "response.output_audio.delta",
        "response.output_audio.done", "response.output_audio_transcript.done",
        "response.content_part.done", "response.output_item.done", "conversation.item.done",
        "response.done",
    ]  # fmt: skip
    done = said[-1]["response"]
    assert (done["id"], done["status"]) == ("resp_1", "completed")
    assert done["output"][0]["content"] == [{"type": "output_audio", "transcript": "Done."}]
    assert done["usage"]["input_token_details"]["audio_tokens"] == 15
    assert done["usage"]["output_token_details"] == {"text_tokens": 2, "audio_tokens": 20}


def test_nobody_who_did_not_ask_is_told_what_was_said() -> None:
    told = Wire().house(*spoken(1, "turn it on"))
    assert not [kind for kind in kinds(told) if "transcription" in kind]


def test_a_typed_question_is_handed_to_the_house_and_answered_in_text() -> None:
    wire = manual()
    update(wire, output_modalities=["text"])
    wire.wanted()
    assert kinds(typed(wire, "what time is it")) == [
        "conversation.item.added", "conversation.item.done"
    ]  # fmt: skip
    assert kinds(wire.client(sent("response.create"))) == ["response.created"]
    assert wire.wanted() == [Post(e.UtteranceGiven(text="what time is it", spoken=False))]
    told = wire.house(*taken(1), e.ReplyText(text="It is noon", turn_id=1))
    assert told[-1] == {
        "type": "response.output_text.delta", "response_id": "resp_1", "item_id": "item_2",
        "output_index": 0, "content_index": 0, "delta": "It is noon",
    }  # fmt: skip
    told = wire.house(e.NothingToSay(turn_id=1), moved(PROCESSING, IDLE, 1))
    assert told[-1]["response"]["status"] == "completed"


def test_who_commits_is_written_down_and_answered_when_he_asks() -> None:
    wire = manual()
    wire.client(sent("input_audio_buffer.append", audio=SECOND))
    told = wire.client(sent("input_audio_buffer.commit"))
    assert kinds(told) == [
        "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"
    ]  # fmt: skip
    assert kinds(wire.client(sent("response.create"))) == ["response.created"]
    (noted,) = wire.wanted()
    assert isinstance(noted, Post)
    assert isinstance(noted.event, e.UtteranceGiven)
    assert noted.event.samples is not None
    assert (len(noted.event.samples), noted.event.answered) == (RATE, False)
    transcript = e.FinalTranscript(
        turn_id=1, text="turn it on", language="en", engine="command", confidence=1.0
    )
    wire.house(*taken(1), transcript, e.Understood(turn_id=1), e.NothingToSay(turn_id=1))
    assert wire.wanted() == []
    wire.house(moved(PROCESSING, IDLE, 1))
    assert wire.wanted() == [Post(e.UtteranceGiven(text="turn it on"))]
    item = wire.client(sent("conversation.item.retrieve", item_id="item_1"))[0]["item"]
    assert item["content"] == [{"type": "input_audio", "transcript": "turn it on"}]


def test_what_is_said_waits_for_a_response_that_is_asked_for() -> None:
    wire = Wire()
    turns = {"type": "semantic_vad", "create_response": False, "interrupt_response": False}
    update(wire, audio={"input": {"turn_detection": turns}})
    (wish,) = [act for act in wire.wanted() if isinstance(act, Wish)]
    assert (wish.brief.answers, wish.brief.interruptible) == (False, False)
    told = wire.house(*spoken(1, "turn it on"), e.NothingToSay(turn_id=1))
    told += wire.house(moved(PROCESSING, IDLE, 1))
    assert "response.created" not in kinds(told)
    assert wire.wanted() == []
    wire.client(sent("response.create"))
    assert wire.wanted() == [Post(e.UtteranceGiven(text="turn it on"))]


def test_what_is_said_is_answered_in_text_where_that_is_wanted() -> None:
    wire = Wire()
    update(wire, output_modalities=["text"])
    wire.wanted()
    told = wire.house(*spoken(1, "turn it on"), e.NothingToSay(turn_id=1))
    assert kinds(told)[-1] == "response.created"
    wire.house(moved(PROCESSING, IDLE, 1))
    assert wire.wanted() == [Post(e.UtteranceGiven(text="turn it on", spoken=False))]


def test_who_is_interrupted_was_heard_as_far_as_he_was() -> None:
    wire = Wire()
    wire.house(*spoken(1, "tell me a story"), *begins(1, "Once upon a time there was a king."))
    wire.says()
    held = wire.house(e.PlaybackHeld(heard_seconds=0.5, turn_id=1, at=5.0))
    assert kinds(held) == ["input_audio_buffer.speech_started"]
    _, _, *rest = spoken(2, "stop")
    told = wire.house(moved(RESPONDING, LISTENING, 2), *rest)
    done = told[-2]["response"]
    assert (told[-1]["type"], done["status"]) == ("response.created", "cancelled")
    assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    wire.house(e.PlaybackFinished(
        heard_seconds=0.5, heard_text="Once upon", completed=False, turn_id=1
    ))  # fmt: skip
    item = wire.client(sent("conversation.item.retrieve", item_id="item_2"))[0]["item"]
    assert item["content"][0]["transcript"] == "Once upon"


def test_a_noise_over_a_reply_interrupts_nothing() -> None:
    wire = Wire()
    wire.house(*spoken(1, "tell me a story"), *begins(1))
    told = wire.house(e.PlaybackHeld(heard_seconds=0.5, turn_id=1), e.PlaybackResumed(turn_id=1))
    assert kinds(told) == [
        "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"
    ]  # fmt: skip
    assert wire.says()[0]["response_id"] == "resp_1"
    assert wire.house(*ends(1))[-1]["response"]["status"] == "completed"


def test_a_cancelled_response_is_silent_at_once() -> None:
    wire = manual()
    typed(wire, "tell me a story")
    wire.client(sent("response.create"))
    wire.house(*taken(1), *begins(1))
    wire.says()
    wire.wanted()
    done = wire.client(sent("response.cancel"))[-1]["response"]
    assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert wire.wanted() == [Post(e.StopRequested(by="api"))]
    assert wire.says() == []
    wire.house(e.StopRequested(by="api", turn_id=1), moved(RESPONDING, IDLE, 1))
    (refused,) = wire.client(sent("response.cancel", event_id="mine"))
    assert refused["error"]["code"] == "response_cancel_not_active"
    assert refused["error"]["event_id"] == "mine"


def test_one_response_at_a_time() -> None:
    wire = manual()
    typed(wire, "tell me a story")
    wire.client(sent("response.create"))
    (refused,) = wire.client(sent("response.create"))
    assert refused["error"]["code"] == "conversation_already_has_active_response"


def test_tools_that_are_used_at_once_are_called_in_one_response() -> None:
    wire = manual(thinks=True)
    tools = [{"type": "function", "name": name, "parameters": {"type": "object"}} for name in "ab"]
    (updated,) = update(wire, tools=tools)
    assert [tool["name"] for tool in updated["session"]["tools"]] == ["a", "b"]
    typed(wire, "do both")
    wire.client(sent("response.create"))
    wire.house(*taken(1))
    told = wire.take(wire.realtime.call("call_1", "a", '{"x": 1}'))
    assert kinds(told) == [
        "response.output_item.added", "conversation.item.added",
        "response.function_call_arguments.delta", "response.function_call_arguments.done",
        "response.output_item.done", "conversation.item.done",
    ]  # fmt: skip
    wire.take(wire.realtime.call("call_2", "b", "{}"))
    (done,) = wire.take(wire.realtime.called())
    assert [call["name"] for call in done["response"]["output"]] == ["a", "b"]
    assert [call["arguments"] for call in done["response"]["output"]] == ['{"x": 1}', "{}"]
    result = {"type": "function_call_output", "call_id": "call_1", "output": "one"}
    wire.client(sent("conversation.item.create", item=result))
    wire.wanted()
    assert kinds(wire.client(sent("response.create"))) == ["response.created"]
    assert wire.wanted() == [
        Result("call_1", "one"), Result("call_2", '{"error": "the client gave no result"}'),
    ]  # fmt: skip
    assert wire.house(*begins(1))[0]["response_id"] == "resp_2"


def test_what_is_said_while_a_tool_is_used_belongs_to_the_next_response() -> None:
    wire = manual(thinks=True)
    typed(wire, "how is the weather")
    wire.client(sent("response.create"))
    wire.house(*taken(1))
    wire.take(wire.realtime.call("call_1", "a", "{}"))
    wire.take(wire.realtime.called())
    assert wire.says() == []
    told = wire.client(sent("response.create"))
    assert told[-1]["type"] == "response.output_audio.delta"
    assert told[-1]["response_id"] == "resp_2"


def test_tools_of_a_reply_that_was_talked_over_are_not_waited_for() -> None:
    wire = manual(thinks=True)
    typed(wire, "how is the weather")
    wire.client(sent("response.create"))
    wire.house(*taken(1))
    wire.take(wire.realtime.call("call_1", "a", "{}"))
    wire.take(wire.realtime.called())
    wire.house(e.PlaybackFinished(heard_seconds=0.1, completed=False, turn_id=1))
    wire.house(moved(RESPONDING, IDLE, 1))
    wire.wanted()
    wire.client(sent("response.create"))
    (posted,) = wire.wanted()
    assert isinstance(posted, Post)


def test_what_is_said_goes_before_a_response_that_has_not_begun() -> None:
    wire = Wire()
    *heard, transcript, understood = spoken(1, "turn it on")
    wire.house(*heard)
    typed(wire, "what time is it")
    wire.client(sent("response.create"))
    told = wire.house(transcript, understood)
    assert kinds(told)[-2:] == ["response.done", "response.created"]
    assert told[-2]["response"]["status_details"]["reason"] == "turn_detected"
    wire.wanted()
    wire.house(*begins(1), *ends(1))
    assert wire.wanted() == []


def test_where_no_model_is_tools_are_refused_in_so_many_words() -> None:
    tool = {"type": "function", "name": "a"}
    error, updated = update(Wire(), tools=[tool], instructions="Be brief.")
    assert (error["error"]["code"], error["error"]["param"]) == (
        "tools_not_supported", "session.tools"
    )  # fmt: skip
    assert updated["session"]["tools"] == []
    assert updated["session"]["instructions"] == ""


def test_the_house_is_told_a_history_that_the_client_brings_along() -> None:
    wire = manual()
    typed(wire, "who is Ada")
    typed(wire, "A mathematician.", role="assistant")
    typed(wire, "when was she born")
    wire.wanted()
    wire.client(sent("response.create"))
    assert wire.wanted() == [
        Recall((("who is Ada", "A mathematician."),)),
        Post(e.UtteranceGiven(text="when was she born")),
    ]
    wire.house(*taken(1), *begins(1, "In 1815."), *ends(1))
    typed(wire, "and where")
    wire.client(sent("response.create"))
    assert wire.wanted() == [Post(e.UtteranceGiven(text="and where"))]


def test_what_is_deleted_or_was_not_heard_was_never_said() -> None:
    wire = manual()
    typed(wire, "who is Ada")
    wire.client(sent("response.create"))
    wire.house(*taken(1), *begins(1, "Ada was a mathematician."))
    wire.says(2.0)
    wire.house(*ends(1))
    (told,) = wire.client(sent(
        "conversation.item.truncate", item_id="item_2", content_index=0, audio_end_ms=1_000
    ))  # fmt: skip
    assert told["type"] == "conversation.item.truncated"
    typed(wire, "and then")
    wire.wanted()
    wire.client(sent("response.create"))
    assert wire.wanted()[0] == Recall((("who is Ada", "Ada was"),))
    wire.house(*taken(2), *begins(2, "Nothing."), *ends(2))
    for item_id in ("item_1", "item_2"):
        (told,) = wire.client(sent("conversation.item.delete", item_id=item_id))
        assert told == {"type": "conversation.item.deleted", "item_id": item_id}
    typed(wire, "really")
    wire.wanted()
    wire.client(sent("response.create"))
    assert wire.wanted()[0] == Recall((("and then", "Nothing."),))


def test_a_response_beside_the_conversation_leaves_nothing_in_it() -> None:
    wire = manual()
    typed(wire, "who is Ada")
    beside = {"conversation": "none", "metadata": {"for": "me"}, "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
    ]}  # fmt: skip
    (begun,) = wire.client(sent("response.create", response=beside))
    assert begun["response"]["metadata"] == {"for": "me"}
    assert wire.wanted() == [Recall(()), Post(e.UtteranceGiven(text="hello"))]
    wire.house(*taken(1), *begins(1), *ends(1))
    wire.client(sent("response.create"))
    assert wire.wanted() == [Recall(()), Post(e.UtteranceGiven(text="who is Ada"))]


def test_other_wishes_for_one_response_end_with_it() -> None:
    wire = manual(thinks=True)
    update(wire, instructions="Be brief.")
    typed(wire, "who is Ada")
    wire.wanted()
    wire.client(sent("response.create", response={"instructions": "Rhyme."}))
    wish, _ = wire.wanted()
    assert isinstance(wish, Wish)
    assert wish.brief.instructions == "Rhyme."
    wire.house(*taken(1), *begins(1), *ends(1))
    (wish,) = wire.wanted()
    assert isinstance(wish, Wish)
    assert wish.brief.instructions == "Be brief."


def test_a_timer_that_rings_is_a_response_that_nobody_asked_for() -> None:
    wire = Wire()
    told = wire.house(moved(IDLE, RESPONDING, 1), e.PlaybackStarted(turn_id=1))
    told += wire.says()
    assert kinds(told)[0] == "response.created"
    assert kinds(told)[-1] == "response.output_audio.delta"
    assert wire.house(*ends(1))[-1]["response"]["status"] == "completed"


def test_what_fails_is_a_failed_response() -> None:
    wire = manual()
    typed(wire, "who is Ada")
    wire.client(sent("response.create"))
    failed = e.StageFailed(stage="agent", code="engine-failed", message="it broke", turn_id=1)
    told = wire.house(*taken(1), failed, *begins(1, "Something went wrong."), *ends(1))
    done = told[-1]["response"]
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "engine-failed"


def test_nothing_is_answered_where_nothing_was_said() -> None:
    _, done = manual().client(sent("response.create"))
    assert done["response"]["status_details"]["error"]["code"] == "nothing_to_answer"


def test_who_cannot_be_understood_is_told_so_of_the_item_and_not_aloud() -> None:
    wire = manual()
    wire.client(sent("input_audio_buffer.append", audio=SECOND))
    wire.client(sent("input_audio_buffer.commit"))
    wire.wanted()
    failed = e.StageFailed(stage="stt", code="engine-failed", message="it broke", turn_id=1)
    (told,) = wire.house(*taken(1), failed)
    assert told["type"] == "conversation.item.input_audio_transcription.failed"
    assert told["item_id"] == "item_1"
    assert wire.wanted() == [Post(e.StopRequested(by="api"))]


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_telephones_are_heard_and_spoken_to_in_their_own_format(law: str) -> None:
    wire = Wire()
    update(wire, audio={"input": {"format": {"type": law}}, "output": {"format": {"type": law}}})
    quiet = {"audio/pcmu": b"\xff", "audio/pcma": b"\xd5"}[law] * 8_000
    sound = base64_of(np.frombuffer(quiet, "<i2"))
    wire.wanted()
    wire.client(sent("input_audio_buffer.append", audio=sound))
    _, heard = wire.wanted()
    assert isinstance(heard, Hear)
    assert SPOKEN_RATE - len(heard.samples) < SPOKEN_RATE // 40
    assert np.abs(heard.samples).max() < 20
    wire.house(*spoken(1, "hello"), *begins(1))
    said = wire.says(1.0) + wire.house(*ends(1))
    deltas = [event["delta"] for event in said if event["type"] == "response.output_audio.delta"]
    assert sum(len(base64.b64decode(delta)) for delta in deltas) == 8_000


def test_the_end_of_what_a_telephone_says_is_not_kept_for_its_next_sentence() -> None:
    wire = manual()
    update(wire, audio={"input": {"format": {"type": "audio/pcmu"}}})
    wire.wanted()
    quiet = base64.b64encode(b"\xff" * 8_000).decode()
    for _ in range(2):
        wire.client(sent("input_audio_buffer.append", audio=quiet))
        wire.client(sent("input_audio_buffer.commit"))
        wire.house(*taken(1), e.NothingToSay(turn_id=1), moved(PROCESSING, IDLE, 1))
    for act in wire.wanted():
        assert isinstance(act, Post)
        assert isinstance(act.event, e.UtteranceGiven)
        assert act.event.samples is not None
        assert len(act.event.samples) == RATE


def test_where_sound_goes_another_way_only_its_words_are_told() -> None:
    wire = Wire(sound=False)
    wire.house(*spoken(1, "hello"), *begins(1))
    told = [*wire.says(), *wire.says(), *wire.house(*ends(1))]
    assert "response.output_audio_transcript.done" in kinds(told)
    assert "response.output_audio.delta" not in kinds(told)
    marks = [kind for kind in kinds(told) if kind.startswith("output_audio_buffer")]
    assert marks == ["output_audio_buffer.started", "output_audio_buffer.stopped"]


def test_who_appends_without_end_is_told_to_stop() -> None:
    wire = manual()
    ten_seconds = base64_of(np.zeros(10 * SPOKEN_RATE, np.int16))
    for _ in range(6):
        assert wire.client(sent("input_audio_buffer.append", audio=ten_seconds)) == []
    (refused,) = wire.client(sent("input_audio_buffer.append", audio=SECOND))
    assert refused["error"]["code"] == "input_audio_buffer_full"
    (cleared,) = wire.client(sent("input_audio_buffer.clear"))
    assert cleared["type"] == "input_audio_buffer.cleared"
    (empty,) = wire.client(sent("input_audio_buffer.commit"))
    assert empty["error"]["code"] == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"colour": "red"}, "unknown_parameter", "session.colour"),
        ({"instructions": 7}, "invalid_value", "session.instructions"),
        ({"output_modalities": ["smell"]}, "invalid_value", "session.output_modalities"),
        ({"tools": [{"name": "a b"}]}, "invalid_value", "session.tools[0].name"),
        ({"tools": [{}]}, "missing_required_parameter", "session.tools[0].name"),
        ({"tool_choice": "required"}, "invalid_value", "session.tool_choice"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        (
            {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}},
            "invalid_value", "session.audio.input.format.rate",
        ),
        (
            {"audio": {"input": {"turn_detection": {"type": "guess"}}}},
            "invalid_value", "session.audio.input.turn_detection.type",
        ),
        (
            {"audio": {"output": {"speed": 2.0}}}, "invalid_value", "session.audio.output.speed",
        ),
        ({"temperature": 3}, "invalid_value", "session.temperature"),
        ({"instructions": "\ud800"}, "invalid_value", "session.instructions"),
    ],
)  # fmt: skip
def test_a_wrong_wish_is_refused_by_name_and_changes_nothing(
    session: Json, code: str, param: str
) -> None:
    wire = Wire(thinks=True)
    (refused,) = update(wire, **{"instructions": "Be brief.", **session})
    assert (refused["error"]["code"], refused["error"]["param"]) == (code, param)
    (updated,) = update(wire)
    assert updated["session"] == wire.begun[0]["session"]


def test_a_wrong_wish_for_a_response_is_refused_by_name_too() -> None:
    wire = manual()
    typed(wire, "hello")
    (refused,) = wire.client(sent("response.create", response={"colour": "red"}))
    assert refused["error"]["param"] == "response.colour"


def test_the_beta_names_what_is_wrong_in_its_own_words() -> None:
    wire = Wire(beta=True)
    wrong = {"input_audio_format": "opus"}
    (refused,) = wire.client(sent("session.update", session=wrong))
    assert refused["error"]["param"] == "session.input_audio_format"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "invalid_json"),
        ("[]", "invalid_json"),
        ("[" * 100_000, "invalid_json"),
        ("{}", "missing_required_parameter"),
        (sent("session.destroy"), "invalid_value"),
        (sent("session.update"), "missing_required_parameter"),
        (sent("input_audio_buffer.append", audio="~"), "invalid_value"),
        (sent("input_audio_buffer.append", audio="AAA="[:4] + "AA=="), "invalid_value"),
        (sent("conversation.item.create", item={"type": "sculpture"}), "invalid_value"),
        (sent("conversation.item.retrieve", item_id="gone"), "item_not_found"),
        (sent("conversation.item.delete", item_id=None), "missing_required_parameter"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_told_to_who_sent_it(message: str, code: str) -> None:
    (refused,) = Wire().client(message)
    assert refused["error"]["code"] == code
    assert refused["error"]["type"] == "invalid_request_error"
