"""Which scenarios, and which of their expectations, can be judged on a rig. Pure.

What cannot is told with the reason, and is neither passed nor failed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.hil.outside import unseen
from benchmarks.scenario.judge import Verdict, asked_of, words
from benchmarks.scenario.script import Expectation, Scenario
from device.config import Config

_BROKEN: Final = ("microphone", "loudspeaker", "card")
"""Parts of faults that only a virtual card can have."""


@dataclass(frozen=True, slots=True)
class Rig:
    """What a rig can do."""

    breakable: bool = False
    """Its card is a virtual one, which can be unplugged."""
    wired: bool = True
    """What the ear hears is the loudspeaker and nothing else."""
    daemon: Config | None = None
    """Configuration of the speaker where it runs by itself, and is seen from outside."""


def obstacle(scenario: Scenario, rig: Rig) -> str:
    """Why a scenario cannot be played there; empty where it can."""
    return next(_obstacles(scenario, rig), "")


def judged(scenario: Scenario, rig: Rig) -> tuple[Scenario, list[Verdict]]:
    """The scenario with what can be judged there, and what cannot."""
    left_out = list(_hidden(scenario, rig))
    hidden = {id(one) for one, _ in left_out}
    kept: dict[str, Any] = {
        "expect": tuple(one for one in scenario.expect if id(one) not in hidden),
        "never": tuple(one for one in scenario.never if rig.daemon is None or not unseen(one)),
    }
    verdicts = [Verdict(_what(one), False, why=why, applies=False) for one, why in left_out]
    if rig.daemon is not None:
        verdicts += _untold(scenario, rig.daemon)
        kept |= {"heard": {}, "remembered": None}
        if _lampless(scenario, rig.daemon):
            kept["told"] = None
    return scenario.model_copy(update=kept), verdicts


def _obstacles(scenario: Scenario, rig: Rig) -> Iterator[str]:
    for number, cue in enumerate(scenario.script, start=1):
        part = (cue.fault or "").partition("_")[0]
        if part in _BROKEN and not rig.breakable:
            yield f"cue {number}: {cue.fault} needs a virtual card"
        if rig.daemon is None:
            continue
        if cue.fault:
            yield f"cue {number}: {cue.fault} is nothing that is done to a running speaker"
        if cue.command == "press":
            yield f"cue {number}: nobody presses the button"
        if cue.after and (why := unseen(cue.after)):
            yield f"cue {number} waits for {words(cue.after)}: {why}"
    if rig.daemon is None:
        return
    if scenario.model:
        yield "the running speaker has no scripted language model"
    yield from _otherwise(scenario, rig.daemon)


def _otherwise(scenario: Scenario, config: Config) -> Iterator[str]:
    """Where the speaker is not configured as the scenario wants it."""
    found: dict[str, dict[str, Any]] = config.model_dump(mode="json")
    for section, wanted in scenario.config.items():
        for key, value in wanted.items():
            if (has := found.get(section, {}).get(key)) != value:
                yield f"the speaker has [{section}] {key} = {has}, not {value}"


def _hidden(scenario: Scenario, rig: Rig) -> Iterator[tuple[Expectation, str]]:
    """Expectations that cannot be judged, and those that are measured from them."""
    lost: set[str] = set()
    before_lost = False
    for one in scenario.expect:
        why = _reason(one, scenario, rig)
        from_lost = one.of in lost if one.of else before_lost and _is_measured(one)
        if not why and from_lost:
            why = f"it is measured from {one.of or 'what comes before it'}, which is not seen"
        if why:
            yield one, why
            lost |= {one.name} - {""}
        if one.event is not None:
            before_lost = bool(why)


def _reason(one: Expectation, scenario: Scenario, rig: Rig) -> str:
    if one.event is None:
        return "" if rig.wired else "the ear hears people too"
    if rig.daemon is None:
        return ""
    if one.event.event == "action_requested":
        return _lampless(scenario, rig.daemon) or unseen(one.event)
    return unseen(one.event)


def _is_measured(one: Expectation) -> bool:
    return one.event is None or one.within_ms is not None


def _untold(scenario: Scenario, config: Config) -> list[Verdict]:
    """What holds for a whole run, and is not seen from outside."""
    hidden = [(f"never {words(one)}", why) for one in scenario.never if (why := unseen(one))]
    hidden += [
        (f"{much} of reply {turn} is heard", "MQTT does not tell what was said")
        for turn, much in scenario.heard.items()
    ]
    if scenario.told is not None and (why := _lampless(scenario, config)):
        hidden.append(("what lamps are told", why))
    return [Verdict(what, False, why=why, applies=False) for what, why in hidden]


def _lampless(scenario: Scenario, config: Config) -> str:
    """Why the speaker does not use our lamps; empty where it does."""
    if not config.home.learn:
        return "the speaker learns no lamps: [home] learn = false"
    own = {entity.name.casefold() for entity in config.home.entity}
    taken = [name for name in scenario.lamps if name.casefold() in own]
    return f"the speaker has a {taken[0]} of its own" if taken else ""


def _what(one: Expectation) -> str:
    return words(one.event) if one.event is not None else asked_of(one)[0]
