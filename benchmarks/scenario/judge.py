"""Says of every expectation whether it was met, and how late. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.scenario.account import Account, Happening, Sound
from benchmarks.scenario.script import Expectation, Scenario, Sought
from benchmarks.scenario.sound import LOOK_SECONDS, ducked_ms, silent_ms, sounded, sounds_ms

LATE: Final = "too late"
"""Why, where it came but not in time."""
_AGAIN: Final = ("playback_started", "playback_resumed")
"""What ends a silence."""
TOLD_SECONDS: Final = 0.05
"""An event may be told so long after it is heard."""
_LOUDER: Final = (*_AGAIN, "speech_rejected")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one expectation."""

    what: str
    met: bool
    ms: float | None = None
    """How late it was; None: no time was measured."""
    limit_ms: float | None = None
    why: str = ""
    """What was wrong."""
    applies: bool = True
    """False: it could not be judged where it was played, and says nothing."""


def judge(scenario: Scenario, account: Account) -> list[Verdict]:
    """The expectations in order, and what holds for the whole run."""
    verdicts = [Verdict("script", False, why=one) for one in account.troubles]
    verdicts += list(_Course(scenario, account).verdicts())
    verdicts += [_never(sought, account.happenings) for sought in scenario.never]
    if scenario.told is not None:
        wanted = list(scenario.told) * scenario.repeat
        met = account.commands == wanted
        why = "" if met else f"they were told {account.commands}"
        verdicts.append(Verdict(f"lamps are told {wanted}", met, why=why))
    verdicts += [_heard(turn, much, account) for turn, much in scenario.heard.items()]
    if scenario.remembered is not None:
        turn, request = scenario.remembered.turn, scenario.remembered.in_turn
        verdicts.append(_remembered(turn, request, account))
    return verdicts


class _Course:
    """Goes along the expectations."""

    def __init__(self, scenario: Scenario, account: Account) -> None:
        self._scenario = scenario
        self._account = account
        self._next = 0
        self._before: float | None = None
        self._marks: dict[str, float] = {}

    def verdicts(self) -> Iterator[Verdict]:
        for turn in range(self._scenario.repeat):
            marks = self._account.marks.items()
            self._marks = {name: at[turn] for name, at in marks if turn < len(at)}
            for expectation in self._scenario.expect:
                yield self._judge(expectation)

    def _judge(self, wanted: Expectation) -> Verdict:
        since = self._marks.get(wanted.of) if wanted.of else self._before
        if wanted.event is None:
            return self._sound(wanted, since)
        return self._event(wanted, wanted.event, since)

    def _event(self, wanted: Expectation, sought: Sought, since: float | None) -> Verdict:
        what = words(sought)
        happenings = self._account.happenings
        for place in range(self._next, len(happenings)):
            if happenings[place].fits(sought):
                break
        else:
            nearest = next(
                (one for one in happenings if one.fits(Sought(event=sought.event))), None
            )
            why = f"it did not come; another was {nearest.told}" if nearest else "it did not come"
            return Verdict(what, False, None, wanted.within_ms, why)
        self._next, self._before = place + 1, happenings[place].at
        if wanted.name:
            self._marks[wanted.name] = self._before
        if since is None:
            return Verdict(what, wanted.within_ms is None, why="nothing to measure from")
        ms = (self._before - since) * 1_000
        late = wanted.within_ms is not None and ms > wanted.within_ms
        return Verdict(what, not late, ms, wanted.within_ms, LATE if late else "")

    def _sound(self, wanted: Expectation, since: float | None) -> Verdict:
        played = self._account.played
        what, limit, measure, ends = asked_of(wanted)
        if since is None:
            return Verdict(what, False, None, limit, "nothing to measure from")
        if ends and not sounded(played, since):
            return Verdict(what, False, None, limit, "nothing was heard before it")
        until = since + LOOK_SECONDS + limit / 1_000
        for one in self._account.happenings:
            if one.at > since and one.told["event"] in ends:
                until = min(until, one.at - TOLD_SECONDS)
        ms = measure(played, since, until)
        if ms is None:
            return Verdict(what, False, None, limit, "it never was")
        return Verdict(what, ms <= limit, ms, limit, "" if ms <= limit else LATE)


Measure = Callable[[Sound, float, float], float | None]


def asked_of(wanted: Expectation) -> tuple[str, float, Measure, tuple[str, ...]]:
    """What is to be heard, within how many ms, how it is measured, and what ends it."""
    if wanted.sounds_within_ms is not None:
        return "sound", wanted.sounds_within_ms, sounds_ms, ()
    if wanted.ducked_within_ms is not None:
        return "ducked by 20 dB", wanted.ducked_within_ms, ducked_ms, _LOUDER
    assert wanted.silent_within_ms is not None
    return "silent", wanted.silent_within_ms, silent_ms, _AGAIN


def _never(sought: Sought, happenings: list[Happening]) -> Verdict:
    found = next((one for one in happenings if one.fits(sought)), None)
    why = f"it came: {found.told}" if found else ""
    return Verdict(f"never {words(sought)}", found is None, why=why)


def _heard(turn: int, much: str, account: Account) -> Verdict:
    said, heard = _reply(turn, account), _heard_text(turn, account)
    begins = said.startswith(heard) and len(heard) < len(said)
    met = {"nothing": not heard, "part": bool(heard) and begins, "whole": heard == said != ""}
    why = "" if met[much] else f"heard {heard!r} of {said!r}"
    return Verdict(f"{much} of reply {turn} is heard", met[much], why=why)


def _remembered(turn: int, request: int, account: Account) -> Verdict:
    """The model's history of a turn is what was heard of it."""
    what = f"the model is told what was heard of reply {turn}"
    heard = _heard_text(turn, account)
    if request > len(account.asked):
        return Verdict(what, False, why=f"it was asked {len(account.asked)} times")
    messages = account.asked[request - 1]["messages"]
    told = [one["content"] for one in messages if one["role"] == "assistant"]
    met = bool(heard) and any(_plain(one) == _plain(heard) for one in told)
    return Verdict(what, met, why="" if met else f"it was told {told}, heard was {heard!r}")


def _reply(turn: int, account: Account) -> str:
    sought = Sought(event="reply_text", fields={"turn_id": turn})
    parts = [one.told["text"] for one in account.happenings if one.fits(sought)]
    return _plain(parts[-1] if parts else "")


def _heard_text(turn: int, account: Account) -> str:
    sought = Sought(event="playback_finished", fields={"turn_id": turn})
    heard = [one.told["heard_text"] for one in account.happenings if one.fits(sought)]
    return _plain(heard[-1] if heard else "")


def _plain(text: str) -> str:
    return " ".join(text.removesuffix("…").split())


def words(sought: Sought) -> str:
    """The event in words."""
    fields = ", ".join(f"{key} {value}" for key, value in sought.fields.items())
    return f"{sought.event} ({fields})" if fields else sought.event
