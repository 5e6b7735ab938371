"""The calls that Parlor makes, on the real rpi-lgpio over a chip that is not there."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KERNEL = Path(__file__).parent / "kernel"
PI_5 = "d04170"


def _story(which: str, folder: Path) -> dict[str, Any]:
    paths = [str(KERNEL), str(KERNEL.parents[2]), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "RPI_LGPIO_REVISION": PI_5}
    result = subprocess.run(
        [sys.executable, "-W", "error", KERNEL / "story.py", which],
        capture_output=True, env=environment, cwd=folder, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    assert not result.stderr, result.stderr.decode()
    story: dict[str, Any] = json.loads(result.stdout)
    return story


def test_the_simulation_does_what_the_real_package_does(tmp_path: Path) -> None:
    try:
        importlib.metadata.version("rpi-lgpio")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("rpi-lgpio is not installed; run: make setup")
    real, simulated = _story("real", tmp_path), _story("simulated", tmp_path)
    assert real["constants"] == simulated["constants"]
    assert real["levels"] == simulated["levels"] == [True, False]
    for name, parameters in simulated["parameters"].items():
        assert len(parameters) == len(real["parameters"][name]), name
    assert _essence(real["done"]) == _essence(simulated["done"])


def _essence(done: list[tuple[int, str, float]]) -> dict[int, list[tuple[str, float]]]:
    """What is done to each pin, less what the real package does twice or on its way out."""
    pins: dict[int, list[tuple[str, float]]] = {}
    for pin, what, value in done:
        steps = pins.setdefault(pin, [])
        leaves = what == "in" and steps != []
        zeroed = what == "write" and "duty" in [step for step, _ in steps]
        if not leaves and not zeroed and (what, value) not in steps[-1:]:
            steps.append((what, value))
    return pins
