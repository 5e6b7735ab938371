"""Models are fetched, trusted, checked, bundled and taken away; what is wrong is never used."""

import json
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.local_server import serving
from device.errors import (
    FetchError,
    FetchMismatch,
    ModelInvalid,
    ModelMissing,
    StorageError,
    UsageError,
)
from device.fetching.fetcher import Fetcher
from device.fetching.lock import held
from device.models.bundle import write_bundle
from device.models.catalogue import read_catalogue
from device.models.lock import LOCK_NAME, read_lock
from device.models.manifest import Manifest, ModelFile
from device.models.soundness import need_sound
from device.models.sources import Bundle, Folder, Source, Web
from device.models.store import State, Store
from device.models.work import Fetched
from tests.fakes.file_server import FileServer, Manners
from tests.models.shelves import blob, manifest, shelve

FILES = {"model.bin": blob(1, 200_000), "config.json": b"{}", "deep/words.txt": blob(2, 5_000)}


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer({f"toy/{path}": content for path, content in FILES.items()})) as one:
        yield one


@pytest.fixture
def toy(server: FileServer) -> Manifest:
    return manifest("toy", FILES, server.url("toy/"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def web() -> Web:
    return Web(Fetcher(sleep=lambda _: None))


def ignore(_model: Manifest, _file: ModelFile, _have: int) -> None:
    pass


def not_waited() -> None:
    pytest.fail("nobody else is here")


def fetch(store: Store, *models: Manifest, source: Source | None = None) -> list[Fetched]:
    return store.fetch(models, source or web(), ignore, not_waited)


def is_whole(store: Store, files: dict[str, bytes] = FILES) -> bool:
    return all((store.folder / "toy" / path).read_bytes() == files[path] for path in files)


def test_a_model_is_fetched_and_the_second_time_nothing_is_done(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    assert store.state(toy) is State.ABSENT
    (done,) = fetch(store, toy)
    assert len(done.files) == 3
    assert done.trusted == ()
    assert is_whole(store)
    assert store.state(toy) is State.INSTALLED
    asked, noted = len(server.asked), (store.folder / LOCK_NAME).stat().st_mtime_ns
    (again,) = fetch(store, toy)
    assert again.files == ()
    assert len(server.asked) == asked
    assert (store.folder / LOCK_NAME).stat().st_mtime_ns == noted


def test_progress_is_told_for_every_file(store: Store, toy: Manifest) -> None:
    heard: dict[str, int] = {}
    store.fetch([toy], web(), lambda _, file, have: heard.update({file.path: have}), not_waited)
    assert heard == {path: len(content) for path, content in FILES.items()}


def test_what_was_fetched_before_a_failure_is_not_fetched_again(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    missing = server.files.pop("toy/config.json")
    with pytest.raises(FetchError, match=r"config\.json answers 404"):
        fetch(store, toy)
    assert store.state(toy) is State.BEGUN
    server.files["toy/config.json"] = missing
    server.asked.clear()
    fetch(store, toy)
    assert [path for path, _ in server.asked] == ["/toy/config.json"]
    assert is_whole(store)


def test_a_model_that_fails_hinders_no_other(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    gone = manifest("gone", {"a": b"a", "b": b"b"}, server.url("gone/"))
    with pytest.raises(FetchError, match=r"404.*\(so did 1 more\)"):
        fetch(store, gone, toy)
    assert store.state(toy) is State.INSTALLED


def test_a_half_fetched_model_is_begun_and_goes_on(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    server.manners = [Manners(cut_after=50_000), *[Manners(status=503)] * 16]
    with pytest.raises(FetchError):
        store.fetch([toy], web(), ignore, not_waited, jobs=1)
    assert store.state(toy) is State.BEGUN
    server.manners = []
    fetch(store, toy)
    assert is_whole(store)


def test_a_file_nobody_published_a_digest_of_is_trusted_once_and_for_all(
    store: Store, server: FileServer
) -> None:
    toy = manifest("toy", FILES, server.url("toy/"), unknown=["model.bin"])
    (done,) = fetch(store, toy)
    assert [file.path for file in done.trusted] == ["model.bin"]
    store.remove(toy, not_waited)
    server.files["toy/model.bin"] = blob(3, 200_000)
    with pytest.raises(FetchMismatch, match="not the file that was meant"):
        fetch(store, toy)
    server.files["toy/model.bin"] = FILES["model.bin"]
    fetch(store, toy)
    assert is_whole(store)


def test_a_damaged_file_is_found_before_it_is_used_and_mended(store: Store, toy: Manifest) -> None:
    fetch(store, toy)
    model = store.folder / "toy"
    need_sound(model, store.folder)
    (model / "model.bin").write_bytes(blob(9, 200_000))
    with pytest.raises(ModelInvalid, match=r"model\.bin was changed.*parlor models fetch toy"):
        need_sound(model, store.folder)
    assert store.state(toy) is State.DAMAGED
    assert store.verify(toy) == {"model.bin": "was changed or is damaged"}
    (done,) = fetch(store, toy)
    assert [file.path for file in done.files] == ["model.bin"]
    assert is_whole(store)


@pytest.mark.parametrize(
    ("content", "told"), [(b"short", "has 5 bytes instead of 200000"), (None, "is missing")]
)
def test_a_file_that_is_short_or_gone_is_found(
    store: Store, toy: Manifest, content: bytes | None, told: str
) -> None:
    fetch(store, toy)
    file = store.folder / "toy" / "model.bin"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelInvalid, match=told):
        need_sound(file, store.folder)
    assert store.verify(toy) == {"model.bin": told}


def test_damage_that_left_size_and_time_alone_is_found_by_verify(
    store: Store, toy: Manifest
) -> None:
    fetch(store, toy)
    file = store.folder / "toy" / "model.bin"
    before = file.stat()
    file.write_bytes(blob(9, 200_000))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    need_sound(file, store.folder)
    assert store.verify(toy) == {"model.bin": "was changed or is damaged"}


def test_a_file_that_was_only_touched_is_read_and_passes(store: Store, toy: Manifest) -> None:
    fetch(store, toy)
    file = store.folder / "toy" / "model.bin"
    file.touch()
    need_sound(file, store.folder)
    (done,) = fetch(store, toy)
    assert done.files == ()
    assert read_lock(store.folder).models["toy"]["model.bin"].mtime_ns == file.stat().st_mtime_ns


def test_a_model_put_there_by_hand_is_left_alone_until_it_is_fetched(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    shelve(store.folder, "toy", {**FILES, "config.json": b"[]"})
    need_sound(store.folder / "toy", store.folder)
    assert store.state(toy) is State.FOREIGN
    assert store.verify(toy) == {"config.json": "was changed or is damaged"}
    (done,) = fetch(store, toy)
    assert [file.path for file in done.files] == ["config.json"]
    assert len(server.asked) == 1
    assert is_whole(store)


def test_a_new_manifest_replaces_what_the_old_one_meant(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    fetch(store, toy)
    newer = {**FILES, "model.bin": blob(7, 210_000)}
    server.files["toy/model.bin"] = newer["model.bin"]
    new = manifest("toy", newer, server.url("toy/"))
    assert store.state(new) is State.DAMAGED
    assert store.verify(new) == {"model.bin": "is not the file that the manifest names"}
    fetch(store, new)
    assert is_whole(store, newer)


@pytest.mark.parametrize("lock", ["", "{", "[]", '{"schema": 9}', '{"schema": 1, "models": 3}'])
def test_a_damaged_lock_is_made_anew(
    store: Store, toy: Manifest, lock: str, server: FileServer
) -> None:
    fetch(store, toy)
    (store.folder / LOCK_NAME).write_text(lock)
    assert store.state(toy) is State.FOREIGN
    server.asked.clear()
    fetch(store, toy)
    assert store.state(toy) is State.INSTALLED
    assert server.asked == []


def test_a_mirror_is_asked_instead_of_the_publisher(store: Store, toy: Manifest) -> None:
    with serving(FileServer({f"m/toy/{path}": one for path, one in FILES.items()})) as mirror:
        fetch(store, toy, source=Web(Fetcher(), mirror.url("m")))
        assert len(mirror.asked) == 3
    assert is_whole(store)


def test_a_bundle_installs_without_a_network_and_is_always_the_same(
    store: Store, toy: Manifest, tmp_path: Path, server: FileServer
) -> None:
    fetch(store, toy)
    server.files.clear()
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    write_bundle(store.folder, [toy], first, ignore)
    (store.folder / "toy" / "model.bin").touch()
    write_bundle(store.folder, [toy], second, ignore)
    assert first.read_bytes() == second.read_bytes()
    assert Bundle(first).names == ("toy",)
    other = Store(tmp_path / "other")
    fetch(other, toy, source=Bundle(first))
    assert is_whole(other)
    assert other.state(toy) is State.INSTALLED


def test_what_a_bundle_trusts_is_checked_by_its_own_digest(
    store: Store, server: FileServer, tmp_path: Path
) -> None:
    toy = manifest("toy", FILES, server.url("toy/"), unknown=["model.bin"])
    fetch(store, toy)
    bundle = tmp_path / "toy.tar"
    write_bundle(store.folder, [toy], bundle, ignore)
    content = bundle.read_bytes()
    bundle.write_bytes(content.replace(FILES["model.bin"][:20], b"x" * 20))
    other = Store(tmp_path / "other")
    with pytest.raises(FetchMismatch, match="not the file that was meant"):
        fetch(other, toy, source=Bundle(bundle))
    assert other.state(toy) is not State.INSTALLED


@pytest.mark.parametrize("kept", [0, 300, 3_000, 100_000])
def test_half_a_bundle_is_refused(store: Store, toy: Manifest, tmp_path: Path, kept: int) -> None:
    fetch(store, toy)
    bundle = tmp_path / "toy.tar"
    write_bundle(store.folder, [toy], bundle, ignore)
    bundle.write_bytes(bundle.read_bytes()[:kept])
    other = Store(tmp_path / "other")
    with pytest.raises(FetchError):
        fetch(other, toy, source=Bundle(bundle))
    assert other.state(toy) is not State.INSTALLED


def test_a_model_that_is_not_whole_is_not_bundled(
    store: Store, toy: Manifest, tmp_path: Path
) -> None:
    fetch(store, toy)
    (store.folder / "toy" / "config.json").unlink()
    with pytest.raises(ModelMissing, match="toy is not whole"):
        write_bundle(store.folder, [toy], tmp_path / "toy.tar", ignore)
    assert not (tmp_path / "toy.tar").exists()


def test_another_models_folder_can_be_copied_from(
    store: Store, toy: Manifest, tmp_path: Path
) -> None:
    shelve(tmp_path / "usb", "toy", FILES)
    fetch(store, toy, source=Folder(tmp_path / "usb"))
    assert is_whole(store)


@pytest.mark.parametrize("content", [b"damaged", FILES["model.bin"] + b"x"])
def test_a_copy_of_another_length_is_not_taken(
    store: Store, toy: Manifest, tmp_path: Path, content: bytes
) -> None:
    shelve(tmp_path / "usb", "toy", {**FILES, "model.bin": content})
    with pytest.raises(FetchMismatch, match="has not the 200000 bytes"):
        fetch(store, toy, source=Folder(tmp_path / "usb"))
    assert not any(store.folder.rglob("model.bin*"))


def test_a_folder_and_a_bundle_without_the_model_say_so(
    store: Store, toy: Manifest, tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match="it was to be taken from there"):
        fetch(store, toy, source=Folder(tmp_path))
    empty = tmp_path / "empty.tar"
    write_bundle(store.folder, [], empty, ignore)
    with pytest.raises(FetchError, match=r"there is no toy/.* in .*empty\.tar"):
        fetch(store, toy, source=Bundle(empty))
    with pytest.raises(FetchError, match="there is no bundle"):
        Bundle(tmp_path / "none.tar")
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.add(empty, LOCK_NAME)
    with pytest.raises(FetchError, match="is no bundle of models"):
        Bundle(tmp_path / "other.tar")


def test_a_model_is_taken_away(store: Store, toy: Manifest) -> None:
    fetch(store, toy)
    assert store.remove(toy, not_waited) == sum(map(len, FILES.values()))
    assert store.state(toy) is State.ABSENT
    assert "toy" not in read_lock(store.folder).models
    with pytest.raises(UsageError, match="is not in"):
        store.remove(toy, not_waited)


def test_what_comes_with_a_package_is_checked_there_and_never_fetched(store: Store) -> None:
    (words,) = read_catalogue().find(["pyopen-wakeword"])
    assert store.state(words) is State.BUNDLED
    assert store.verify(words) == {}
    with pytest.raises(UsageError, match="is part of pyopen_wakeword"):
        fetch(store, words)
    with pytest.raises(UsageError, match="goes with the package"):
        store.remove(words, not_waited)


def test_two_fetchers_of_one_folder_take_turns(
    store: Store, toy: Manifest, server: FileServer
) -> None:
    waiting, done = threading.Event(), threading.Event()

    def second() -> None:
        store.fetch([toy], web(), ignore, waiting.set)
        done.set()

    thread = threading.Thread(target=second)
    with held(store.folder, not_waited):
        thread.start()
        assert waiting.wait(10)
        assert server.asked == []
    assert done.wait(10)
    thread.join()
    assert is_whole(store)


def test_a_disk_without_room_for_all_of_it_is_told_at_once(
    store: Store, server: FileServer
) -> None:
    files = tuple(ModelFile(f"{number}.bin", 8 * 1024**3, None) for number in range(4_000))
    huge = Manifest("huge", "whisper", ("en",), "", "", 1, (), files, server.url("huge/"))
    with pytest.raises(StorageError, match="has no room"):
        fetch(store, huge)
    assert server.asked == []


def test_the_lock_can_be_read_by_people(store: Store, toy: Manifest) -> None:
    fetch(store, toy)
    lock = json.loads((store.folder / LOCK_NAME).read_text())
    assert lock["schema"] == 1
    assert lock["models"]["toy"]["config.json"]["size"] == 2
