import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks.release_bundle import pip_wheel, write_wheel
from device.errors import BundleInvalid, ReleaseBusy, ReleaseError, ReleaseUnfit, StorageError
from device.releases.bundle import pack
from device.releases.command import main
from device.releases.guard import alone
from device.releases.layout import Layout
from device.releases.manifest import BILL, REQUIREMENTS, BundledFile, Manifest
from device.releases.signing import sign
from tests.releases.bundles import MACHINE, PYTHON, seal, write_bundle


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "root")


def install(layout: Layout, bundle: Path, *more: str) -> None:
    main(["install", str(bundle), "--root", str(layout.root), "--json", *more])


def nothing_is_left(layout: Layout) -> bool:
    return not layout.staging.exists() and not list(layout.releases.iterdir())


def test_a_bare_computer_installs_with_the_real_pip_and_no_network(
    tmp_path: Path, layout: Layout
) -> None:
    content = tmp_path / "content"
    files = {"small_speaker.py": b"def main():\n    print('parlor 1.0.0')\n"}
    write_wheel(content / "wheels", "parlor_speaker", "1.0.0", "small_speaker", files)
    shutil.copy(pip_wheel(), content / "wheels")
    (content / BILL).write_text("{}")
    bundle = seal(content, tmp_path / "parlor.tar", "1.0.0")
    environment = os.environ | {"PIP_INDEX_URL": "http://127.0.0.1:9/"}
    command = [sys.executable, "-m", "device.releases", "install", str(bundle), "--json"]
    for changed in (True, False):
        done = subprocess.run(
            [*command, "--root", str(layout.root)], env=environment, capture_output=True, check=True
        )
        told = json.loads(done.stdout)
        assert told["changed"] is changed
    program = layout.program(told["release"])
    assert subprocess.check_output([program], text=True) == "parlor 1.0.0\n"
    assert told["version"] == "1.0.0"
    assert (layout.release(told["release"]) / BILL).read_text() == "{}"


def test_the_same_content_has_the_same_name_and_bytes(tmp_path: Path) -> None:
    one, other = (write_bundle(tmp_path / name, "1.0.0").read_bytes() for name in "ab")
    assert one == other


@pytest.mark.parametrize(
    ("python", "machine"), [("2.7", None), (None, "m68k")], ids=["python", "machine"]
)
def test_a_bundle_for_another_computer_is_refused(
    tmp_path: Path, layout: Layout, python: str | None, machine: str | None
) -> None:
    chosen = {key: value for key, value in (("python", python), ("machine", machine)) if value}
    with pytest.raises(ReleaseUnfit, match="use the bundle for these"):
        install(layout, write_bundle(tmp_path, "1.0.0", **chosen))
    assert nothing_is_left(layout)


def test_half_a_bundle_is_refused_wherever_it_ends(tmp_path: Path, layout: Layout) -> None:
    whole = write_bundle(tmp_path, "1.0.0")
    data, half = whole.read_bytes(), tmp_path / "half.tar"
    with tarfile.open(whole) as tar:
        ends = max(member.offset_data + member.size for member in tar.getmembers())
    for length in (*range(0, ends, 1500), ends - 1):
        half.write_bytes(data[:length])
        with pytest.raises(BundleInvalid):
            install(layout, half)
        assert nothing_is_left(layout)


def test_a_byte_that_changed_on_the_way_is_found(tmp_path: Path, layout: Layout) -> None:
    bundle = write_bundle(tmp_path, "1.0.0")
    with tarfile.open(bundle) as tar:
        place = tar.getmember("wheels/parlor.sh").offset_data + 5
    data = bytearray(bundle.read_bytes())
    data[place] ^= 1
    bundle.write_bytes(data)
    with pytest.raises(BundleInvalid, match=r"parlor.sh .*damaged"):
        install(layout, bundle)
    assert nothing_is_left(layout)


def test_a_link_in_a_bundle_is_no_file(tmp_path: Path, layout: Layout) -> None:
    bundle, evil = write_bundle(tmp_path, "1.0.0"), tmp_path / "evil.tar"
    with tarfile.open(bundle) as tar, tarfile.open(evil, "w") as out:
        for member in tar.getmembers():
            if member.name == "wheels/parlor.sh":
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            out.addfile(member, tar.extractfile(member) if member.isreg() else None)
    with pytest.raises(BundleInvalid, match=r"parlor\.sh is missing"):
        install(layout, evil)


def test_a_bundle_that_is_not_there_is_told(tmp_path: Path, layout: Layout) -> None:
    with pytest.raises(StorageError, match="there is no bundle"):
        install(layout, tmp_path / "nothing.tar")


def test_a_disk_too_small_is_found_before_anything_is_written(
    tmp_path: Path, layout: Layout
) -> None:
    files = [BundledFile(REQUIREMENTS, 0, "0" * 64)]
    files += [BundledFile(f"wheels/{number}.whl", 1 << 32, "0" * 64) for number in range(5_000)]
    text = Manifest("1.0.0", PYTHON, MACHINE, "0" * 8, tuple(files)).as_json().encode()
    bundle, member = tmp_path / "huge.tar", tarfile.TarInfo("release.json")
    member.size = len(text)
    with tarfile.open(bundle, "w") as tar:
        tar.addfile(member, io.BytesIO(text))
    with pytest.raises(StorageError, match="make room, or try: parlor release collect"):
        install(layout, bundle)
    assert nothing_is_left(layout)


def test_what_pip_refuses_leaves_nothing(tmp_path: Path, layout: Layout) -> None:
    write_bundle(tmp_path, "1.0.0")
    content, bundle = tmp_path / "content-1.0.0", tmp_path / "other.tar"
    (content / "wheels/parlor.sh").rename(content / "wheels/other.sh")
    with pytest.raises(ReleaseError, match=r"failed: .*parlor\.sh"):
        install(layout, seal(content, bundle, "1.0.0"))
    assert nothing_is_left(layout)


def test_two_commands_do_not_work_at_once(tmp_path: Path, layout: Layout) -> None:
    with alone(layout), pytest.raises(ReleaseBusy), alone(layout, wait_seconds=0.0):
        pass


def test_what_a_killed_command_has_started_still_holds_the_lock(layout: Layout) -> None:
    with alone(layout) as held:
        orphan = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(held,))
    try:
        with pytest.raises(ReleaseBusy), alone(layout, wait_seconds=0.0):
            pass
    finally:
        orphan.communicate()
    with alone(layout, wait_seconds=0.0):
        pass


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A private key, and the file of allowed signers that names its public one."""
    key, allowed = tmp_path / "key", tmp_path / "allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    allowed.write_text(f"parlor {key.with_suffix('.pub').read_text()}")
    return key, allowed


def signed(tmp_path: Path, key: Path) -> Path:
    bundle = write_bundle(tmp_path, "1.0.0")
    content = tmp_path / "content-1.0.0"
    sign(content / "release.json", key)
    pack(content, bundle)
    return bundle


def test_what_an_allowed_signer_signed_is_installed(
    tmp_path: Path, layout: Layout, keys: tuple[Path, Path]
) -> None:
    install(layout, signed(tmp_path, keys[0]), "--allowed-signers", str(keys[1]))
    assert len(layout.installed()) == 1


def test_what_nobody_signed_is_refused_where_it_must_be(
    tmp_path: Path, layout: Layout, keys: tuple[Path, Path]
) -> None:
    with pytest.raises(BundleInvalid, match="not signed"):
        install(layout, write_bundle(tmp_path, "1.0.0"), "--allowed-signers", str(keys[1]))


def test_what_somebody_else_signed_is_refused(
    tmp_path: Path, layout: Layout, keys: tuple[Path, Path]
) -> None:
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    with pytest.raises(BundleInvalid, match="signature does not hold"):
        install(layout, signed(tmp_path, other), "--allowed-signers", str(keys[1]))


def test_a_signature_holds_for_one_manifest_only(
    tmp_path: Path, layout: Layout, keys: tuple[Path, Path]
) -> None:
    bundle = signed(tmp_path, keys[0])
    content = tmp_path / "content-1.0.0"
    text = (content / "release.json").read_text()
    (content / "release.json").write_text(text.replace("1.0.0", "9.0.0"))
    pack(content, bundle)
    with pytest.raises(BundleInvalid, match="signature does not hold"):
        install(layout, bundle, "--allowed-signers", str(keys[1]))


def test_a_missing_file_of_signers_is_no_permission(tmp_path: Path, layout: Layout) -> None:
    with pytest.raises(ReleaseError, match="no file of allowed signers"):
        install(layout, write_bundle(tmp_path, "1.0.0"), "--allowed-signers", "/nowhere")
