"""Which release runs: one rename, a trial, and the way back.

    switch:  the new release hears a recording -> `trial` is written -> `current` is renamed ->
             the speaker starts anew -> healthy: `last-good` is renamed, `trial` removed
                                     -> ill:     back
    back:    `current` is renamed to `last-good` -> `trial` is removed -> the speaker starts anew

Every arrow may be the last thing that happens before the power goes. The next start of the
computer then finds `trial` and `current`, and undoes what was not confirmed (`rescue` with `boot`).
"""

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.errors import ReleaseError, ReleaseUnhealthy, UsageError
from device.releases import disk
from device.releases.checks import Checks
from device.releases.history import History
from device.releases.layout import Layout
from device.releases.programs import Say
from device.releases.service import Service

_TRIAL_SECONDS: Final = 600.0
"""A speaker that is not healthy by then is not going to be."""
_NO_SECONDS: Final = 1.0
"""How long a speaker on trial is waited for that may be asked again later."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Switching:
    """Moves `current`; whoever calls holds the lock."""

    layout: Layout
    service: Service | None
    """None: nothing runs here, so that only the recording judges."""
    checks: Checks
    say: Say

    def switch(self, name: str) -> bool:
        """Run a release from now on; False: it already does.

        Raises UsageError where there is no such release, and ReleaseUnhealthy when it is ill; then
        the one before it runs.
        """
        layout = self.layout
        if not layout.whole(name):
            known = ", ".join(layout.installed()) or "none"
            raise UsageError(f"there is no release {name!r}; installed: {known}")
        if layout.named(layout.current) == name and not layout.trial.exists():
            return False
        self.say(f"{name} hears a recording")
        self._rehearse(name)
        self._begin(name)
        try:
            self._start(name)
        except ReleaseError as error:
            self._back(str(error))
        self._confirm(name)
        return True

    def rollback(self) -> str:
        """Go back to the release that proved healthy before this one; gives its name.

        Raises UsageError where there is none, ReleaseUnhealthy when it is ill now.
        """
        layout = self.layout
        running = layout.named(layout.current)
        if layout.trial.exists() and layout.named(layout.last_good) not in (None, running):
            return self._undo("somebody asked for it")
        proved = (name for name in History(layout.history).confirmed() if layout.whole(name))
        name = next((name for name in proved if name != running), None)
        if name is None:
            raise UsageError("there is no other release that proved healthy to go back to")
        self.switch(name)
        return name

    def confirm(self) -> bool:
        """Trust the release that runs; False: it is trusted already.

        Raises UsageError where none runs.
        """
        running = self.layout.named(self.layout.current)
        if running is None:
            raise UsageError("no release runs here")
        if not self.layout.trial.exists():
            return False
        self._confirm(running)
        return True

    def confirm_if_healthy(self) -> bool:
        """Trust the release on trial if the speaker is healthy; go back if it never becomes so.

        Raises ReleaseUnhealthy once it has been ill for too long.
        """
        running = self.layout.named(self.layout.current)
        if running is None or not self.layout.trial.exists():
            return False
        try:
            self.checks.judge(running, _NO_SECONDS)
        except ReleaseUnhealthy as error:
            if _age_seconds(self.layout.trial) > _TRIAL_SECONDS:
                self._back(str(error))
            self.say(f"not yet: {error}")
            return False
        self._confirm(running)
        return True

    def rescue(self, boot: bool) -> str | None:
        """Go back if the release on trial fails; gives the one gone back to, None: nothing to do.

        `boot`: the computer starts, nothing runs yet.
        """
        layout = self.layout
        if not layout.trial.exists():
            return None
        running, good = layout.named(layout.current), layout.named(layout.last_good)
        if good is None or running == good:
            disk.remove(layout.trial)
            return None
        why = "the power went before it proved healthy" if boot else "it failed again and again"
        return self._undo(why, start=not boot)

    def _rehearse(self, name: str) -> None:
        try:
            self.checks.rehearse(name)
        except ReleaseUnhealthy as error:
            History(self.layout.history).add("refused", name, reason=str(error))
            raise ReleaseUnhealthy(f"{error}; it was not switched to") from error

    def _begin(self, name: str) -> None:
        layout = self.layout
        before = layout.named(layout.current)
        disk.put_text(layout.trial, json.dumps({"release": name, **_now()}))
        disk.put_link(layout.current, f"releases/{name}")
        History(layout.history).add("switched", name, before=before)

    def _start(self, name: str) -> None:
        if self.service is None:
            return
        self.say("starting the speaker anew")
        self.service.restart()
        self.checks.judge(name)

    def _confirm(self, name: str) -> None:
        layout = self.layout
        disk.put_link(layout.last_good, f"releases/{name}")
        disk.remove(layout.trial)
        History(layout.history).add("confirmed", name)

    def _back(self, why: str) -> None:
        """Raise ReleaseUnhealthy, when the way back is gone."""
        layout = self.layout
        if layout.named(layout.last_good) in (None, layout.named(layout.current)):
            disk.remove(layout.trial)
            raise ReleaseUnhealthy(f"{why}; there is no release before it, so it stays")
        raise ReleaseUnhealthy(f"{why}; rolled back to {self._undo(why)}")

    def _undo(self, why: str, start: bool = True) -> str:
        layout = self.layout
        ill, good = layout.named(layout.current), layout.named(layout.last_good)
        assert good is not None
        disk.put_link(layout.current, f"releases/{good}")
        disk.remove(layout.trial)
        History(layout.history).add("rolled back", good, before=ill, reason=why)
        if start and self.service is not None:
            self.say(f"back to {good}")
            try:
                self.service.restart()
            except ReleaseError as error:
                raise ReleaseError(
                    f"{why}; went back to {good}, which fails too: {error}"
                ) from error
        return good


def _now() -> dict[str, str | float]:
    """Which start of the computer this is, and seconds since it; no clock that may be set."""
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    return {"boot": boot, "seconds": time.clock_gettime(time.CLOCK_BOOTTIME)}


def _age_seconds(trial: Path) -> float:
    """How long a trial lasts; endless where it is of another start of the computer, or damaged."""
    now = _now()
    try:
        then = json.loads(trial.read_text(encoding="utf-8"))
        since = float(then["seconds"]) if then["boot"] == now["boot"] else -math.inf
    except (OSError, ValueError, TypeError, KeyError):
        since = -math.inf
    return float(now["seconds"]) - since
