"""What is answered to those who ask for a page, whatever they send."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.metrics.scrape import Page, answer

PAGES = {"/metrics": lambda: Page("figures é\n"), "/": lambda: Page("root")}
BODY = "figures é\n".encode()


def split(response: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


def ask(request: str) -> tuple[int, dict[str, str], bytes]:
    return split(answer(f"{request}\r\nHost: x\r\n\r\n".encode(), PAGES))


def test_a_page_is_answered_whole() -> None:
    status, headers, body = ask("GET /metrics HTTP/1.1")
    assert (status, body) == (200, BODY)
    assert headers["Content-Length"] == str(len(BODY))
    assert headers["Connection"] == "close"


def test_a_query_changes_nothing() -> None:
    assert ask("GET /metrics?x=1 HTTP/1.0")[2] == BODY


def test_a_head_has_the_headers_of_the_page_and_no_body() -> None:
    status, headers, body = ask("HEAD /metrics HTTP/1.1")
    assert (status, headers, body) == (200, ask("GET /metrics HTTP/1.1")[1], b"")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /nothing HTTP/1.1", 404),
        ("GET /metrics/../etc/passwd HTTP/1.1", 404),
        ("POST /metrics HTTP/1.1", 405),
        ("DELETE /metrics HTTP/1.1", 405),
        ("GET metrics HTTP/1.1", 400),
        ("GET http://elsewhere/metrics HTTP/1.1", 400),
        ("GET /metrics HTTP/2", 400),
        ("GET /metrics", 400),
        ("get /metrics HTTP/1.1", 400),
        ("GET  /metrics HTTP/1.1", 400),
        ("GET /métrics HTTP/1.1", 400),
        ("", 400),
    ],
)
def test_what_is_no_page_is_refused(request_line: str, status: int) -> None:
    found, headers, body = ask(request_line)
    assert found == status
    assert body.decode().startswith(str(status))
    assert (headers.get("Allow") == "GET, HEAD") is (status == 405)


@given(st.binary(max_size=200) | st.from_regex(rb"[A-Z]+ /\S* HTTP/1\.[0-9]\r\n.*", fullmatch=True))
def test_whatever_is_sent_a_whole_answer_comes(sent: bytes) -> None:
    status, headers, body = split(answer(sent, PAGES))
    assert status in {one.value for one in HTTPStatus}
    assert status == 200 or body.startswith(str(status).encode())
    assert body == b"" or int(headers["Content-Length"]) == len(body)
