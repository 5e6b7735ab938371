"""Twilio's REST API for calls, as documented: it places those that are asked for rightly."""

import asyncio
import base64
import json
import re
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from benchmarks.local_server import HttpServer, read_request
from benchmarks.phone_client import Company, sid

_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")
_WANTED: Final = {"To", "From", "Url"}
_KNOWN: Final = {*_WANTED, "StatusCallback"}


class PhoneCompany(HttpServer):
    """Remembers what calls it was asked to place."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self.placed: list[dict[str, str]] = []
        """Forms of the calls, with `CallSid`."""
        self._account = company.account
        self._key = base64.b64encode(f"{company.account}:{company.token}".encode()).decode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request."""
        method, path, headers, body = await read_request(reader)
        form = dict(parse_qsl(body.decode()))
        status, told = self._answer(method, path, headers, form)
        content = json.dumps(told).encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        await writer.drain()
        return True

    def _answer(
        self, method: str, path: str, headers: dict[str, str], form: dict[str, str]
    ) -> tuple[HTTPStatus, dict[str, object]]:
        wanted = f"/2010-04-01/Accounts/{self._account}/Calls.json"
        if (method, path) != ("POST", wanted):
            return _refused(HTTPStatus.NOT_FOUND, 20404, f"The resource {path} was not found")
        if headers.get("authorization") != f"Basic {self._key}":
            return _refused(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
        if not (form.keys() >= _WANTED and form.keys() <= _KNOWN):
            return _refused(HTTPStatus.BAD_REQUEST, 21205, f"{sorted(form)} are not what is asked")
        if not _NUMBER.fullmatch(form["To"]):
            return _refused(HTTPStatus.BAD_REQUEST, 21211, "Invalid 'To' Phone Number")
        call = sid("CA")
        self.placed.append({**form, "CallSid": call})
        return HTTPStatus.CREATED, {
            "sid": call, "account_sid": self._account, "api_version": "2010-04-01",
            "direction": "outbound-api", "from": form["From"], "to": form["To"],
            "status": "queued", "uri": f"{wanted.removesuffix('.json')}/{call}.json",
        }  # fmt: skip


def _refused(status: HTTPStatus, code: int, message: str) -> tuple[HTTPStatus, dict[str, object]]:
    about = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": about, "status": status.value}
