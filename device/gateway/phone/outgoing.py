"""Calls other people's telephones, over Twilio's REST API.

POST {base_url}/2010-04-01/Accounts/{sid}/Calls.json with basic authentication; 201 and a JSON
object with the call's `sid`, else one with `code` and `message`
(www.twilio.com/docs/voice/api/call-resource). Whoever answers is spoken with as whoever calls is:
our own document is asked for what to do with the call.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from device import clock
from device.config import PhoneConfig
from device.direct import http_client, need_http
from device.errors import CallFailed, CallsSpent
from device.outside import Outside, Unit

SERVICE: Final = "telephone"
"""Name in the ledger."""
_SECONDS: Final = 10.0
_CREATED: Final = 201
_LONGEST: Final = 200


class Outgoing:
    """Calls those whom the configuration names, and so often a day as it allows."""

    def __init__(
        self, config: PhoneConfig, token: str, outside: Outside,
        spent: Callable[[str, Unit], float], save: Callable[[], None],
    ) -> None:  # fmt: skip
        """`save` puts what was spent on disk. Raises EngineMissing."""
        need_http("[gateway.phone] contacts")
        self.contacts: Mapping[str, str] = config.contacts
        """Number by name."""
        self._config = config
        self._token = token
        self._outside = outside
        self._spent = spent
        self._save = save

    @property
    def left(self) -> int:
        """How many calls may still be placed today."""
        return max(0, self._config.calls_per_day - round(self._spent(SERVICE, Unit.CALLS)))

    async def call(self, contact: str) -> str:
        """Let a contact's telephone ring; the id of the call. Raises CallsSpent and CallFailed."""
        number = self.contacts.get(contact)
        if number is None:
            raise CallFailed(f"{contact[:40]!r} is none of [gateway.phone] contacts")
        if not self.left:
            raise CallsSpent("no more calls today; see [gateway.phone] calls_per_day")
        # Counted before it is known what comes of it: a power cut must not make calls free.
        self._outside.spend(SERVICE, Unit.CALLS, 1)
        await asyncio.to_thread(self._save)
        return await self._place(number)

    async def _place(self, number: str) -> str:
        config = self._config
        url = f"{config.base_url.rstrip('/')}/2010-04-01/Accounts/{config.account_sid}/Calls.json"
        form = {
            "To": number, "From": config.number, "Url": f"{config.public_url}/phone/answer",
            "StatusCallback": f"{config.public_url}/phone/status",
        }  # fmt: skip
        host = urlsplit(url).hostname or ""
        with self._outside.leaving(host), clock.hold(_SECONDS):
            status, told = await self._post(url, form)
        if status != _CREATED or not isinstance(told.get("sid"), str):
            why = f"{told.get('code', status)} {told.get('message', '')}"[:_LONGEST]
            raise CallFailed(f"{host} does not place the call: {why}")
        return str(told["sid"])

    async def _post(self, url: str, form: Mapping[str, str | None]) -> tuple[int, dict[str, Any]]:
        import httpx2

        try:
            async with (
                asyncio.timeout(_SECONDS),
                http_client(auth=(self._config.account_sid, self._token)) as client,
            ):
                answer = await client.post(url, data=form)
                told = answer.json()
        except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError, ValueError) as error:
            raise CallFailed(f"the telephone company cannot be reached: {error!r:.200}") from error
        return answer.status_code, told if isinstance(told, dict) else {}
