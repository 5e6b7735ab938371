"""`parlor release update` against a server of releases, in a root of its own."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.local_server import serving
from device import __version__
from device.errors import (
    BundleInvalid,
    ConfigError,
    DeviceError,
    FetchError,
    FetchMismatch,
    ReleaseUnfit,
    ReleaseUnhealthy,
    UpdateMissing,
)
from device.releases.bundle import pack
from device.releases.command import main
from device.releases.index import Index, Offered, read_index
from device.releases.layout import Layout
from device.releases.progress import Progress, read_progress
from device.releases.signing import sign
from tests.fakes.file_server import FileServer, Manners
from tests.releases.bundles import MACHINE, PYTHON, place, write_bundle

NEWER = "99.0.0"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A root where a release runs, and where an update was asked for."""
    layout = Layout(tmp_path / "root")
    good = place(layout, __version__)
    main(["switch", good, "--root", str(layout.root), "--restart", "true"])
    layout.request.parent.mkdir(parents=True)
    layout.request.touch()
    return layout


@pytest.fixture
def server() -> Iterator[FileServer]:
    server = FileServer({})
    with serving(server):
        yield server


def offer(server: FileServer, bundle: Path, version: str = NEWER, **wrong: object) -> None:
    """Put a bundle and its index on the server."""
    data = bundle.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    offered = asdict(Offered(PYTHON, MACHINE, "bundle.tar", len(data), digest)) | wrong
    index = {"version": version, "bundles": [offered]}
    server.files |= {"bundle.tar": data, "index.json": json.dumps(index).encode()}


def update(layout: Layout, server: FileServer, *more: str) -> None:
    layout.config.parent.mkdir(parents=True, exist_ok=True)
    lines = ["[updates]", f'url = "{server.url("index.json")}"', *more]
    layout.config.write_text("\n".join(lines))
    main(["update", "--root", str(layout.root), "--json", "--restart", "true", "--wait", "0"])


def test_the_newest_release_is_fetched_over_a_cut_connection_and_runs(
    layout: Layout, server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(server, write_bundle(tmp_path, NEWER))
    server.manners = [Manners(), Manners(cut_after=4000)]
    capsys.readouterr()
    update(layout, server)
    told = json.loads(capsys.readouterr().out)
    assert told["changed"]
    assert layout.named(layout.current) == layout.named(layout.last_good) == told["release"]
    assert told["release"].startswith(NEWER)
    assert len(server.asked) == 3
    assert not layout.request.exists()
    assert not layout.download.exists()
    assert read_progress(layout.update) == Progress()


def test_the_same_version_is_not_installed_again(
    layout: Layout, server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(server, write_bundle(tmp_path, __version__), __version__)
    capsys.readouterr()
    update(layout, server)
    assert json.loads(capsys.readouterr().out)["changed"] is False
    assert len(server.asked) == 1


def refused(
    layout: Layout, server: FileServer, error: type[DeviceError], match: str, *more: str
) -> None:
    """Try to update: what ran still runs, the speaker may read why, and nothing lies about."""
    before = layout.named(layout.current)
    with pytest.raises(error, match=match):
        update(layout, server, *more)
    assert layout.named(layout.current) == layout.named(layout.last_good) == before
    told = read_progress(layout.update)
    assert (told.under_way, told.code) == (False, error.code)
    assert match.split(".*")[0] in told.message
    assert not layout.request.exists()


def test_a_release_that_is_ill_is_rolled_back_and_the_speaker_knows_why(
    layout: Layout, server: FileServer, tmp_path: Path
) -> None:
    offer(server, write_bundle(tmp_path, NEWER, "microphone"))
    before = layout.installed()
    refused(layout, server, ReleaseUnhealthy, "no sound; rolled back to")
    assert layout.installed() == before


def test_a_bundle_of_another_version_than_promised_is_refused(
    layout: Layout, server: FileServer, tmp_path: Path
) -> None:
    """An old release with a hole in it is signed, too."""
    offer(server, write_bundle(tmp_path, "0.0.9"))
    refused(layout, server, BundleInvalid, "promises 99.0.0, and its bundle is 0.0.9")
    assert not layout.download.exists()


def test_other_bytes_than_promised_are_refused(
    layout: Layout, server: FileServer, tmp_path: Path
) -> None:
    offer(server, write_bundle(tmp_path, NEWER), sha256="0" * 64)
    refused(layout, server, FetchMismatch, "is not the file that was meant")


def test_there_may_be_nothing_for_this_computer(
    layout: Layout, server: FileServer, tmp_path: Path
) -> None:
    offer(server, write_bundle(tmp_path, NEWER), machine="m68k")
    refused(layout, server, ReleaseUnfit, "has 99.0.0, but not for Python")


@pytest.mark.parametrize("index", [b"", b"<html>", b"[]", b'{"version": 1}', b"{" * 100_000])
def test_what_is_no_index_is_refused(layout: Layout, server: FileServer, index: bytes) -> None:
    server.files["index.json"] = index
    refused(layout, server, UpdateMissing, "ind")


def test_a_server_without_releases_is_told(layout: Layout, server: FileServer) -> None:
    refused(layout, server, FetchError, "404")


def test_only_allowed_signers_are_trusted_where_they_are_named(
    layout: Layout, server: FileServer, tmp_path: Path
) -> None:
    key, allowed = tmp_path / "key", tmp_path / "allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    allowed.write_text(f"parlor {key.with_suffix('.pub').read_text()}")
    bundle = write_bundle(tmp_path, NEWER)
    offer(server, bundle)
    named = f'allowed_signers = "{allowed}"'
    refused(layout, server, BundleInvalid, "not signed", named)
    sign(tmp_path / f"content-{NEWER}/release.json", key)
    pack(tmp_path / f"content-{NEWER}", bundle)
    offer(server, bundle)
    update(layout, server, named)
    assert str(layout.named(layout.current)).startswith(NEWER)


def test_without_a_server_there_is_no_update(layout: Layout) -> None:
    with pytest.raises(UpdateMissing, match="names no server"):
        main(["update", "--root", str(layout.root)])


def test_a_mistake_in_the_configuration_is_told(layout: Layout) -> None:
    layout.config.parent.mkdir(parents=True)
    layout.config.write_text('[updates]\nulr = "http://nas.local/index.json"\n')
    with pytest.raises(ConfigError, match="did you mean 'url'"):
        main(["update", "--root", str(layout.root)])


def test_an_index_grows_with_every_bundle_of_a_version() -> None:
    pi, pc = (Offered("3.11", machine, "a.tar", 1, "0" * 64) for machine in ("aarch64", "x86_64"))
    index = Index("1.0.0").including("1.0.0", pi).including("1.0.0", pc).including("1.0.0", pi)
    assert read_index(index.as_json()).bundles == (pc, pi)
    assert index.including("1.1.0", pc).bundles == (pc,)
