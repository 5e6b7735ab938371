"""What is installed knows the same models as the repository."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_manifest_goes_into_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["device.models"]
    package = ROOT / "device" / "models"
    packed = {file.name for pattern in patterns for file in package.glob(pattern)}
    manifests = {file.name for file in (ROOT / "models").glob("*.toml")}
    assert len(manifests) > 20
    assert packed == manifests
