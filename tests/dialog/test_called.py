"""What a model calls, and what it thinks, however its answer is dealt out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from device.dialog.base import ToolCall
from device.dialog.called import Called
from device.dialog.thoughts import Thoughts


def chunk(*calls: dict[str, Any]) -> ChatCompletionChunk:
    delta = {"tool_calls": list(calls)}
    return ChatCompletionChunk.model_validate(
        {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
        }
    )


def opening(index: int, name: str, arguments: str = "") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}


def dealt(text: str, cuts: list[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.integers(0, 1_000), max_size=6))
def test_calls_are_the_same_however_their_arguments_are_dealt_out(
    arguments: list[str], cuts: list[int]
) -> None:
    called = Called()
    for index, text in enumerate(arguments):
        called.add(chunk(opening(index, "HassTurnOn")))
        for piece in dealt(text, cuts):
            called.add(chunk({"index": index, "function": {"arguments": piece}}))
    assert called.calls == tuple(
        ToolCall(f"call_{index}", "HassTurnOn", text) for index, text in enumerate(arguments)
    )


def test_calls_may_come_whole_and_all_at_once() -> None:
    called = Called()
    called.add(chunk(opening(0, "A", "{}"), opening(1, "B", '{"x": 1}')))
    assert [call.name for call in called.calls] == ["A", "B"]


def test_calls_without_end_are_not_taken() -> None:
    called = Called()
    for index in range(1_000):
        called.add(chunk(opening(index, "A", "{}")))
    assert len(called.calls) == 16


@given(st.text(), st.text(), st.lists(st.integers(0, 1_000), max_size=6))
def test_thoughts_are_taken_out_however_they_are_dealt_out(
    thought: str, answer: str, cuts: list[int]
) -> None:
    thought = thought.replace("</think>", "")
    filtered = Thoughts()
    said = "".join(map(filtered.feed, dealt(f"<think>{thought}</think>{answer}", cuts)))
    assert said == answer.lstrip()


@given(st.text(min_size=8), st.lists(st.integers(0, 1_000), max_size=6))
def test_what_does_not_begin_with_a_thought_is_said_as_it_is(answer: str, cuts: list[int]) -> None:
    filtered = Thoughts()
    answer = f"Well, {answer}"
    assert "".join(map(filtered.feed, dealt(answer, cuts))) == answer
