"""What is installed, what runs, and what happened lately, for people and for programs."""

from typing import Any, Final

from device.releases.history import History
from device.releases.layout import Layout

_LAST_EVENTS: Final = 8


def listing(layout: Layout) -> dict[str, Any]:
    """All of it, as JSON can hold it."""
    return {
        "current": layout.named(layout.current),
        "last_good": layout.named(layout.last_good),
        "trial": layout.trial.exists(),
        "releases": layout.installed(),
        "history": History(layout.history).events(),
    }


def shown(told: dict[str, Any]) -> list[str]:
    """Lines for eyes."""
    lines = [f"  {name}  {_standing(told, name)}".rstrip() for name in told["releases"]]
    if not lines:
        return ["no release is installed here"]
    return [*lines, "", *(_happened(event) for event in told["history"][-_LAST_EVENTS:])]


def _standing(told: dict[str, Any], name: str) -> str:
    marks = []
    if name == told["current"]:
        marks.append("runs, on trial" if told["trial"] else "runs")
    if name == told["last_good"]:
        marks.append("last good")
    return ", ".join(marks)


def _happened(event: dict[str, Any]) -> str:
    before = f" (before: {event['before']})" if event.get("before") else ""
    reason = f": {event['reason']}" if event.get("reason") else ""
    return f"  {event.get('at')}  {event.get('event')} {event.get('release')}{before}{reason}"
