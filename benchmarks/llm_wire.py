"""What an OpenAI-compatible server writes (platform.openai.com, API reference, chat, streaming)."""

import asyncio
import json

from benchmarks.llm_request import MODEL, Json


def about(kind: str) -> Json:
    """What every object of an answer begins with."""
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": MODEL}


async def event(writer: asyncio.StreamWriter, delta: Json, finish: str | None = None) -> None:
    """A piece of an answer."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    event = {**about("chat.completion.chunk"), "choices": [choice]}
    await chunk(writer, b"data: " + json.dumps(event).encode() + b"\n\n")


async def call(writer: asyncio.StreamWriter, index: int, name: str, arguments: str) -> None:
    """A call comes with its name, and its arguments in pieces."""
    function: Json = {"name": name, "arguments": ""}
    call: Json = {"id": f"call_{index}x", "type": "function", "function": function}
    await event(writer, {"tool_calls": [{"index": index, **call}]})
    for start in range(0, len(arguments), 7):
        piece = {"index": index, "function": {"arguments": arguments[start : start + 7]}}
        await event(writer, {"tool_calls": [piece]})


async def usage(writer: asyncio.StreamWriter, request: Json, text: str) -> None:
    """What it cost: a chunk of its own, without choices."""
    asked, told = len(str(request["messages"]).split()), len(text.split())
    usage = {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
    event = {**about("chat.completion.chunk"), "choices": [], "usage": usage}
    await chunk(writer, b"data: " + json.dumps(event).encode() + b"\n\n")


async def chunk(writer: asyncio.StreamWriter, block: bytes) -> None:
    """A chunk of HTTP's chunked transfer coding; an empty one is the last."""
    writer.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
    await writer.drain()


async def send(writer: asyncio.StreamWriter, status: int, answer: Json) -> bool:
    """A whole response; tells that another request may follow."""
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    return True


async def send_page(writer: asyncio.StreamWriter) -> bool:
    """What a hotel's network answers to everything until somebody has logged in."""
    page = b"<html><body>Please log in to the hotel</body></html>"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(page)}\r\n\r\n"
    writer.write(head.encode() + page)
    await writer.drain()
    return True
