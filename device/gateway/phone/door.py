"""The door of the telephone: what Twilio asks and carries, and who lets others be called.

POST /phone/answer    a call is there: a TwiML document says what becomes of it
WS   /phone/stream    its sound (`device.gateway.phone.twilio`)
POST /phone/status    a call that we placed is over
POST /phone/call      {"contact": name}: place one; 202 and {"call": id}

The first three are signed by the telephone company; the last needs a token as all doors do.
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from device.errors import CallFailed, CallsSpent, CommandInvalid, HouseFull, NotAdmitted, VisitOver
from device.gateway.line import Line, open_line
from device.gateway.phone import twilio
from device.gateway.phone.call import Messages, PhoneCall
from device.gateway.phone.signature import HEADER
from device.gateway.phone.switchboard import ANSWER, STATUS, STREAM, Switchboard
from device.gateway.phone.twiml import CONTENT_TYPE
from device.gateway.reception import Reception

if TYPE_CHECKING:
    from fastapi import APIRouter
    from fastapi.requests import Request

_START_SECONDS: Final = 10.0
_MOST_BYTES: Final = 16_384
"""Of a form; those of calls have about 1,000."""
_MOST_FIELDS: Final = 100
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.BAD_REQUEST: {"description": "That is no JSON."},
    HTTPStatus.UNAUTHORIZED: {"description": "A token is missing."},
    HTTPStatus.FORBIDDEN: {"description": "Pages of that site may not."},
    HTTPStatus.NOT_FOUND: {"description": "That is nobody's contact."},
    HTTPStatus.TOO_MANY_REQUESTS: {"description": "No more calls today."},
    HTTPStatus.BAD_GATEWAY: {"description": "The telephone company does not place it."},
}
_POLICY, _PROTOCOL, _LATER = 1008, 1002, 1013
"""Why a WebSocket is closed (RFC 6455 and its registry)."""


def router(reception: Reception, switchboard: Switchboard) -> "APIRouter":
    """The paths of the telephone."""
    from fastapi import APIRouter, Body, HTTPException, Request, Response, WebSocket

    doors = APIRouter()

    async def signed(request: Request) -> dict[str, str]:
        reception.check(request, needs_token=False)
        form = await _form(request)
        query = f"?{request.url.query}" if request.url.query else ""
        signature = request.headers.get(HEADER, "")
        switchboard.check(signature, request.url.path + query, form)
        return dict(form)

    @doors.post(ANSWER, include_in_schema=False)
    async def answer(request: Request) -> Response:
        """Say what becomes of a call."""
        call, now = await signed(request), asyncio.get_running_loop().time()
        document = switchboard.answer(call, now, full=reception.full)
        return Response(document, media_type=CONTENT_TYPE)

    @doors.post(STATUS, status_code=HTTPStatus.NO_CONTENT, include_in_schema=False)
    async def ended(request: Request) -> None:
        """Learn how a call ended that we placed."""
        switchboard.ended(await signed(request), asyncio.get_running_loop().time())

    @doors.websocket(STREAM)
    async def stream(socket: WebSocket) -> None:
        """Carry the sound of a call."""
        reception.check(socket, needs_token=False)
        switchboard.check(socket.headers.get(HEADER, ""), STREAM)
        async with open_line(socket) as line:
            await _carry(line, reception, switchboard)

    @doors.post("/phone/call", status_code=HTTPStatus.ACCEPTED, responses=_REFUSALS)
    async def call(request: Request, contact: str = Body(embed=True)) -> dict[str, str]:
        """Place a call."""
        reception.check(request)
        outgoing = switchboard.outgoing
        if outgoing is None or contact not in outgoing.contacts:
            raise HTTPException(HTTPStatus.NOT_FOUND, "none of [gateway.phone] contacts")
        try:
            return {"call": await outgoing.call(contact)}
        except CallsSpent as spent:
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, str(spent)) from spent
        except CallFailed as failed:
            raise HTTPException(HTTPStatus.BAD_GATEWAY, str(failed)) from failed

    return doors


async def _form(request: "Request") -> list[tuple[str, str]]:
    """Names and values as posted. Raises NotAdmitted for more than any call has to tell."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise NotAdmitted("that is too much for a call", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise NotAdmitted("that is no form", HTTPStatus.BAD_REQUEST) from error


async def _carry(line: Line, reception: Reception, switchboard: Switchboard) -> None:
    """Hold the call of a stream, and say why where it cannot be held."""
    messages = _messages(line)
    try:
        async with asyncio.timeout(_START_SECONDS):
            started = await _started(messages)
        if started is None:
            return
        if not switchboard.admits(started, asyncio.get_running_loop().time()):
            line.close(_POLICY, "no such call")
            return
        call = PhoneCall(line, started.stream, switchboard.words, switchboard.config.call_seconds)
        with switchboard.holding():
            async with reception.visit("phone", call.microphone, call.speaker) as visit:
                await call.hold(visit, messages)
    except TimeoutError:
        line.close(_POLICY, "no call began")
    except CommandInvalid:
        line.close(_PROTOCOL, "no message of Media Streams")
    except HouseFull:
        line.close(_LATER, "busy")
    except VisitOver:
        line.close()


async def _messages(line: Line) -> AsyncIterator[twilio.Message | None]:
    async for message in line:
        if isinstance(message, bytes):
            raise CommandInvalid("sound comes as text")
        yield twilio.parse(message)


async def _started(messages: Messages) -> twilio.Started | None:
    """How the call begins; None when it is over before. Raises CommandInvalid."""
    async for message in messages:
        if isinstance(message, twilio.Started):
            return message
        if message is not None:
            raise CommandInvalid("a call begins with start")
    return None
