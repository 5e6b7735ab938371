"""The dashboard and the alert rules that are shipped name only metrics that a speaker tells."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from device import events as e
from device.health import Health, Part, State
from device.metrics import Totals
from device.metrics.exposition import exposition
from device.metrics.tally import Tally
from device.metrics.vitals import Machine, health_lines, machine_lines

yaml = pytest.importorskip("yaml")

FOLDER = Path(__file__).parents[2] / "docs/monitoring"
METRIC = re.compile(r"\b(?:parlor|process)_\w+")
LABELS = re.compile(r"{{ ?\$?(?:labels\.)?(\w+)")
ADDED = {"instance", "job", "le"}
"""Labels that Prometheus adds, and that of histograms."""
VALUES = {"value"}


def told() -> str:
    """The page of a speaker to which everything has happened."""
    totals, tally = Totals(), Tally()
    totals.add(e.TurnMeasured(stages={"end_to_end": 900.0}, language="en"))
    totals.budgets_missed.update({"stt": 1})
    for event in (
        e.WakeWordDetected(word="hey_jarvis", score=0.9),
        e.FalseWakeReported(by="voice"),
        e.Interrupted(by="button"),
        e.StageFailed(stage="stt", code="took-too-long", message=""),
        e.AnnouncementDropped(text="", reason="expired"),
    ):
        tally.take(event)
    health = Health(1.0, "1", audio_age=0.1, broker="lost", parts={"speaker": Part(State.OK)})
    machine = Machine("3.13", 50.0, False, 1.0, 1.0, 1, 1, 0.0, 0)
    lines = [*tally.lines(), *health_lines(health), *machine_lines(machine, "1")]
    return exposition(totals, 1, {"service": {"requests": 1.0}}, lines)


def rules() -> list[dict[str, Any]]:
    read = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "grafana.json").read_text())["panels"]
    return found


def expressions() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [*shown, *(rule["expr"] for rule in rules())]


def test_every_metric_named_is_told() -> None:
    page = told()
    names = {name for one in expressions() for name in METRIC.findall(one)}
    assert [name for name in names if f"\n{name}{{" not in page and f"\n{name} " not in page] == []
    assert len(names) > 20


def test_every_label_shown_is_told() -> None:
    page = told()
    legends = [target["legendFormat"] for panel in panels() for target in panel["targets"]]
    texts = [*legends, *(text for rule in rules() for text in rule["annotations"].values())]
    labels = {label for text in texts for label in LABELS.findall(text)} - ADDED - VALUES
    assert [label for label in labels if f'{label}="' not in page] == []


def test_every_rule_says_how_bad_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert rule["annotations"].keys() == {"summary", "what_to_do"}


def test_no_two_panels_lie_over_each_other() -> None:
    taken = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels())
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in panels()}) == len(panels())
