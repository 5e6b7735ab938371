"""Who is let in, decided without a clock or a socket."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import NotAdmitted
from device.gateway.access import Access, Knock, RateLimit

HOST = {"host": "127.0.0.1:8770"}


def access(*tokens: str, origins: tuple[str, ...] = (), per_minute: float = 60.0) -> Access:
    return Access(tokens, origins, ("kitchen", "kitchen.local"), per_minute)


def status_of(
    judge: Access, knock: Knock, now: float = 0.0, *, needs_token: bool = True
) -> HTTPStatus | None:
    try:
        judge.check(knock, now, needs_token=needs_token)
    except NotAdmitted as refused:
        return HTTPStatus(refused.status)
    return None


@pytest.mark.parametrize(
    "shown",
    [
        {"authorization": "Bearer right"}, {"authorization": "bearer  right "},
        {"sec-websocket-protocol": "parlor-token.right"},
        {"sec-websocket-protocol": "realtime, openai-insecure-api-key.right, x"},
    ],
)  # fmt: skip
def test_a_token_lets_in_whichever_way_it_is_shown(shown: dict[str, str]) -> None:
    knock = Knock("10.0.0.7", HOST | shown)
    assert status_of(access("other", "right"), knock) is None
    assert status_of(access("other"), knock) is HTTPStatus.UNAUTHORIZED


def test_a_token_in_the_address_lets_in_too() -> None:
    assert status_of(access("right"), Knock("10.0.0.7", HOST, "right")) is None
    assert status_of(access("right"), Knock("10.0.0.7", HOST, "wrong")) is HTTPStatus.UNAUTHORIZED


@given(st.text(), st.text())
def test_only_the_whole_token_lets_in(token: str, shown: str) -> None:
    judge = access(f"t{token}", per_minute=1e9)
    let_in = status_of(judge, Knock("", HOST, shown)) is None
    assert let_in == (shown == f"t{token}")


def test_a_door_that_checks_a_signature_asks_for_no_token() -> None:
    knock = Knock("10.0.0.7", HOST)
    assert status_of(access("right"), knock) is HTTPStatus.UNAUTHORIZED
    assert status_of(access("right"), knock, needs_token=False) is None


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8770", None), ("https://home.example.org", None),
        ("HTTPS://HOME.example.org", None), ("https://evil.example.org", HTTPStatus.FORBIDDEN),
        ("http://127.0.0.1:9999", HTTPStatus.FORBIDDEN), ("null", HTTPStatus.FORBIDDEN),
        ("file://", HTTPStatus.FORBIDDEN), ("https://[", HTTPStatus.FORBIDDEN),
    ],
)  # fmt: skip
def test_pages_of_other_sites_may_not_connect(origin: str, status: HTTPStatus | None) -> None:
    judge = access(origins=("https://home.example.org/",))
    assert status_of(judge, Knock("127.0.0.1", HOST | {"origin": origin})) is status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8770", None), ("192.168.1.5", None), ("[::1]:8770", None), ("Kitchen", None),
        ("kitchen.local:8770", None), ("home.example.org", None),
        ("evil.example.org", HTTPStatus.FORBIDDEN), ("", HTTPStatus.FORBIDDEN),
        ("[", HTTPStatus.FORBIDDEN), ("127.0.0.1.evil.example.org", HTTPStatus.FORBIDDEN),
    ],
)  # fmt: skip
def test_a_name_that_somebody_pointed_here_opens_nothing(
    host: str, status: HTTPStatus | None
) -> None:
    judge = access(origins=("https://home.example.org",))
    assert status_of(judge, Knock("127.0.0.1", {"host": host})) is status


def test_whoever_knocks_all_the_time_has_to_wait_and_others_need_not() -> None:
    judge, one, other = access(), Knock("10.0.0.7", HOST), Knock("10.0.0.8", HOST)
    knocks = [status_of(judge, one) for _ in range(31)]
    assert knocks == [None] * 30 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert status_of(judge, other) is None
    assert status_of(judge, one, 1.0) is None
    assert status_of(judge, one, 1.0) is HTTPStatus.TOO_MANY_REQUESTS


@given(st.lists(st.floats(0.0, 5.0), max_size=200))
def test_nobody_gets_more_than_the_rate_over_any_time(waits: list[float]) -> None:
    limit, now, allowed = RateLimit(per_second=2.0, burst=5.0), 0.0, 0
    for wait in waits:
        now += wait
        allowed += limit.allows("one", now)
        assert allowed <= 5 + 2.0 * now + 1e-6


def test_a_flood_of_addresses_is_forgotten() -> None:
    limit = RateLimit(per_second=1.0, burst=1.0)
    assert limit.allows("first", 0.0)
    assert not limit.allows("first", 0.0)
    for number in range(2_000):
        limit.allows(str(number), 0.0)
    assert limit.allows("first", 0.0)
