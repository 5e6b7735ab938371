import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import BundleInvalid
from device.releases.manifest import BundledFile, Manifest, newer, read_manifest

FILES = [{"path": "requirements.txt", "size": 3, "sha256": "a" * 64}]
TOLD = {"version": "1.2.0", "python": "3.11", "machine": "aarch64", "lock": "0123abcd"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def test_a_manifest_survives_being_written() -> None:
    files = (BundledFile("requirements.txt", 3, "a" * 64), BundledFile("wheels/a", 0, "b" * 64))
    manifest = Manifest("1.2.0", "3.11", "aarch64", "0123abcd", files)
    assert read_manifest(manifest.as_json()) == manifest
    assert (manifest.name, manifest.size) == ("1.2.0-0123abcd", 3)


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/passwd", "wheels/../../evil", "wheels/a/b", "wheels/.hidden", ""]
)
def test_a_file_may_lie_in_the_bundle_only(path: str) -> None:
    files = [*FILES, {"path": path, "size": 1, "sha256": "a" * 64}]
    with pytest.raises(BundleInvalid, match="may not lie"):
        read_manifest(json.dumps({**TOLD, "files": files}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "../1.0"}, {"version": "1"}, {"lock": "xyz"}, {"files": []},
        {"files": FILES * 2}, {"files": [FILES[0] | {"size": -1}]},
        {"files": [FILES[0] | {"sha256": "0"}]}, {"files": [FILES[0] | {"size": True}]},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BundleInvalid):
        read_manifest(json.dumps({**TOLD, "files": FILES, **wrong}))


@given(JSON, st.sampled_from([*TOLD, "files", "path", "size", "sha256"]))
def test_nothing_that_json_can_say_crashes_it(value: Any, key: str) -> None:
    told: dict[str, Any] = {**TOLD, "files": FILES}
    if key in FILES[0]:
        told["files"] = [FILES[0] | {key: value}]
    else:
        told[key] = value
    for text in (json.dumps(told), json.dumps(value)):
        try:
            name = read_manifest(text).name
        except BundleInvalid:
            continue
        assert "/" not in name


@given(st.text())
def test_nothing_else_crashes_it_either(text: str) -> None:
    with pytest.raises(BundleInvalid):
        read_manifest(text)


@pytest.mark.parametrize(
    ("one", "other", "is_newer"),
    [
        ("1.10.0", "1.9.9", True), ("1.9.9", "1.10.0", False), ("1.0", "1.0.0", False),
        ("1.0.1", "1.0", True), ("2.0.0", "2.0.0", False),
    ],
)  # fmt: skip
def test_versions_are_compared_by_their_numbers(one: str, other: str, is_newer: bool) -> None:
    assert newer(one, other) is is_newer
