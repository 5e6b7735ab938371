"""The service that a test names by its engine."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.local_server import Server, serving
from tests.pipeline.stt.cloud.accounts import POSTED, SPOKEN

SERVICES: dict[str, type[Server]] = {**POSTED, **SPOKEN}


@pytest.fixture
def fake(engine: str) -> Iterator[Any]:
    with serving(SERVICES[engine]()) as running:
        yield running
