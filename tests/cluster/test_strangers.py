"""Whoever has no token gets nothing of a cluster: neither its engines nor Ray itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from tests.cluster.programs import Cluster

JOIN = "import ray; ray.init(address='auto'); print(ray.get(ray.remote(lambda: 6 * 7).remote()))"


async def test_engines_are_for_who_has_the_token(cluster: Cluster) -> None:
    url = f"http://127.0.0.1:{cluster.port}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key="wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()


def test_nobody_else_can_have_ray_run_a_program(cluster: Cluster) -> None:
    environment = {name: value for name, value in os.environ.items() if "RAY" not in name}
    joined = subprocess.run(
        [sys.executable, "-c", JOIN], capture_output=True, text=True, timeout=100,
        env=environment, check=False,
    )  # fmt: skip
    assert joined.returncode != 0
    assert "42" not in joined.stdout
    assert re.search("AuthToken|Unauthenticated", joined.stderr)


def test_ray_is_told_to_report_nothing(cluster: Cluster) -> None:
    (replica, _) = cluster.replicas("Ears")
    environment = Path(f"/proc/{replica}/environ").read_bytes().split(b"\0")
    assert b"RAY_USAGE_STATS_ENABLED=0" in environment
