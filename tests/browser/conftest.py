"""Tests with a real Chromium; only scripts/test-browser runs them."""

import os
import re
from pathlib import Path

import pytest

if not os.environ.get("PARLOR_CHROMIUM"):
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs what scripts/test-browser installs")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def album(request: pytest.FixtureRequest) -> Path:
    """Where this test's pictures are kept; they are there when it fails, too."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    folder = Path("out", "browser", name)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    return folder
