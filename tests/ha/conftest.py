"""Tests with a real Home Assistant; only scripts/test-ha runs them."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from tests.ha.api import Api, log_in
from tests.ha.instance import HomeAssistant

_ROOT = os.environ.get("PARLOR_HA", "")
collect_ignore_glob = [] if _ROOT else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "homeassistant: needs what scripts/test-ha starts")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.homeassistant)


@pytest.fixture(scope="session")
def house_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def assistant(house_broker: Broker) -> Iterator[HomeAssistant]:
    with HomeAssistant(Path(_ROOT), house_broker.port) as running:
        yield running


@pytest.fixture
async def api(assistant: HomeAssistant) -> AsyncIterator[Api]:
    async with log_in(assistant.address, assistant.token) as logged_in:
        yield logged_in


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speakers of one test remember what they were told, and nothing else."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))


@pytest.fixture(autouse=True)
def quiet_log(assistant: HomeAssistant) -> Iterator[None]:
    """Home Assistant's log says nothing about us, whatever the test does."""
    yield
    ours = [line for line in assistant.complaints() if "parlor" in line or "kitchen" in line]
    assert not ours
