"""The report of a run on one board: written, read again, and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.report import Figure
from benchmarks.scenario.live import HOLES
from benchmarks.scenario.outcome import Outcome
from device.errors import UsageError

State = Literal["passed", "failed", "spoiled", "not applicable"]
"""spoiled: the rig was too busy, which says nothing of the speaker."""


_REASONS: Final = 2
_WORDS: Final = 100
"""Letters of a reason in the summary; the expectations have them whole."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Expected(_Model):
    """What became of one expectation."""

    what: str
    met: bool | None
    """None: it could not be judged here."""
    why: str = ""
    ms: float | None = None
    limit_ms: float | None = None


class Played(_Model):
    """What became of one scenario."""

    name: str
    state: State
    why: str = ""
    """Why it failed, was spoiled or could not be played."""
    expectations: tuple[Expected, ...] = ()


class HilReport(_Model):
    """One file."""

    format: Literal[1] = 1
    board: str
    at: str
    """ISO 8601."""
    parlor: str
    """Version of the speaker."""
    speaker: str
    """Whether it ran by itself, or was started for each scenario."""
    rig: dict[str, str]
    """Devices and their server."""
    machine: dict[str, Any]
    figures: tuple[Figure, ...]
    scenarios: tuple[Played, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed or was spoiled, and something was judged."""
        states = [one.state for one in self.scenarios]
        return "passed" in states and not {"failed", "spoiled"} & set(states)


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario of a run: what was played, or why it was not."""

    name: str
    outcome: Outcome | None = None
    obstacle: str = ""


def played(run: Run) -> Played:
    """Its part of the report."""
    if run.outcome is None:
        return Played(name=run.name, state="not applicable", why=run.obstacle)
    told = run.outcome.as_dict()["expectations"]
    expectations = tuple(Expected.model_validate(one) for one in told)
    missed = [one for one in expectations if one.met is False]
    state, why = _state(run.outcome, expectations), _why(missed)
    if state == "spoiled":
        why = HOLES
    elif state == "not applicable":
        why = "nothing that it expects can be judged here"
    return Played(name=run.name, state=state, why=why, expectations=expectations)


def _state(outcome: Outcome, expectations: Sequence[Expected]) -> State:
    if HOLES in outcome.account.troubles:
        return "spoiled"
    if all(one.met is None for one in expectations):
        return "not applicable"
    return "passed" if outcome.passed else "failed"


def _why(missed: Sequence[Expected]) -> str:
    told = [f"{one.what}: {one.why[:_WORDS]}" for one in missed[:_REASONS]]
    more = len(missed) - len(told)
    return "; ".join([*told, *([f"and {more} more"] if more else [])])


def read(path: Path) -> HilReport:
    """A report. Raises UsageError for a file that is none."""
    try:
        return HilReport.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise UsageError(f"{path} is no report of parlor hil: {where}: {first['msg']}") from None


def count(scenarios: Sequence[Played]) -> dict[State, int]:
    """How many there are of each state, those that there are."""
    states: list[State] = ["passed", "failed", "spoiled", "not applicable"]
    numbers = {state: sum(one.state == state for one in scenarios) for state in states}
    return {state: number for state, number in numbers.items() if number}
