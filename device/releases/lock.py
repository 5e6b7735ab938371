"""What of a lock a release needs: the packages of some extras, and what these need. Pure.

A lock (made by `uv pip compile`) has a block a package: `name==version`, hashes, and `# via` with
whoever needs it.
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from device.errors import ReleaseError, UsageError

EXTRAS: Final = ("whisper", "piper", "llm", "gateway", "wyoming")
"""What a speaker usually has; PyAudio and what moves pins come from Debian, compiled there."""
_BLOCK = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VIA = re.compile(r"^    #(?: via)? +([A-Za-z0-9][^\s]*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock."""

    name: str
    """In lower case, with hyphens."""
    version: str
    hashes: tuple[str, ...]
    """Options of pip, one a file."""
    needed_by: frozenset[str]


def read_lock(text: str) -> list[Pin]:
    """The packages of a lock, in its order. Raises ReleaseError."""
    blocks = [block for block in _BLOCK.split(text) if "==" in block]
    if not blocks:
        raise ReleaseError("the lock names no packages; make it anew with: make lock")
    return [_pin(block) for block in blocks]


def needed(pins: Iterable[Pin], roots: Collection[str]) -> list[Pin]:
    """The roots and what they need, in the order of the lock."""
    found, pins = set(roots), list(pins)
    while more := {pin.name for pin in pins if pin.needed_by & found} - found:
        found |= more
    return [pin for pin in pins if pin.name in found]


def requirements(pins: Iterable[Pin]) -> str:
    """What `pip install --require-hashes --requirement` reads."""
    return "".join(
        f"{pin.name}=={pin.version} {' '.join(pin.hashes)}\n"
        for pin in sorted(pins, key=lambda pin: pin.name)
    )


def roots(pyproject: str, extras: Iterable[str]) -> set[str]:
    """Names of what the speaker with these extras needs itself. Raises UsageError."""
    project = tomllib.loads(pyproject)["project"]
    optional = project["optional-dependencies"]
    listed = list(project["dependencies"])
    for extra in extras:
        if extra not in optional:
            raise UsageError(f"there is no extra {extra!r}; there are {', '.join(optional)}")
        listed += optional[extra]
    return {normal(match[0]) for one in listed if (match := _NAME.match(one))}


def normal(name: str) -> str:
    """A package's name as locks write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pin(block: str) -> Pin:
    name, _, rest = block.partition("==")
    return Pin(
        normal(name), rest.split(maxsplit=1)[0], tuple(_HASH.findall(block)),
        frozenset(normal(via) for via in _VIA.findall(block)),
    )  # fmt: skip
