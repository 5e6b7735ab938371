"""Tests with Debian roots; only scripts/test-fleet runs them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_FIGURES = pytest.StashKey[list[str]]()
_CACHE = os.environ.get("PARLOR_FLEET", "")
collect_ignore_glob = [] if _CACHE else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fleet: needs what scripts/test-fleet makes")
    config.stash[_FIGURES] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.fleet)


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where scripts/test-fleet keeps roots, tools and bundles."""
    return Path(_CACHE)


@pytest.fixture
def figure(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Says a figure after the tests."""
    return pytestconfig.stash[_FIGURES].append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figure in terminalreporter.config.stash.get(_FIGURES, []):
        terminalreporter.write_line(figure)
