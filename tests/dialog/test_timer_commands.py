from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialog.timebook import TimeBook
from device.dialog.timer import TimerKind
from device.dialog.timer_commands import perform
from device.errors import CommandInvalid
from tests.dialog.clocks import BERLIN, NOON, Clocks

TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
MOMENTS = st.one_of(
    TEXTS,
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.times().map(lambda moment: moment.isoformat()),
    st.sampled_from(["0001-01-01T00:00", "9999-12-31T23:59:59", "2026-06-01T07:00-23:59", "07:30"]),
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXTS,
        "name": TEXTS | st.integers(),
        "kind": st.sampled_from([*TimerKind, "bomb", 3]),
        "seconds": st.floats() | st.integers() | TEXTS | st.none(),
        "at": MOMENTS,
        "repeat": st.sampled_from(["", "daily", "weekdays", "mon,thu", "never", "once"]) | TEXTS,
        "else": TEXTS,
    },
)
ACTIONS = st.sampled_from(["start", "cancel", "pause", "resume", "add", "explode", ""])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(ACTIONS, FIELDS), max_size=4))
def test_whatever_is_asked_is_done_or_refused_and_the_book_stays_sound(
    asked: list[tuple[str, dict[str, Any]]],
) -> None:
    clocks = Clocks()
    book = TimeBook(Path("/dev/null/nowhere"), clocks, BERLIN)
    for action, fields in asked:
        before = book.timers()
        if is_refused(book, action, fields):
            assert book.timers() == before
    clocks.pass_seconds(400 * 86_400)
    due = book.take_due()

    assert all(timer.as_dict(clocks(), BERLIN) for timer in book.timers())
    assert all(timer.days for timer in due.missed if book.get(timer.id))


def is_refused(book: TimeBook, action: str, fields: dict[str, Any]) -> bool:
    """Whether nothing was to be done; anything but a refusal fails the test."""
    try:
        perform(book, action, fields)
    except CommandInvalid:
        return True
    return False


def test_a_moment_may_have_a_zone_of_its_own(tmp_path: Path) -> None:
    book = Clocks().book(tmp_path)

    perform(book, "start", {"kind": "alarm", "at": "2026-03-04T17:00:00Z"})

    assert [timer.due for timer in book.timers()] == [NOON.replace(hour=18).timestamp()]
