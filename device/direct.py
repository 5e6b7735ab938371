"""Connections to services elsewhere that lead to whose address is configured, and to nobody else.

Proxies from the environment are not asked. Redirects are not followed: a key in a header of the
service's own would go along (the package strips Authorization and cookies only).
"""

import logging
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

from device.errors import EngineBusy, EngineError, EngineMissing, EngineRefused

_SOCKET_LOGGER: Final = logging.getLogger(f"{__name__}.socket")
# Below this level the library logs every message: the key, and what people said.
_SOCKET_LOGGER.setLevel(logging.INFO)


_REFUSALS: Final = {401: EngineRefused, 403: EngineRefused, 429: EngineBusy}
_SCHEMES: Final = {"http": "ws", "https": "wss"}


def refusal_of(status: int) -> type[EngineError]:
    """What an HTTP status other than success means."""
    return _REFUSALS.get(status, EngineError)


def socket_base(base_url: str) -> str:
    """The address of a service as that of its WebSockets, without a slash at its end."""
    scheme, _, rest = base_url.rstrip("/").partition("://")
    return f"{_SCHEMES.get(scheme, scheme)}://{rest}"


def need_http(who: str) -> None:
    """Raises EngineMissing, in the name of `who`, when the package httpx2 is not installed."""
    if find_spec("httpx2") is None:
        raise EngineMissing(
            f"{who} needs the package httpx2; run: pip install 'parlor-speaker[llm]'"
        )


def http_client(**options: Any) -> Any:
    """An `httpx2.AsyncClient`; how long to wait is the business of whoever asks."""
    import httpx2

    return httpx2.AsyncClient(trust_env=False, timeout=None, **options)


async def web_socket(
    url: str, headers: Mapping[str, str], *, most_bytes: int, close_seconds: float,
    open_seconds: float | None = None, **options: Any,
) -> ClientConnection:  # fmt: skip
    """A connection, made in `open_seconds`, over which messages have `most_bytes` at most.

    Closing it takes `close_seconds` at most. Raises TimeoutError, WebSocketException, OSError and
    ValueError; for a redirect InvalidStatus.
    """
    return await _Direct(
        url, additional_headers=dict(headers), proxy=None, max_size=most_bytes,
        open_timeout=open_seconds, close_timeout=close_seconds, logger=_SOCKET_LOGGER, **options,
    )  # fmt: skip


class _Direct(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
