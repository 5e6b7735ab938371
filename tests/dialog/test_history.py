from device.dialog.history import Exchange, History


def test_what_was_said_and_what_was_heard_of_the_answer_are_kept() -> None:
    history = History()
    history.add("why is the sky blue")
    history.heard("Because of Rayleigh. ", completed=False)
    assert history.exchanges == (Exchange("why is the sky blue", "Because of Rayleigh.", False),)


def test_an_answer_that_nobody_heard_leaves_no_half_turn() -> None:
    history = History()
    history.add("why is the sky blue")
    history.add("stop")
    history.heard("All right.")
    history.add("and now")
    history.heard("", completed=False)
    assert [exchange.said for exchange in history.exchanges] == ["stop"]


def test_an_announcement_is_nobodys_answer() -> None:
    history = History()
    history.heard("The washing is done.")
    assert history.exchanges == ()


def test_only_the_last_ten_are_kept() -> None:
    history = History()
    for number in range(25):
        history.add(f"question {number}")
        history.heard(f"answer {number}")
    assert [one.heard for one in history.exchanges] == [f"answer {n}" for n in range(15, 25)]
