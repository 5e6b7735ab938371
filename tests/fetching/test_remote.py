"""What an answer means, before a byte of it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import FetchError, FetchMismatch
from device.fetching.patience import Pace, Patience
from device.fetching.remote import (
    LARGEST_BYTES,
    Remote,
    Unsteady,
    judge,
    most_bytes,
    request_headers,
)

URL = "https://models.example/a/model.bin"
SHA = "a" * 64


@pytest.mark.parametrize(
    "url", ["", "model.bin", "ftp://a/b", "file:///etc/passwd", "https://", "https://a",
            "http:// a/b", "https://a/ü", "https://a/b\nHost: c"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError, match="no address"):
        Remote(url)


@pytest.mark.parametrize("sha256", ["", "A" * 64, "a" * 63, "g" * 64])
def test_what_is_no_digest_is_refused(sha256: str) -> None:
    with pytest.raises(FetchError, match="no SHA-256"):
        Remote(URL, sha256=sha256)


@pytest.mark.parametrize("size", [-1, LARGEST_BYTES + 1])
def test_what_is_no_size_is_refused(size: int) -> None:
    with pytest.raises(FetchError, match="no size"):
        Remote(URL, size)


@pytest.mark.parametrize(
    ("have", "validator", "sha256", "asked"),
    [
        (0, '"1"', SHA, {}),
        (5, '"1"', None, {"Range": "bytes=5-", "If-Range": '"1"'}),
        (5, "", SHA, {"Range": "bytes=5-"}),
        (5, "", None, {}),
    ],
)
def test_only_what_will_be_checked_is_continued(
    have: int, validator: str, sha256: str | None, asked: dict[str, str]
) -> None:
    headers = request_headers(have, validator, Remote(URL, sha256=sha256))
    assert headers == {"Accept-Encoding": "identity", **asked}


@given(
    status=st.sampled_from([200, 206]) | st.integers(100, 599),
    have=st.integers(0, 1000),
    size=st.none() | st.integers(0, 1000),
    length=st.none() | st.integers(-5, 1000) | st.text(max_size=5),
    first=st.integers(0, 1000),
    last=st.integers(0, 1000),
    total=st.integers(0, 1000) | st.just("*"),
)
def test_whatever_is_answered_the_file_never_gets_a_hole_or_too_long(
    status: int, have: int, size: int | None, length: object, first: int, last: int, total: object
) -> None:
    headers = {"content-range": f"bytes {first}-{last}/{total}"}
    if length is not None:
        headers["content-length"] = str(length)
    remote = Remote(URL, size)
    try:
        body = judge(status, headers, have, remote)
    except (FetchError, Unsteady):
        return
    assert status in (200, 206)
    assert body.offset == (0 if status == 200 else have)
    assert status == 200 or first == have
    assert body.end is None or size in (None, body.end)
    assert most_bytes(remote, body) <= min(
        LARGEST_BYTES if value is None else value for value in (size, body.end, LARGEST_BYTES)
    )


@given(st.text())
def test_any_content_range_is_understood_or_refused(text: str) -> None:
    with pytest.raises(Unsteady):
        judge(206, {"content-range": text}, 3, Remote(URL))


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"etag": '"a"', "last-modified": "Sat, 21 Nov 2026 20:00:00 GMT"}, '"a"'),
        ({"etag": 'W/"a"', "last-modified": "Sat, 21 Nov 2026 20:00:00 GMT"},
         "Sat, 21 Nov 2026 20:00:00 GMT"),
        ({"etag": 'W/"a"'}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_weak_tag_names_no_bytes(headers: dict[str, str], validator: str) -> None:
    assert judge(200, headers, 0, Remote(URL)).validator == validator


def test_a_file_that_is_larger_than_any_model_is_refused() -> None:
    with pytest.raises(FetchError, match="more than is ever fetched"):
        judge(200, {"content-length": str(LARGEST_BYTES + 1)}, 0, Remote(URL))


def test_a_piece_of_two_lengths_is_no_piece() -> None:
    headers = {"content-range": "bytes 3-9/10", "content-length": "6"}
    with pytest.raises(Unsteady, match="two lengths") as raised:
        judge(206, headers, 3, Remote(URL, 10))
    assert raised.value.anew
    assert judge(206, {**headers, "content-length": "7"}, 3, Remote(URL, 10)).offset == 3


def test_a_total_that_is_not_the_size_is_another_file() -> None:
    with pytest.raises(FetchMismatch, match="has 12 bytes and should have 10"):
        judge(206, {"content-range": "bytes 3-11/12"}, 3, Remote(URL, 10))


@given(failures=st.integers(1, 7), asked=st.none() | st.floats(0, 60))
def test_waiting_grows_or_is_what_the_server_asks(failures: int, asked: float | None) -> None:
    wait = Patience().wait_seconds(failures, asked)
    assert wait == (2.0 ** (failures - 2) if asked is None else asked)


@pytest.mark.parametrize(("failures", "asked"), [(8, None), (1, 61.0)])
def test_patience_ends(failures: int, asked: float | None) -> None:
    assert Patience().wait_seconds(failures, asked) is None


def test_a_pace_is_judged_window_by_window() -> None:
    pace = Pace(Patience(window_seconds=10, window_bytes=100), now=0.0)
    assert not pace.stalls(1, 9.0)
    assert not pace.stalls(99, 10.0)
    assert not pace.stalls(99, 19.0)
    assert pace.stalls(0, 20.0)
