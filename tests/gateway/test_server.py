"""The server that all doors share."""

from pathlib import Path

import pytest
from httpx2 import AsyncClient

from tests.gateway.house import open_house

pytestmark = pytest.mark.broker


async def test_a_load_balancer_is_told_that_it_is_well(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, AsyncClient() as client:
        answer = await client.get(f"{house.http}/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")
