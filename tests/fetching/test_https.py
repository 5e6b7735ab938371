"""Over HTTPS only who proves to be the one that was asked is believed."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.broker import Certificate
from benchmarks.local_server import serving
from device.errors import FetchError
from device.fetching.fetcher import Fetcher
from device.fetching.remote import Remote
from tests.fakes.file_server import FileServer, Manners

DATA = b"a model"
Trust = Callable[[], None]


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


@pytest.fixture
def server(certificate: Certificate) -> Iterator[FileServer]:
    server = FileServer({"model.bin": DATA})
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(certificate.file, certificate.key)
    with serving(server) as running:
        yield running


@pytest.fixture
def trust(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Trust:
    return lambda: monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))


def fetched(url: str, folder: Path) -> bytes:
    Fetcher(sleep=lambda _: pytest.fail("it is tried again")).fetch(
        Remote(url), folder / "model.bin"
    )
    return (folder / "model.bin").read_bytes()


def test_a_certificate_that_nobody_vouches_for_is_told_at_once(
    server: FileServer, tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 shows a certificate.*clock"):
        fetched(server.url("model.bin"), tmp_path)
    assert server.asked == []


def test_a_trusted_server_gives_the_file(server: FileServer, trust: Trust, tmp_path: Path) -> None:
    trust()
    assert fetched(server.url("model.bin"), tmp_path) == DATA


def test_a_redirect_away_from_https_is_refused(
    server: FileServer, trust: Trust, tmp_path: Path
) -> None:
    trust()
    with serving(FileServer({"model.bin": DATA})) as plain:
        server.manners = [Manners(status=302, headers={"Location": plain.url("model.bin")})]
        with pytest.raises(FetchError, match="anybody on the way could change it"):
            fetched(server.url("model.bin"), tmp_path)
        assert plain.asked == []


def test_a_redirect_to_https_is_followed(server: FileServer, trust: Trust, tmp_path: Path) -> None:
    trust()
    with serving(FileServer({})) as plain:
        plain.manners = [Manners(status=302, headers={"Location": server.url("model.bin")})]
        assert fetched(plain.url("model.bin"), tmp_path) == DATA
