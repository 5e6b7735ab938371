"""Reports of boards: what a run leaves, and several side by side."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from benchmarks.hil.compare import compare
from benchmarks.hil.page import page
from benchmarks.hil.report import Run, played, read
from benchmarks.report import Figure
from benchmarks.scenario.account import Account, Sound
from benchmarks.scenario.judge import Verdict
from benchmarks.scenario.live import HOLES
from benchmarks.scenario.outcome import Outcome
from device.cli.app import app
from device.errors import DeviceMissing, UsageError
from tests.hil.accounts import report, scenario

RECALL = Figure("wake_recall", 0.9, "", "higher", 30, interval=(0.8, 0.95))
WORSE = Figure("wake_recall", 0.5, "", "higher", 30, interval=(0.3, 0.7))
MET, MISSED = Verdict("a", True), Verdict("b", False, why="late")
UNSEEN = Verdict("c", False, why="not told by MQTT", applies=False)


def run_of(*verdicts: Verdict, troubles: tuple[str, ...] = ()) -> Run:
    account = Account([], Sound(), troubles=list(troubles))
    return Run("one", Outcome(scenario(), account, verdicts, True))


@pytest.mark.parametrize(
    ("run", "state", "why"),
    [
        (run_of(MET, UNSEEN), "passed", ""),
        (run_of(MET, MISSED, MISSED, MISSED), "failed", "b: late; b: late; and 1 more"),
        (run_of(UNSEEN), "not applicable", "nothing that it expects can be judged here"),
        (run_of(), "not applicable", "nothing that it expects can be judged here"),
        (run_of(MISSED, troubles=(HOLES,)), "spoiled", HOLES),
        (Run("one", obstacle="nobody presses"), "not applicable", "nobody presses"),
    ],
)
def test_a_scenario_ends_in_one_of_four_ways(run: Run, state: str, why: str) -> None:
    assert (played(run).state, played(run).why) == (state, why)


def test_what_could_not_be_judged_is_neither_met_nor_missed() -> None:
    assert [one.met for one in played(run_of(MET, UNSEEN, MISSED)).expectations] == [
        True, None, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("states", "passed"),
    [
        ({"a": "passed", "b": "not applicable"}, True),
        ({"a": "passed", "b": "failed"}, False),
        ({"a": "passed", "b": "spoiled"}, False),
        ({"a": "not applicable"}, False),
        ({}, False),
    ],
)
def test_a_run_passes_only_when_something_was_judged(states: dict[str, str], passed: bool) -> None:
    assert report("pi", states=states).passed is passed


def test_boards_that_are_not_alike_are_marked() -> None:
    found = compare(
        [
            report("pi4", RECALL, states={"stop": "passed", "cough": "passed"}),
            report("pi5", WORSE, states={"stop": "failed", "cough": "passed"}),
        ]
    )
    assert found.boards == ("pi4", "pi5")
    assert [(one.what, one.differs) for one in found.figures] == [("wake_recall", True)]
    assert [(one.what, one.differs) for one in found.scenarios] == [
        ("stop", True), ("cough", False),
    ]  # fmt: skip
    facts = {one.what: one.differs for one in found.facts}
    assert (facts["cpu"], facts["cores"]) == (True, False)


def test_figures_whose_intervals_overlap_are_alike() -> None:
    same = compare([report("a", RECALL), report("b", Figure("wake_recall", 0.85, "", "higher", 30,
                                                           interval=(0.7, 0.9)))])  # fmt: skip
    assert not same.figures[0].differs


def test_a_board_without_a_figure_has_an_empty_cell() -> None:
    found = compare([report("a", RECALL), report("b")])
    assert found.figures[0].cells[1] == ""
    assert found.figures[0].values == (0.9, None)


@given(st.text(max_size=40))
def test_no_name_breaks_out_of_the_page(name: str) -> None:
    shown = page(compare([report(name, RECALL, states={name: "failed"}), report("b")]))
    plain = page(compare([report("x", RECALL, states={"x": "failed"}), report("b")]))
    assert shown.count("<") == plain.count("<")


def test_levels_are_drawn_the_longer_the_louder() -> None:
    def level(value: float) -> Figure:
        return Figure("microphone_voice", value, "dBFS", "higher", 3)

    shown = page(compare([report("a", level(-24)), report("b", level(-72))]))
    assert "width: 75%" in shown
    assert "width: 25%" in shown


def test_reports_are_compared_on_the_command_line(tmp_path: Path) -> None:
    files = []
    for one in (report("pi4", RECALL), report("pi5", WORSE)):
        files.append(tmp_path / f"{one.board}.json")
        files[-1].write_text(one.model_dump_json())
        assert read(files[-1]) == one
    html = tmp_path / "page.html"
    result = CliRunner().invoke(
        app, ["hil", "compare", *map(str, files), "--json", "--html", str(html)]
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["boards"] == ["pi4", "pi5"]
    assert "<th>pi5</th>" in html.read_text()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', "\x00"])
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="no report of parlor hil"):
        read(file)
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "missing.json")


def test_a_rig_whose_devices_are_not_named_is_told_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "parlor.toml"
    config.write_text("")
    monkeypatch.delenv("PARLOR_HIL_PLAYER", raising=False)
    result = CliRunner().invoke(app, ["hil", "run", "--daemon", str(config)])
    assert isinstance(result.exception, UsageError)
    assert "PARLOR_HIL_PLAYER" in str(result.exception)


@pytest.mark.skipif(shutil.which("arecord") is None, reason="no arecord; run: make setup")
def test_a_device_that_is_not_there_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "parlor.toml"
    config.write_text("")
    named = {"PLAYER": "nowhere", "EAR": "nowhere", "LOCK": str(tmp_path / "lock")}
    for name, value in named.items():
        monkeypatch.setenv(f"PARLOR_HIL_{name}", value)
    options = ["--daemon", str(config), "--out", str(tmp_path)]
    result = CliRunner().invoke(app, ["hil", "run", "wake-and-command", *options])
    assert isinstance(result.exception, DeviceMissing)
    assert "cannot capture from nowhere" in str(result.exception)
    assert not (tmp_path / "report.json").exists()
