"""What became of one scenario, as a person or a program reads it. Pure."""

from dataclasses import dataclass
from typing import Any

from benchmarks.scenario.account import Account
from benchmarks.scenario.judge import Verdict, judge
from benchmarks.scenario.script import Scenario


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario that was played."""

    scenario: Scenario
    account: Account
    verdicts: tuple[Verdict, ...]
    live: bool

    @property
    def passed(self) -> bool:
        """Whether everything that could be judged was as expected."""
        return all(verdict.met for verdict in self.verdicts if verdict.applies)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "scenario": self.scenario.name,
            "live": self.live,
            "passed": self.passed,
            "expectations": [
                {
                    "what": one.what, "met": one.met if one.applies else None, "why": one.why,
                    "limit_ms": one.limit_ms,
                    "ms": None if one.ms is None else round(one.ms, 1),
                }
                for one in self.verdicts
            ],
            "turns": [stages(one.told) for one in self.account.happenings
                      if one.told["event"] == "turn_measured"],
        }  # fmt: skip

    def markdown(self) -> str:
        """A section with a table."""
        kind = "in real time" if self.live else "in virtual time"
        lines = [f"## {self.scenario.name}", "", self.scenario.shows, "", f"Played {kind}.", ""]
        lines += ["| expectation | | ms | limit | |", "|---|---|---:|---:|---|"]
        for one in self.verdicts:
            ms = "" if one.ms is None else f"{one.ms:.0f}"
            limit = "" if one.limit_ms is None else f"{one.limit_ms:.0f}"
            what, why = (text.replace("|", "\\|") for text in (one.what, one.why))
            mark = ("✓" if one.met else "✗") if one.applies else "-"
            lines.append(f"| {what} | {mark} | {ms} | {limit} | {why} |")
        return "\n".join([*lines, ""])


def outcome(scenario: Scenario, account: Account, *, live: bool) -> Outcome:
    """Judge what was played."""
    return Outcome(scenario, account, tuple(judge(scenario, account)), live)


def stages(measured: dict[str, Any]) -> dict[str, float]:
    """Milliseconds by stage of a `turn_measured`."""
    found: dict[str, float] = measured["stages"]
    return found
