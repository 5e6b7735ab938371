"""Plays a script: waits for the moment of each cue and lets it be done. Time is the loop's."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Protocol

from benchmarks.scenario.account import Happening, Said, Told
from benchmarks.scenario.script import Command, Cue, Fault, Scenario, Sought, Speech

_LONGEST_SECONDS: Final = 120.0
_STEP_SECONDS: Final = 0.02


class Stage(Protocol):
    """Where a scenario is played."""

    async def say(self, speech: tuple[Speech, ...]) -> Said:
        """Begin to say something, and tell from when to when it is heard, in loop time."""
        ...

    async def ask(self, text: str) -> None:
        """Type a sentence."""
        ...

    async def announce(self, text: str) -> None:
        """Let the speaker say something of its own."""
        ...

    async def command(self, name: Command) -> None:
        """Give a command."""
        ...

    async def fault(self, kind: Fault) -> None:
        """Let something go wrong, or be well again."""
        ...


@dataclass
class Notes:
    """What happened so far."""

    happenings: list[Happening] = field(default_factory=list)
    marks: dict[str, list[float]] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def note(self, told: Told, at: float | None = None) -> None:
        """One more event; at this time, or now."""
        self.happenings.append(Happening(_now() if at is None else at, told))

    @property
    def resting(self) -> bool:
        """Whether the speaker does nothing."""
        changes = (one.told for one in reversed(self.happenings)
                   if one.told["event"] == "state_changed")  # fmt: skip
        return next((told["new"] == "idle" for told in changes), True)


async def direct(scenario: Scenario, stage: Stage, notes: Notes) -> None:
    """Play the whole script, until the speaker has been at rest for a while."""
    director = _Director(stage, notes, scenario.patience)
    for _ in range(scenario.repeat):
        await director.play(scenario.script)
    await director.rest(scenario.linger)


class _Director:
    def __init__(self, stage: Stage, notes: Notes, patience: float) -> None:
        self._stage = stage
        self._patience = patience
        self._notes = notes
        self._since = 0

    async def play(self, script: tuple[Cue, ...]) -> None:
        began = _now()
        for number, cue in enumerate(script, start=1):
            if cue.at is not None:
                await asyncio.sleep(max(0.0, began + cue.at - _now()))
            elif cue.after is not None and not await self._come(cue.after):
                self._notes.troubles.append(
                    f"cue {number}: {cue.after.event} {cue.after.fields or ''} did not come"
                )
                continue
            await asyncio.sleep(cue.delay)
            self._since = len(self._notes.happenings)
            await self._do(cue)

    async def rest(self, seconds: float) -> None:
        """Wait until nothing has been said or done for so long."""
        quiet, deadline = 0.0, _now() + _LONGEST_SECONDS
        while quiet < seconds and _now() < deadline:
            await asyncio.sleep(_STEP_SECONDS)
            talking = any(one.stop > _now() for one in self._notes.said)
            calm = self._notes.resting and not talking
            quiet = quiet + _STEP_SECONDS if calm else 0.0

    async def _come(self, sought: Sought) -> bool:
        deadline = _now() + self._patience
        while _now() < deadline:
            if any(one.fits(sought) for one in self._notes.happenings[self._since :]):
                return True
            await asyncio.sleep(_STEP_SECONDS)
        return False

    async def _do(self, cue: Cue) -> None:
        at = _now()
        if cue.say:
            said = await self._stage.say(cue.say)
            self._notes.said.append(said)
            at = said.start
        elif cue.ask:
            await self._stage.ask(cue.ask)
        elif cue.announce:
            await self._stage.announce(cue.announce)
        elif cue.command is not None:
            await self._stage.command(cue.command)
        elif cue.fault is not None:
            await self._stage.fault(cue.fault)
        if cue.name:
            self._notes.marks.setdefault(cue.name, []).append(at)


def _now() -> float:
    return asyncio.get_running_loop().time()
