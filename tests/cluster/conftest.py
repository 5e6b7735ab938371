"""Tests with a real Ray cluster; only scripts/test-cluster runs them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.lamp import Lamps
from tests.cluster.programs import Cluster, Gateway

collect_ignore_glob = [] if os.environ.get("PARLOR_RAY") else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cluster: needs what scripts/test-cluster installs")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            # The first one waits until the cluster is there; on a busy machine that takes minutes.
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two replicas of everything."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def house_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def lamps(house_broker: Broker) -> Iterator[Lamps]:
    with Lamps("127.0.0.1", house_broker.port) as shining:
        yield shining


@pytest.fixture
def gateways(cluster: Cluster, house_broker: Broker, tmp_path: Path) -> Iterator[list[Gateway]]:
    """Two that let the cluster understand and speak, and can do it themselves."""
    with (
        Gateway(tmp_path / "one", cluster, house_broker.port) as one,
        Gateway(tmp_path / "two", cluster, house_broker.port) as two,
    ):
        yield [one, two]
