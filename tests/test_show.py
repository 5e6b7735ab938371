"""A turn as `parlor listen` and `parlor ask` print it."""

import io

from rich.console import Console

from device import events as e
from device.cli.show import ShowTurn


def printed(*events: e.Event) -> str:
    console = Console(file=io.StringIO(), highlight=False, width=100)
    show = ShowTurn(console)
    for event in events:
        show(event)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_answer_that_comes_in_pieces_is_shown_once() -> None:
    pieces = (e.ReplyText(text=text, is_final=False) for text in ("Air scatters", "blue most."))
    whole = e.ReplyText(text="Air scatters blue most.")
    assert printed(*pieces, whole) == printed(whole)


def test_a_reply_that_was_interrupted_by_mistake_is_seen_to_go_on() -> None:
    shown = printed(e.Interrupted(by="speech", at=1.0), e.PlaybackResumed(at=2.0)).splitlines()
    assert [line.split("s  ")[1] for line in shown] == [
        "interrupted by speech", "the reply goes on"
    ]  # fmt: skip
