"""A file is fetched whole and right, or not at all, whatever servers, networks and disks do."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.local_server import serving
from device.errors import DeviceError, FetchError, FetchMismatch, StorageError
from device.fetching.fetcher import Fetcher
from device.fetching.patience import Patience
from device.fetching.remote import Remote
from tests.fakes.file_server import FileServer, Manners

DATA = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)
DIGEST = hashlib.sha256(DATA).hexdigest()
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer({"model.bin": DATA})) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "model.bin"


def remote(server: FileServer, **known: object) -> Remote:
    return Remote(server.url("model.bin"), **{"size": len(DATA), "sha256": DIGEST, **known})  # type: ignore[arg-type]


def fetcher(waits: list[float] | None = None, silent_seconds: float = 5.0) -> Fetcher:
    slept = [] if waits is None else waits
    return Fetcher(Patience(silent_seconds=silent_seconds), sleep=slept.append)


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


def test_a_file_is_put_at_its_place_and_nothing_beside_it(server: FileServer, target: Path) -> None:
    heard: list[int] = []
    assert fetcher().fetch(remote(server), target, heard.append) == DIGEST
    assert target.read_bytes() == DATA
    assert leftovers(target) == ["model.bin"]
    assert heard == sorted(heard)
    assert heard[-1] == len(DATA)
    assert target.stat().st_mode & 0o777 == 0o644


def test_what_is_fetched_can_be_read_by_the_speaker_whoever_fetched_it(
    server: FileServer, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        fetcher().fetch(remote(server), tmp_path / "a" / "b" / "model.bin")
    finally:
        os.umask(before)
    assert [(tmp_path / path).stat().st_mode & 0o777 for path in ("a", "a/b", "a/b/model.bin")] == [
        0o755, 0o755, 0o644,
    ]  # fmt: skip


def test_three_cut_connections_are_continued_where_they_were_cut(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000), Manners(cut_after=50_000), Manners(cut_after=1)]
    waits: list[float] = []
    fetcher(waits).fetch(remote(server), target)
    assert target.read_bytes() == DATA
    assert [piece for _, piece in server.asked] == [
        "", "bytes=100000-", "bytes=150000-", "bytes=150001-",
    ]  # fmt: skip
    assert waits == [0.5, 1.0, 2.0]


def test_a_fetch_that_brought_much_does_not_use_up_the_patience(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=70_000)] * 3
    waits: list[float] = []
    fetcher(waits).fetch(remote(server), target)
    assert waits == [0.5, 0.5, 0.5]


def test_a_server_that_says_nothing_more_is_left_and_asked_again(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(stall_after=100_000)]
    fetcher(silent_seconds=0.2).fetch(remote(server), target)
    assert target.read_bytes() == DATA
    assert server.asked[1][1] == "bytes=100000-"


def test_a_server_that_trickles_is_left(server: FileServer, target: Path) -> None:
    seconds = iter(float(second) for second in range(0, 10_000, 40))
    slow = Patience(window_bytes=len(DATA) * 2, attempts=1)
    with pytest.raises(FetchError, match="too slowly"):
        Fetcher(slow, sleep=lambda _: None, now=lambda: next(seconds)).fetch(remote(server), target)


def test_a_server_that_gives_no_pieces_is_asked_for_the_whole(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000), Manners(ranges=False)]
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA


def test_a_file_that_changes_between_two_pieces_is_fetched_anew(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000)]

    def change(_: float) -> None:
        server.files["model.bin"], server.version = OTHER, "2"

    unknown = remote(server, size=None, sha256=None)
    digest = Fetcher(sleep=change).fetch(unknown, target)
    assert target.read_bytes() == OTHER
    assert digest == hashlib.sha256(OTHER).hexdigest()


def test_pieces_of_two_versions_that_the_server_mixes_up_are_fetched_anew(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000, content=OTHER)]
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA
    assert [piece for _, piece in server.asked] == ["", "bytes=100000-", ""]


def test_a_piece_from_another_place_is_not_used(server: FileServer, target: Path) -> None:
    server.manners = [Manners(cut_after=100_000), Manners(piece_at=7)]
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA


def test_more_than_the_file_has_is_forgotten(server: FileServer, target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.with_name("model.bin.part").write_bytes(OTHER + OTHER)
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize(
    ("manners", "error", "told"),
    [
        (Manners(content=OTHER), FetchMismatch, "not the file that was meant"),
        (Manners(content=DATA[:-1]), FetchMismatch, "should have 300000"),
        (Manners(content=DATA + b"x"), FetchMismatch, "should have 300000"),
        (Manners(length=len(DATA) - 1), FetchMismatch, "should have 300000"),
        (Manners(length=-1, content=DATA + b"x"), FetchMismatch, "more than 300000"),
        (Manners(content=b"<html>log in</html>", headers=HTML), FetchError, "web page"),
        (Manners(headers={"Content-Encoding": "gzip"}), FetchError, "packed"),
        (Manners(status=404), FetchError, "answers 404"),
        (Manners(status=403), FetchError, "answers 403"),
        (Manners(status=204), FetchError, "answers 204"),
        (Manners(status=302, headers={"Location": "ftp://other/model.bin"}), FetchError, "ftp"),
        (
            Manners(status=302, headers={"Location": "file:///etc/passwd"}),
            FetchError,
            "no web address",
        ),
        (Manners(status=302, headers={"Location": "http://[::1"}), FetchError, "no address"),
        (Manners(status=302), FetchError, "circle"),
    ],
)
def test_what_is_not_the_file_is_refused_at_once(
    server: FileServer, target: Path, manners: Manners, error: type[DeviceError], told: str
) -> None:
    server.manners = [manners]
    with pytest.raises(error, match=told):
        fetcher().fetch(remote(server), target)
    assert not target.exists()
    assert len(server.asked) == 1


def test_a_body_shorter_than_announced_is_continued(server: FileServer, target: Path) -> None:
    server.manners = [Manners(length=-1, cut_after=1_000), Manners(cut_after=0)]
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA


def test_a_redirect_to_another_host_is_followed(server: FileServer, target: Path) -> None:
    with serving(FileServer({"model.bin": DATA})) as other:
        elsewhere = other.url("model.bin").replace("127.0.0.1", "localhost")
        server.manners = [Manners(status=302, headers={"Location": elsewhere})]
        fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA
    assert len(other.asked) == 1


def test_redirects_in_a_circle_are_told(server: FileServer, target: Path) -> None:
    circle = Manners(status=302, headers={"Location": "/model.bin"})
    server.manners = [circle] * 20
    with pytest.raises(FetchError, match="circle"):
        fetcher().fetch(remote(server), target)
    assert len(server.asked) < 10


@pytest.mark.parametrize(("status", "asked"), [(429, 7.0), (503, 0.0)])
def test_a_busy_server_is_asked_again_when_it_says(
    server: FileServer, target: Path, status: int, asked: float
) -> None:
    server.manners = [Manners(status=status, headers={"Retry-After": f"{asked:.0f}"})]
    waits: list[float] = []
    fetcher(waits).fetch(remote(server), target)
    assert waits == [asked]
    assert target.read_bytes() == DATA


def test_who_asks_to_wait_for_an_hour_is_given_up(server: FileServer, target: Path) -> None:
    server.manners = [Manners(status=503, headers={"Retry-After": "3600"})]
    with pytest.raises(FetchError, match="asks to wait 3600 s"):
        fetcher().fetch(remote(server), target)


def test_a_server_that_is_not_there_is_told_after_eight_attempts(target: Path) -> None:
    waits: list[float] = []
    with serving(FileServer({})) as server:
        gone = remote(server)
    with pytest.raises(FetchError, match=r"127\.0\.0\.1:\d+: .*refused"):
        fetcher(waits).fetch(gone, target)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0]


def test_what_was_fetched_is_kept_when_a_server_is_given_up(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000), *[Manners(status=503)] * 8]
    with pytest.raises(FetchError, match="run it again to go on"):
        fetcher().fetch(remote(server), target)
    server.manners = []
    fetcher().fetch(remote(server), target)
    assert server.asked[-1][1] == "bytes=100000-"
    assert target.read_bytes() == DATA


def test_a_file_of_which_nothing_is_known_is_trusted_and_told(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000)]
    assert fetcher().fetch(remote(server, size=None, sha256=None), target) == DIGEST


def test_without_a_version_or_digest_nothing_is_continued(server: FileServer, target: Path) -> None:
    server.manners = [Manners(cut_after=100_000, headers={"ETag": 'W/"1"'})]
    fetcher().fetch(remote(server, sha256=None), target)
    assert [piece for _, piece in server.asked] == ["", ""]
    assert target.read_bytes() == DATA


def test_what_nothing_could_check_is_not_continued_after_a_power_cut(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(cut_after=100_000), *[Manners(status=404)]]
    unknown = remote(server, sha256=None)
    with pytest.raises(FetchError):
        fetcher().fetch(unknown, target)
    target.with_name("model.bin.part").write_bytes(bytes(100_000))
    fetcher().fetch(unknown, target)
    assert target.read_bytes() == DATA
    assert server.asked[-1][1] == ""


def test_a_file_that_was_whole_when_the_power_was_cut_is_not_fetched_again(
    server: FileServer, target: Path
) -> None:
    target.parent.mkdir(parents=True)
    target.with_name("model.bin.part").write_bytes(DATA)
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA
    assert server.asked == []


def test_holes_that_a_power_cut_left_are_found(server: FileServer, target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.with_name("model.bin.part").write_bytes(bytes(len(DATA)))
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA


_SLOWLY = """
import sys, time
from pathlib import Path
from device.fetching.fetcher import Fetcher
from device.fetching.remote import Remote
url, size, digest, target = sys.argv[1:]
Fetcher().fetch(Remote(url, int(size), digest), Path(target))
"""


def test_a_kill_in_the_middle_loses_nothing_that_was_fetched(
    server: FileServer, target: Path
) -> None:
    server.manners = [Manners(stall_after=200_000)]
    meant = remote(server)
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOWLY, meant.url, str(meant.size), DIGEST, str(target)]
    )
    part = target.with_name("model.bin.part")
    wait_until(lambda: part.exists() and part.stat().st_size > 0)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    have = part.stat().st_size
    assert not target.exists()
    fetcher().fetch(meant, target)
    assert target.read_bytes() == DATA
    assert server.asked[-1][1] == f"bytes={have}-"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], check=False)
    if made.returncode != 0:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_file_that_does_not_fit_is_told_before_any_of_it_is_written(
    server: FileServer, small_disk: Path
) -> None:
    with pytest.raises(StorageError, match=r"has no room: 0\.3 MB are needed"):
        fetcher().fetch(remote(server), small_disk / "model.bin")
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_is_told_and_what_is_here_is_kept(
    server: FileServer, small_disk: Path
) -> None:
    target = small_disk / "model.bin"
    server.manners = [Manners(length=-1)]
    with pytest.raises(StorageError, match="the disk is full"):
        fetcher().fetch(remote(server, size=None, sha256=None), target)
    assert leftovers(target) == ["model.bin.part", "model.bin.part.json"]


def test_a_disk_that_can_only_be_read_is_told(server: FileServer, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    server.manners = [Manners(length=-1)]
    with pytest.raises(StorageError, match="can only be read"):
        fetcher().fetch(remote(server, size=None, sha256=None), small_disk / "model.bin")


def test_a_folder_that_cannot_be_written_is_told(server: FileServer, tmp_path: Path) -> None:
    in_the_way = tmp_path / "models"
    in_the_way.write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot write"):
        fetcher().fetch(remote(server), in_the_way / "model.bin")


def test_a_proxy_of_the_environment_is_not_asked(
    server: FileServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    fetcher().fetch(remote(server), target)
    assert target.read_bytes() == DATA


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
