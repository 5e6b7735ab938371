"""Everything that the speaker can be asked to keep in mind."""

from collections.abc import Mapping

from device.dialog.alarm_skills import AlarmSkills
from device.dialog.list_skills import ListSkills
from device.dialog.listbook import ListBook
from device.dialog.skills import Skill
from device.dialog.timebook import TimeBook
from device.dialog.timer_skills import TimerSkills


def agenda_skills(book: TimeBook, lists: ListBook) -> Mapping[str, Skill]:
    """Skills for timers, alarms, reminders and lists, by intent."""
    return {
        **TimerSkills(book).skills(),
        **AlarmSkills(book).skills(),
        **ListSkills(lists).skills(),
    }
