"""A STUN and TURN server that tells everybody the same two addresses and carries nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Self

from aioice import stun
from aioice.turn import make_integrity_key

SEEN: Final = ("203.0.113.7", 4_001)
"""Address that a client is said to have."""
LENT: Final = ("203.0.113.9", 4_002)
"""Address that it is lent."""
_REALM: Final = "parlor.test"


class IceServer(asyncio.DatagramProtocol):
    """Lends an address to who knows the password."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._key = make_integrity_key(username, _REALM, password)
        self._transport: Any = None

    @classmethod
    @asynccontextmanager
    async def running(cls, username: str, password: str) -> AsyncIterator[Self]:
        """Serve on a free UDP port of loopback."""
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            lambda: cls(username, password), local_addr=("127.0.0.1", 0)
        )
        try:
            yield server
        finally:
            transport.close()

    @property
    def port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = stun.parse_message(data)
        allowed = asked.message_method == stun.Method.BINDING or self._knows(asked)
        kind = stun.Class.RESPONSE if allowed else stun.Class.ERROR
        answer = stun.Message(asked.message_method, kind, asked.transaction_id)
        if not allowed:
            answer.attributes["ERROR-CODE"] = (401, "Unauthorized")
            answer.attributes["REALM"], answer.attributes["NONCE"] = _REALM, b"once"
        elif asked.message_method == stun.Method.BINDING:
            answer.attributes["XOR-MAPPED-ADDRESS"] = SEEN
        else:
            answer.attributes["XOR-MAPPED-ADDRESS"] = SEEN
            answer.attributes["XOR-RELAYED-ADDRESS"] = LENT
            answer.attributes["LIFETIME"] = 600
            answer.add_message_integrity(self._key)
        self._transport.sendto(bytes(answer), addr)

    def _knows(self, asked: stun.Message) -> bool:
        named: bool = asked.attributes.get("USERNAME") == self._username
        return named and asked.check_message_integrity(self._key)
