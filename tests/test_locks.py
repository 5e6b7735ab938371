import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
INSTALLED_EXTRAS = (
    "pyaudio", "whisper", "piper", "edge", "llm", "opus", "gateway", "webrtc", "wyoming", "bench",
    "dev",
)  # fmt: skip


def requirements(python: str) -> set[str]:
    """Names of what is needed with this Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = list(project["dependencies"])
    for extra in INSTALLED_EXTRAS:
        listed += project["optional-dependencies"][extra]
    parsed = map(Requirement, listed)
    where = {"python_version": python}
    return {
        canonicalize_name(one.name)
        for one in parsed
        if not one.marker or one.marker.evaluate(where)
    }


def pins(lock: Path) -> dict[str, str]:
    """Package name to everything written about it."""
    blocks = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.M)
    return {block.split("==")[0]: block for block in blocks if "==" in block}


def test_there_is_a_lock_for_every_supported_python_and_processor() -> None:
    assert [lock.stem for lock in LOCKS] == [
        f"py{python}-{machine}" for python in ("3.11", "3.13") for machine in ("aarch64", "x86_64")
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_pins_all_requirements_with_hashes(lock: Path) -> None:
    pinned = pins(lock)
    python = lock.stem.removeprefix("py").split("-")[0]
    assert requirements(python) <= pinned.keys()
    assert all("--hash=sha256:" in block for block in pinned.values())
