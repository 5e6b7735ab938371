"""Asks a service for one whole sentence over HTTP (package httpx2)."""

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from device import clock
from device.audio.format import Samples
from device.audio.wav import wav
from device.direct import http_client, need_http
from device.errors import EngineError
from device.pipeline.elsewhere import (
    Json,
    endless,
    late,
    login_page,
    read_json,
    refusal,
    unreachable,
)
from device.pipeline.stt.cloud.service import Heard, Service
from device.types import Transcript

_MOST_BYTES: Final = 1 << 20
"""An answer is never longer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    """Arguments of httpx: files and data, json, or content."""


class Form(Protocol):
    """How one service wants to be asked, and how it answers. Pure."""

    def request(self, wav: bytes, language: str) -> Request:
        """What to post for a sentence. Raises EngineError."""
        ...

    def read(self, answer: Json) -> Heard:
        """What was understood. Raises EngineError for an answer that says it failed."""
        ...


class PostedStt:
    """Understands one whole sentence."""

    def __init__(self, service: Service, form: Form, language: str, seconds: float) -> None:
        """`language` where none is asked for; an answer takes `seconds` at most.

        Raises EngineMissing.
        """
        need_http(f"[stt] {service.name}")
        self._service = service
        self._form = form
        self._language = language
        self._seconds = seconds
        self._trusted = ssl.create_default_context()

    @property
    def name(self) -> str:
        """Engine name."""
        return self._service.name

    @property
    def host(self) -> str:
        """Who hears the sentence."""
        return self._service.host

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Understand a sentence of shape (n,). Raises EngineError."""
        spoken = language or self._language
        ask = partial(self._ask, samples, spoken)
        return await self._service.once(samples, spoken, phrases, ask)

    async def _ask(self, samples: Samples, language: str) -> Heard:
        request = self._form.request(wav(samples), language)
        async with self._service.asked():
            answer = await self._post(request)
            try:
                heard = self._form.read(answer)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise EngineError(f"{self._service.host} answers not as documented") from error
        self._service.spend(len(samples), heard.used)
        return heard

    async def _post(self, request: Request) -> Json:
        import httpx2

        host = self._service.host
        client = http_client(verify=self._trusted)
        try:
            with clock.hold(self._seconds):
                async with (
                    asyncio.timeout(self._seconds), client,
                    client.stream(
                        "POST", request.url, headers=request.headers, **request.body
                    ) as response,
                ):  # fmt: skip
                    return self._answer(response, await _read(response, host))
        except EngineError:
            raise
        except TimeoutError as error:
            raise late(host) from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise unreachable(host, error) from error

    def _answer(self, response: Any, body: bytes) -> Json:
        host = self._service.host
        if response.status_code != 200:
            date = response.headers.get("date", "")
            raise refusal(host, response.status_code, date, body, time.time())
        if "html" in response.headers.get("content-type", ""):
            raise login_page(host)
        return read_json(host, body)


async def _read(response: Any, host: str) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise endless(host)
    return bytes(body)
