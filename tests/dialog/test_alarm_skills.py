from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device.dialog.moments import wanted_moment
from device.dialog.occurrence import days_text
from device.dialog.timer import TimerKind
from tests.dialog.agendas import Speaker
from tests.dialog.clocks import BERLIN, NOON, Clocks


@pytest.fixture(scope="module")
def one_speaker(tmp_path_factory: pytest.TempPathFactory) -> Speaker:
    """Loading templates takes longer than all sentences together."""
    return Speaker(tmp_path_factory.mktemp("speaker"))


@pytest.fixture
def speaker(one_speaker: Speaker) -> Speaker:
    for timer in one_speaker.book.timers():
        one_speaker.book.cancel(timer.id)
    return one_speaker


def due(speaker: Speaker) -> list[tuple[str, str]]:
    """Local date and time, and days, of every alarm and reminder."""
    return [
        (f"{datetime.fromtimestamp(timer.due, BERLIN):%m-%d %H:%M}", days_text(timer.days))
        for timer in speaker.book.timers()
        if timer.due is not None
    ]


@pytest.mark.parametrize(
    ("text", "when", "days"),
    [
        ("wake me at half past seven on weekdays", "03-05 07:30", "weekdays"),
        ("wake me up at seven", "03-05 07:00", ""),
        ("set an alarm for seven thirty", "03-04 19:30", ""),
        ("set an alarm for 7:30", "03-04 19:30", ""),
        ("set an alarm for 7:30 am", "03-05 07:30", ""),
        ("set an alarm for seven thirty a.m.", "03-05 07:30", ""),
        ("set an alarm for 19:30", "03-04 19:30", ""),
        ("set an alarm for seven oh five in the morning", "03-05 07:05", ""),
        ("set an alarm for seven o'clock tomorrow", "03-05 07:00", ""),
        ("set an alarm for tomorrow at quarter to eight", "03-05 07:45", ""),
        ("set an alarm for twelve p.m.", "03-05 12:00", ""),
        ("set an alarm for twelve a.m.", "03-05 00:00", ""),
        ("set an alarm for midnight", "03-05 00:00", ""),
        ("set an alarm for noon every day", "03-05 12:00", "daily"),
        ("set an alarm for six on monday", "03-09 06:00", ""),
        ("set an alarm for six every monday", "03-09 06:00", "mon"),
        ("set an alarm for six on wednesday", "03-11 06:00", ""),
        ("set a daily alarm for 6 am", "03-05 06:00", "daily"),
        ("set an alarm for nine on weekends", "03-07 09:00", "weekends"),
        ("wake me in an hour", "03-04 13:00", ""),
        ("remind me in ten minutes to call mum", "03-04 12:10", ""),
        ("remind me to feed the cat tomorrow at six", "03-05 18:00", ""),
        ("remind me at four to go home", "03-04 16:00", ""),
        ("remind me tomorrow at 9 about the bins", "03-05 09:00", ""),
    ],
)
def test_times_are_understood_as_people_say_them(
    speaker: Speaker, text: str, when: str, days: str
) -> None:
    answer = speaker.ask(text)

    assert due(speaker) == [(when, days)]
    assert answer.startswith(("Alarm set", "I will remind you"))


def test_the_answer_says_what_was_understood(speaker: Speaker) -> None:
    assert speaker.ask("wake me at half past seven on weekdays") == (
        "Alarm set on weekdays at 7:30 AM."
    )
    assert speaker.ask("remind me in ten minutes to call mum") == (
        "I will remind you today at 12:10 PM: call mum."
    )
    assert speaker.ask("set an alarm for six every monday") == "Alarm set every Monday at 6:00 AM."
    assert speaker.ask("set an alarm for six on saturday") == "Alarm set on Saturday at 6:00 AM."


def test_a_reminder_carries_its_words(speaker: Speaker) -> None:
    speaker.ask("remind me in ten minutes to turn off the kitchen light")

    [reminder] = speaker.book.timers(TimerKind.REMINDER)
    assert reminder.name == "turn off the kitchen light"
    assert reminder.label == "Reminder: turn off the kitchen light"
    assert speaker.home.planned == []


def test_a_reminder_needs_no_words(speaker: Speaker) -> None:
    assert speaker.ask("remind me in ten minutes") == "I will remind you today at 12:10 PM."
    assert [timer.label for timer in speaker.book.timers()] == ["reminder"]


def test_there_can_be_too_many_alarms(speaker: Speaker) -> None:
    for _ in range(50):
        speaker.book.start(60)

    assert speaker.ask("set an alarm for seven").startswith("That is too much")
    assert speaker.book.timers(TimerKind.ALARM) == ()


def test_one_of_several_alike_is_asked_for(speaker: Speaker) -> None:
    speaker.ask("remind me in ten minutes to call mum")
    speaker.ask("remind me in an hour to call mum")

    assert speaker.ask("cancel the reminder to call mum").startswith("You have several reminders")
    assert speaker.ask("cancel the daily alarm") == "No alarm is set."
    assert len(speaker.book.timers()) == 2


def test_alarms_are_listed_and_cancelled_by_their_time(speaker: Speaker) -> None:
    assert speaker.ask("when is my next alarm") == "No alarm is set."
    speaker.ask("set an alarm for seven am")
    assert speaker.ask("when is my next alarm") == "Your alarm rings tomorrow at 7:00 AM."
    speaker.ask("set an alarm for eight am on weekdays")
    assert speaker.ask("what alarms do i have") == (
        "Your alarms: tomorrow at 7:00 AM; on weekdays at 8:00 AM."
    )
    assert speaker.ask("cancel the alarm").startswith("You have several alarms")
    assert len(speaker.book.timers()) == 2
    assert speaker.ask("cancel the alarm for seven") == "Alarm cancelled."
    assert speaker.ask("cancel the alarm for nine") == "No alarm is set."
    assert due(speaker) == [("03-05 08:00", "weekdays")]
    assert speaker.ask("cancel all alarms") == "All alarms cancelled."
    assert due(speaker) == []


def test_reminders_are_listed_and_cancelled_by_their_words(speaker: Speaker) -> None:
    speaker.ask("remind me in ten minutes to call mum")
    speaker.ask("remind me in an hour to water the plants")
    speaker.ask("set an alarm for 3 pm")

    assert speaker.ask("what are my reminders") == (
        "Your reminders: call mum, today at 12:10 PM; water the plants, today at 1:00 PM."
    )
    assert speaker.ask("cancel the reminder to call mum") == "Reminder cancelled."
    assert speaker.ask("cancel all reminders") == "All reminders cancelled."
    assert len(speaker.book.timers(TimerKind.ALARM)) == 1


def test_without_the_time_there_are_timers_only(tmp_path: Path) -> None:
    speaker = Speaker(tmp_path, clocks=Clocks(datetime(1970, 1, 1, tzinfo=UTC)))

    assert speaker.ask("wake me at seven").startswith("I do not know what time it is")
    assert speaker.ask("remind me in ten minutes to go").startswith("I do not know what time")
    assert speaker.ask("set a timer for ten minutes") == "Timer set for 10 minutes"
    assert speaker.book.seconds_until_due() == 600


def test_ten_minutes_are_ten_minutes_over_the_change_to_summer_time() -> None:
    now = datetime(2026, 3, 29, 1, 55, tzinfo=BERLIN)

    wanted = wanted_moment({"minutes": 10}, now, "en", for_waking=False)

    assert wanted is not None
    assert wanted.due.timestamp() - now.timestamp() == 600
    assert wanted.due.hour == 3


def test_a_moment_far_ahead_is_said_with_its_date(speaker: Speaker) -> None:
    speaker.book.remind(TimerKind.ALARM, NOON + timedelta(days=20))

    assert speaker.ask("when is my next alarm") == "Your alarm rings on 2026-03-24 at 12:00 PM."


@pytest.mark.parametrize(
    ("language", "wake", "remind", "bins"),
    [
        ("de", "weck mich werktags um halb acht",
         "erinnere mich in zehn Minuten daran, Mama anzurufen", "Mama anzurufen"),
        ("fr", "réveille-moi à sept heures et demie en semaine",
         "rappelle-moi dans dix minutes d'appeler maman", "appeler maman"),
        ("es", "despiértame a las siete y media entre semana",
         "recuérdame en diez minutos llamar a mamá", "llamar a mamá"),
        ("it", "svegliami alle sette e mezza nei giorni feriali",
         "ricordami tra dieci minuti di chiamare mamma", "chiamare mamma"),
        ("nl", "wek me om half acht op werkdagen",
         "herinner me over tien minuten eraan om mama te bellen", "mama te bellen"),
        ("pt", "acorda-me às sete e meia nos dias úteis",
         "lembra-me daqui a dez minutos de ligar à mãe", "ligar à mãe"),
        ("ja", "平日の朝7時半に起こして", "10分後にお母さんに電話することを教えて",
         "お母さんに電話する"),
        ("ko", "평일 아침 일곱 시 반에 깨워 줘", "십 분 뒤에 엄마에게전화하라고 알려 줘",
         "엄마에게전화"),
        ("zh", "工作日早上七点半叫我起床", "十分钟后提醒我给妈妈打电话", "给妈妈打电话"),
    ],
)  # fmt: skip
def test_alarms_and_reminders_work_in_other_languages(
    tmp_path: Path, language: str, wake: str, remind: str, bins: str
) -> None:
    speaker = Speaker(tmp_path, language)

    assert "7:30" in speaker.ask(wake)
    assert "12:10" in speaker.ask(remind)
    assert due(speaker) == [("03-04 12:10", ""), ("03-05 07:30", "weekdays")]
    assert [timer.name for timer in speaker.book.timers(TimerKind.REMINDER)] == [bins]
