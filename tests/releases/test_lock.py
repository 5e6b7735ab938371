from pathlib import Path

import pytest

from device.errors import ReleaseError, UsageError
from device.releases.building import MACHINES, PYTHONS, Target
from device.releases.lock import EXTRAS, needed, read_lock, requirements, roots

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
HASH, OTHER = (f"--hash=sha256:{digit * 64}" for digit in "01")
LOCK = f"""# made by a tool
engine==1.0 \\
    {HASH} \\
    {OTHER}
    # via parlor-speaker (pyproject.toml)
Maths_Library==2.0 \\
    {HASH}
    # via
    #   engine
    #   linter
linter==3.0 \\
    {HASH}
    # via parlor-speaker (pyproject.toml)
"""


def test_a_release_has_what_is_needed_and_nothing_else() -> None:
    pins = needed(read_lock(LOCK), {"engine"})
    assert [pin.name for pin in pins] == ["engine", "maths-library"]
    assert requirements(pins) == f"engine==1.0 {HASH} {OTHER}\nmaths-library==2.0 {HASH}\n"


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_lock_gives_a_whole_release(python: str, machine: str) -> None:
    pins = read_lock((ROOT / Target(python, machine).lock).read_text())
    wanted = roots(PYPROJECT, EXTRAS)
    names = {pin.name for pin in needed(pins, wanted)}
    assert wanted <= names
    assert {"pydantic-core", "onnxruntime"} <= names  # what others need
    assert not {"pytest", "mypy", "ruff", "onnx"} & names


def test_an_unknown_extra_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no extra 'whipser'; there are pyaudio, whisper"):
        roots(PYPROJECT, ["whipser"])


def test_what_is_no_lock_is_refused() -> None:
    with pytest.raises(ReleaseError, match="make lock"):
        read_lock("# nothing\n")
