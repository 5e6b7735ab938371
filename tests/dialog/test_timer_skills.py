from pathlib import Path

import pytest

from tests.dialog.agendas import Speaker


@pytest.fixture(scope="module")
def one_speaker(tmp_path_factory: pytest.TempPathFactory) -> Speaker:
    """Loading templates takes longer than all sentences together."""
    return Speaker(tmp_path_factory.mktemp("speaker"))


@pytest.fixture
def speaker(one_speaker: Speaker) -> Speaker:
    for timer in one_speaker.book.timers():
        one_speaker.book.cancel(timer.id)
    return one_speaker


def left(speaker: Speaker) -> dict[str, float]:
    """Seconds left by name."""
    now = speaker.clocks()
    return {timer.name: timer.seconds_left(now) for timer in speaker.book.timers()}


def test_a_named_timer_lives_its_life(speaker: Speaker) -> None:
    said = [
        speaker.ask("set a pizza timer for ten minutes"),
        speaker.ask("how long is left on the pizza timer"),
        speaker.ask("add two minutes to the pizza timer"),
        speaker.ask("pause the pizza timer"),
        speaker.ask("resume the pizza timer"),
        speaker.ask("take five minutes off the pizza timer"),
    ]

    assert said == [
        "Timer set for 10 minutes named pizza",
        "10 minutes left.",
        "two minutes added to timer",
        "Timer paused",
        "Timer resumed",
        "five minutes removed from timer",
    ]
    assert left(speaker) == {"pizza": 420}
    assert [timer.label for timer in speaker.book.timers()] == ["pizza timer"]
    assert speaker.ask("cancel the pizza timer") == "Timer cancelled"
    assert left(speaker) == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("set a timer for half an hour", 1800),
        ("set a timer for an hour", 3600),
        ("set a timer for an hour and five minutes", 3900),
        ("set a timer for one and a half hours", 5400),
        ("timer for three quarters of an hour", 2700),
        ("set a timer for 1 hour and 30 minutes", 5400),
        ("start a 45 second timer", 45),
        ("set a timer for a minute", 60),
    ],
)
def test_times_are_understood_as_people_say_them(speaker: Speaker, text: str, seconds: int) -> None:
    speaker.ask(text)

    assert left(speaker) == {"": seconds}


def test_any_name_can_be_typed(speaker: Speaker) -> None:
    speaker.ask("set a sourdough starter timer for five minutes")

    assert left(speaker) == {"sourdough starter": 300}


def test_of_several_timers_the_one_that_is_meant_is_changed(speaker: Speaker) -> None:
    speaker.ask("set a timer for ten minutes")
    speaker.ask("set a timer for one hour")

    assert "multiple timers" in speaker.ask("cancel the timer")
    assert len(left(speaker)) == 1, "both have no name"
    assert len(speaker.book.timers()) == 2, "and both are there"
    speaker.ask("cancel the one hour timer")
    assert left(speaker) == {"": 600}
    speaker.ask("set an eggs timer for five minutes")
    assert "2 running timers" in speaker.ask("timer status")
    assert speaker.ask("cancel all timers") == "Canceled 2 timers."
    assert speaker.ask("timer status") == "No timers."


def test_a_room_can_be_the_name_of_a_timer(speaker: Speaker) -> None:
    speaker.ask("set a bedroom timer for ten minutes")
    speaker.ask("set a tea timer for five minutes")

    assert "find that timer" in speaker.ask("cancel the cellar timer")
    assert speaker.ask("cancel the bedroom timer") == "Timer cancelled"
    assert left(speaker) == {"tea": 300}


def test_this_room_means_the_timers_of_this_speaker(speaker: Speaker) -> None:
    speaker.ask("set a tea timer for five minutes")

    assert speaker.ask("cancel the kitchen timer") == "Timer cancelled"


def test_a_timer_that_is_not_there_is_told(speaker: Speaker) -> None:
    for text in ("cancel the timer", "pause the tea timer", "add a minute to the timer"):
        assert "find that timer" in speaker.ask(text)


def test_a_command_for_later_is_declined_and_nothing_is_done(speaker: Speaker) -> None:
    assert speaker.ask("turn off the kitchen light in ten minutes").startswith("I cannot do that")
    assert speaker.home.planned == []
    assert speaker.book.timers() == ()


def test_there_can_be_too_many_timers(speaker: Speaker) -> None:
    for _ in range(50):
        speaker.book.start(60)

    assert speaker.ask("set a timer for a minute").startswith("That is too much")


def test_what_the_disk_does_not_keep_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    speaker = Speaker(tmp_path / "file")

    assert speaker.ask("set a timer for a minute").endswith("only until I am switched off.")
    assert speaker.ask("add milk to the shopping list").endswith("only until I am switched off.")
    assert left(speaker) == {"": 60}
    assert speaker.lists.items() == ("milk",)


@pytest.mark.parametrize(
    ("language", "start", "more", "status", "cancel"),
    [
        ("de", "stelle einen Pizza Timer auf zehn Minuten",
         "verlängere den Pizza Timer um zwei Minuten", "wie lange läuft der Pizza Timer noch",
         "lösche alle Timer"),
        ("fr", "mets un minuteur pizza de dix minutes", "ajoute deux minutes au minuteur pizza",
         "combien de temps reste-t-il sur le minuteur pizza", "supprime tous les minuteurs"),
        ("es", "pon un temporizador de pizza de diez minutos",
         "añade dos minutos al temporizador de pizza", "cuánto queda en el temporizador de pizza",
         "cancela todos los temporizadores"),
        ("it", "imposta un timer per la pizza di dieci minuti",
         "aggiungi due minuti al timer della pizza", "quanto manca al timer della pizza",
         "annulla tutti i timer"),
        ("nl", "zet een pizza timer voor tien minuten",
         "voeg twee minuten toe aan de pizza timer", "hoe lang heeft de pizza timer nog",
         "annuleer alle timers"),
        ("pt", "define um temporizador para pizza de dez minutos",
         "adiciona dois minutos ao temporizador", "quanto tempo falta no temporizador",
         "cancela todos os temporizadores"),
        ("ja", "ピザのタイマーを10分でセットして", "ピザのタイマーを2分延長して",
         "ピザのタイマーはあと何分ですか", "すべてのタイマーを取り消して"),
        ("ko", "피자 타이머 십 분 맞춰 줘", "피자 타이머에 이 분 추가해 줘",
         "피자 타이머 얼마나 남았어?", "모든 타이머 취소해 줘"),
        ("zh", "设置一个十分钟的披萨计时器", "给披萨计时器加两分钟", "披萨计时器还有多久",
         "取消所有计时器"),
    ],
)  # fmt: skip
def test_timers_work_in_other_languages(
    tmp_path: Path, language: str, start: str, more: str, status: str, cancel: str
) -> None:
    speaker = Speaker(tmp_path, language)

    assert "10" in speaker.ask(start), "what was understood is said"
    assert [seconds for seconds in left(speaker).values()] == [600]
    assert all(left(speaker)), "it has a name"
    speaker.ask(more)
    assert [seconds for seconds in left(speaker).values()] == [720]
    assert "12" in speaker.ask(status)
    speaker.ask(cancel)
    assert left(speaker) == {}
