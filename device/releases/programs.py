"""Runs other programs, and says what became of them."""

import os
import shlex
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence

from device.errors import ReleaseError

Say = Callable[[str], None]
"""Tells whoever waits what is being done."""
Done = subprocess.CompletedProcess[str]


def run(
    command: Sequence[str],
    seconds: float,
    more: Mapping[str, str] | None = None,
    held: Collection[int] = (),
    told: str | None = None,
) -> Done:
    """Run a program to its end, whatever its exit code is.

    `more` is added to the environment, which has nothing in it that would make another Python take
    our modules; `held` are descriptors that it keeps open; `told` is what it reads. Raises
    ReleaseError when it cannot be run, or takes longer than `seconds`.
    """
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP_"))
    }
    try:
        return subprocess.run(
            command, env={**clean, "LC_ALL": "C.UTF-8", **(more or {})}, pass_fds=tuple(held),
            input=told, stdin=subprocess.DEVNULL if told is None else None, capture_output=True,
            text=True, errors="replace", check=False, timeout=seconds,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ReleaseError(f"{shlex.join(command)}: there is no {command[0]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReleaseError(f"{shlex.join(command)}: {error}") from error


def must_run(
    command: Sequence[str],
    seconds: float,
    more: Mapping[str, str] | None = None,
    held: Collection[int] = (),
) -> str:
    """What a program prints. Raises ReleaseError when it fails, too."""
    done = run(command, seconds, more, held)
    if done.returncode:
        raise ReleaseError(f"{shlex.join(command)} failed: {last_words(done)}")
    return done.stdout


def last_words(done: Done) -> str:
    """The last line a program that failed has printed, errors first."""
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
