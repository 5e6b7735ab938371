"""Forms that hold a file, as programs send them and as they should not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import RequestInvalid
from device.gateway.lending.multipart import MOST_PARTS, form_fields

KIND = "multipart/form-data; boundary=xyz"


def part(name: str, body: bytes, more: str = "") -> bytes:
    head = f'--xyz\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + body + b"\r\n"


@given(st.dictionaries(st.text("abc", min_size=1), st.binary(), min_size=1, max_size=4))
def test_every_field_arrives_as_it_was_sent_whatever_its_bytes_are(
    fields: dict[str, bytes],
) -> None:
    body = b"".join(part(name, value) for name, value in fields.items()) + b"--xyz--\r\n"
    if any(b"\r\n--xyz" in b"\r\n" + value for value in fields.values()):
        return
    assert {name: field.body for name, field in form_fields(KIND, body).items()} == fields


def test_a_file_has_a_name_and_what_stands_around_the_parts_is_nothing() -> None:
    file = part("file", b"\r\n\x00--xy\r\n", '; filename="one two.wav"')
    fields = form_fields(KIND, b"hello\r\n" + file + b"--xyz--\r\nand good bye")
    assert fields["file"].filename == "one two.wav"
    assert fields["file"].body == b"\r\n\x00--xy\r\n"


@pytest.mark.parametrize(
    "kind",
    [
        "", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/mixed; boundary=xyz", f"multipart/form-data; boundary={'x' * 71}",
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(kind: str) -> None:
    with pytest.raises(RequestInvalid):
        form_fields(kind, part("a", b"b") + b"--xyz--")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"--xyz", part("a", b"b"), part("", b"b") + b"--xyz--", b"--xyz\r\n\r\nb\r\n--xyz--",
        b"--xyz\r\na: b\r\n--xyz--", b"--xyz\r\n" + b"a" * 5_000 + b"\r\n\r\n\r\n--xyz--",
        part("a", b"b") * (MOST_PARTS + 1) + b"--xyz--",
    ],
)  # fmt: skip
def test_a_form_that_is_cut_or_endless_is_refused(body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        form_fields(KIND, body)


def test_as_many_fields_as_are_allowed_are_read() -> None:
    body = b"".join(part(f"a{number}", b"b") for number in range(MOST_PARTS)) + b"--xyz--"
    assert len(form_fields(KIND, body)) == MOST_PARTS


@given(st.binary())
def test_nothing_that_is_sent_raises_anything_else(body: bytes) -> None:
    for sent in (body, b"--xyz\r\n" + body + b"\r\n--xyz--"):
        try:
            form_fields(KIND, sent)
        except RequestInvalid:
            continue


def test_text_that_is_none_is_refused() -> None:
    field = form_fields(KIND, part("model", b"\xff") + b"--xyz--")["model"]
    with pytest.raises(RequestInvalid):
        _ = field.text
