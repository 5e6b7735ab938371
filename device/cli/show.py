"""Shows events: as JSON lines for programs, or as a turn that a person likes to read."""

import json
import sys
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device import events as e
from device.bus import Bus


class Show(Protocol):
    """Shows events one after the other."""

    def __call__(self, event: e.Event) -> None:
        """Show one event, or nothing of it."""
        ...


def show_json(event: e.Event) -> None:
    """One JSON object on a line."""
    sys.stdout.write(json.dumps(event.as_dict(), ensure_ascii=False) + "\n")
    sys.stdout.flush()


class ShowTurn:
    """Prints a turn as it happens."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    def __call__(self, event: e.Event) -> None:
        """Print what a person cares about."""
        line = _line(event)
        if line:
            self._console.print(f"[dim]{event.at:7.2f} s[/]  {line}")
        if isinstance(event, e.TurnMeasured) and event.stages:
            self._console.print(_stages(event))


def _line(event: e.Event) -> str:
    match event:
        case e.Ready(words=words):
            return f"[dim]listening for {escape(', '.join(words))}[/]"
        case e.WakeWordDetected(word=word, score=score):
            return f"[bold cyan]{escape(word)}[/]  [dim]score {score:.2f}[/]"
        case e.SpeechStarted():
            return "[dim]speech[/]"
        case e.TurnEnded(reason=reason):
            return f"[dim]end of the sentence ({reason})[/]"
        case e.NoSpeech():
            return "[dim]nobody spoke[/]"
        case e.FinalTranscript(text=text, engine=engine, confidence=confidence):
            return f"[bold]“{escape(text)}”[/]  [dim]{engine}, confidence {confidence:.2f}[/]"
        case e.IntentRecognized(name=intent, slots=slots):
            return f"[magenta]{intent}[/]  [dim]{escape(_slots(slots))}[/]"
        case e.ActionRequested(entity=entity, topic=topic, payload=payload):
            return f"[yellow]{entity}[/]  {escape(topic)} [dim]←[/] {escape(payload)}"
        case e.ActionConfirmed(entity=entity):
            return f"[green]{entity} confirmed[/]"
        case e.ReplyText(text=text, is_final=True) if text:
            return f"[bold green]{escape(text)}[/]"
        case e.PlaybackFinished(heard_seconds=seconds):
            return f"[dim]heard {seconds:.2f} s of the reply[/]"
        case e.PlaybackResumed():
            return "[dim]the reply goes on[/]"
        case e.Interrupted(by=by):
            return f"[red]interrupted[/] [dim]by {by}[/]"
    return _trouble(event)


def _trouble(event: e.Event) -> str:
    match event:
        case e.StageFailed(stage=stage, code=code, message=message):
            return f"[red]{stage} failed[/]: {escape(message)} [dim]\\[{code}][/]"
        case e.MuteChanged(muted=muted):
            return "[red]muted[/]" if muted else "microphone open"
        case e.HealthChanged(part=part, healthy=healthy, code=code):
            return f"{part} {'works' if healthy else f'[red]fails[/] [dim]({code})[/]'}"
    return ""


def _slots(slots: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in slots.items())


def _stages(event: e.TurnMeasured) -> Table:
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for stage in event.stages:
        table.add_column(stage, justify="right", style="dim")
    table.add_row(*(f"{value:.0f} ms" for value in event.stages.values()))
    return table


async def show_events(bus: Bus, show: Show) -> None:
    """Show everything that is told until the bus closes."""
    async for event in bus.subscribe():
        show(event)
