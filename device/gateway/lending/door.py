"""The door for other speakers and programs: OpenAI's HTTP API over the engines of this house."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from functools import partial
from typing import Any, Final

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from device.audio.files import sound_file, sound_in
from device.audio.format import RATE, Samples
from device.audio.resample import Resampler
from device.errors import (
    AudioFileError,
    DeviceError,
    EngineBusy,
    LlmBusy,
    LlmHurried,
    LlmSpent,
    NotAdmitted,
    RequestInvalid,
)
from device.gateway.lending import audio_api as api
from device.gateway.lending.lender import Lender

_LOGGER = logging.getLogger(__name__)

MOST_BYTES: Final = 12 << 20
"""Of a request: a minute of sound at 48 kHz in stereo."""
MOST_REQUESTS: Final = 8
"""At once; who else asks is told to come back."""
_SECONDS: Final = 30.0
"""A request may take so long to arrive."""
_NOTHING: Final = np.zeros(0, np.int16)

Check = Callable[[HTTPConnection], None]
Handler = Callable[[Request], Awaitable[Response]]


class Desk:
    """Reads requests and answers them, a few at a time."""

    def __init__(self, lender: Lender, check: Check) -> None:
        """`check` raises NotAdmitted."""
        self._lender = lender
        self._check = check
        self._places = MOST_REQUESTS
        self._decoding = asyncio.Lock()

    async def answer(self, handle: Handler, request: Request) -> Response:
        """What `handle` answers, or the refusal as it is documented; never raises DeviceError."""
        try:
            self._check(request)
            with ExitStack() as place:
                place.enter_context(self._place())
                response = await handle(request)
                if isinstance(response, _Streamed):
                    response.place = place.pop_all()
                return response
        except DeviceError as error:
            return _refusal(error)
        except ClientDisconnect:
            return Response(status_code=400)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places:
            raise EngineBusy("too much is asked at once; ask again in a moment")
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        return JSONResponse(api.models(self._lender.models))

    async def description(self, request: Request) -> Response:
        """GET /v1/openapi.json."""
        return JSONResponse(request.app.openapi())

    async def transcribe(self, request: Request) -> Response:
        """POST /v1/audio/transcriptions."""
        form = request.headers.get("content-type", "")
        asked, file = api.read_transcription(form, await _body(request))
        async with self._decoding:
            decode = partial(sound_in, file, RATE, api.LONGEST_SECONDS)
            samples = await asyncio.to_thread(decode)
        heard = await self._lender.transcribe(samples, asked.language)
        if asked.response_format == "text":
            return PlainTextResponse(f"{heard.text}\n")
        told = api.transcription(heard, len(samples) / RATE, asked.language)
        return JSONResponse(
            told if asked.response_format == "verbose_json" else {"text": heard.text}
        )

    async def speak(self, request: Request) -> Response:
        """POST /v1/audio/speech."""
        asked = api.read_speech(await _body(request))
        sound = _at_api_rate(self._lender, asked)
        kind = api.SOUNDS[asked.response_format]
        if asked.response_format == "pcm":
            return await _streamed(_as_pcm(sound), kind)
        async with aclosing(sound):
            whole = np.concatenate([_NOTHING, *[samples async for samples in sound]])
        encode = partial(sound_file, whole, api.PCM_RATE, f".{asked.response_format}")
        return Response(await asyncio.to_thread(encode), media_type=kind)

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        body = await _body(request)
        asked = api.read_chat(body)
        kind = "text/event-stream" if asked.stream else "application/json"
        return await _streamed(self._lender.chat(asked, body), kind)


class _Streamed(StreamingResponse):
    """Goes on as long as its place is held; its source ends with it, however it ends."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None], kind: str) -> None:
        super().__init__(_after(first, rest), media_type=kind)
        self.place = ExitStack()
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self.place:
            async with aclosing(self._rest):
                await super().__call__(scope, receive, send)


async def _streamed(pieces: AsyncGenerator[bytes, None], kind: str) -> Response:
    """An answer that begins once there is something: what fails before that is a refusal."""
    try:
        first = await anext(pieces, b"")
    except BaseException:
        await pieces.aclose()
        raise
    return _Streamed(first, pieces, kind)


def router(lender: Lender, check: Check) -> APIRouter:
    """The addresses, each with a description that is true."""
    made, desk = APIRouter(), Desk(lender, check)

    def add(path: str, method: str, handle: Handler, **about: Any) -> None:
        async def endpoint(request: Request) -> Response:
            return await desk.answer(handle, request)

        made.add_api_route(
            path, endpoint, methods=[method], response_model=None,
            summary=(handle.__doc__ or "").strip("."), operation_id=handle.__name__, **about,
        )  # fmt: skip

    add("/v1/openapi.json", "GET", desk.description, include_in_schema=False)
    add("/v1/models", "GET", desk.models, **api.describe_models())
    add("/v1/audio/transcriptions", "POST", desk.transcribe, **api.describe_transcription())
    add("/v1/audio/speech", "POST", desk.speak, **api.describe_speech())
    add("/v1/chat/completions", "POST", desk.chat, **api.describe_chat())
    return made


async def _body(request: Request) -> bytes:
    """Raises RequestInvalid for what is too long, or is not sent."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    raise RequestInvalid(f"the request is longer than {MOST_BYTES} bytes")
    except TimeoutError as error:
        raise RequestInvalid(f"the request did not arrive in {_SECONDS:.0f} s") from error
    return bytes(body)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _as_pcm(sound: AsyncGenerator[Samples, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(sound):
        async for samples in sound:
            yield samples.astype("<i2").tobytes()


async def _at_api_rate(lender: Lender, asked: api.SpeechRequest) -> AsyncGenerator[Samples, None]:
    """Speech at `PCM_RATE`, whatever the voice's rate is, and if another voice goes on."""
    rate, resampler = api.PCM_RATE, Resampler(api.PCM_RATE, api.PCM_RATE)
    async with aclosing(lender.speak(asked.input, asked.voice, asked.speed)) as chunks:
        async for chunk in chunks:
            if chunk.format.rate != rate:
                yield resampler.feed(_NOTHING, last=True)
                rate = chunk.format.rate
                resampler = Resampler(rate, api.PCM_RATE)
            yield resampler.feed(chunk.pcm())
    yield resampler.feed(_NOTHING, last=True)


def _refusal(error: DeviceError) -> Response:
    status = _status(error)
    if status >= 500:
        _LOGGER.warning("an engine that was asked for over HTTP failed [%s]: %s", error.code, error)
    headers = {"retry-after": "1"} if status == 429 else {}
    body = api.problem(str(error), error.code, status)
    return Response(body, status, headers, media_type="application/json")


def _status(error: DeviceError) -> int:
    match error:
        case NotAdmitted():
            return int(error.status)
        case RequestInvalid() | AudioFileError():
            return 400
        case EngineBusy() | LlmBusy() | LlmHurried() | LlmSpent():
            return 429
        case _:
            return 503
