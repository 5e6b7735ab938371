"""Asks for a file over HTTP with what Python brings along.

Whose address is written down is asked, and nobody else: proxies from the environment are not. A
redirect is followed to any host, for that is how large files are served, but never from https to
anything else; nothing secret is sent, and what comes is checked.
"""

import http.client
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from device import __version__
from device.errors import DeviceError, FetchError
from device.fetching.remote import Unsteady

_AGENT: Final = f"parlor/{__version__}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is not read yet."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """`read1(n)` gives up to n bytes as they come, and none at the end."""


@contextmanager
def asked(url: str, headers: dict[str, str], silent_seconds: float) -> Iterator[Answer]:
    """The answer to a GET, whatever its status; `silent_seconds` without a byte end it.

    Raises Unsteady when the connection fails, also while the body is read, and FetchError for a
    certificate or a redirect that nobody should trust.
    """
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT, **headers})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirects())
    try:
        with _opened(opener, request, silent_seconds) as response:
            named = {name.lower(): value for name, value in response.headers.items()}
            yield Answer(response.status, named, response)
    except DeviceError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise _fault(url, error) from error


def _opened(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, seconds: float
) -> Any:
    try:
        return opener.open(request, timeout=seconds)
    except HTTPError as answer:
        return answer
    except ValueError as error:
        raise FetchError(f"{request.full_url} leads to no address ({error})") from error


def _fault(url: str, error: Exception) -> Exception:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FetchError(
            f"{urlsplit(url).hostname} shows a certificate that cannot be trusted "
            f"({reason.verify_message}); check the address and this computer's clock"
        )
    told = str(reason) or type(reason).__name__
    return Unsteady(f"{urlsplit(url).netloc}: {told}")


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_repeats = 2
    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: http.client.HTTPMessage, newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        scheme, asked_scheme = urlsplit(newurl).scheme, urlsplit(req.full_url).scheme
        if scheme != "https" and scheme != asked_scheme:
            raise FetchError(
                f"{req.full_url} leads to {newurl}, where anybody on the way could change it"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)
