"""Whole telephone calls with a real house: its engines, its broker and its lamps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.broker import free_port
from benchmarks.phone_client import Company
from device.audio.format import Samples
from device.gateway.mulaw import PHONE_RATE
from tests.gateway.house import House, open_house, spoken
from tests.gateway.slow import slow

pytestmark = pytest.mark.broker

CALLER = "+4930901820"
GREETING = "Good day, this is the house, and it has a great deal to tell you before you say a word."


@asynccontextmanager
async def house_with_telephone(folder: Path, **phone: Any) -> AsyncIterator[tuple[House, Company]]:
    port = free_port()
    company, token = Company(f"http://127.0.0.1:{port}"), folder / "token"
    token.write_text(f"{company.token}\n")
    token.chmod(0o600)
    options = {
        "auth_token_file": token, "public_url": company.public_url, "callers": [CALLER], **phone,
    }  # fmt: skip
    async with open_house(folder, port=port, simple_port=0, phone=options) as house:
        yield house, company


@pytest.fixture(scope="module")
def said() -> dict[str, Samples]:
    """Sentences by their words, made before the house opens: nothing else is done meanwhile."""
    sentences = ("turn on the kitchen light", "goodbye")
    return {text: spoken(text, PHONE_RATE) for text in sentences}


@slow
async def test_a_whole_call(tmp_path: Path, said: dict[str, Samples]) -> None:
    async with (
        house_with_telephone(tmp_path, greeting=GREETING) as (house, company),
        company.call(company.form(CALLER)) as call,
    ):
        await call.until(lambda: call.heard_seconds > 0.5)
        call.say(said["turn on the kitchen light"])
        await call.until(lambda: bool(call.cleared))
        await call.listen()
        assert house.lamps.commands == [("kitchen light", {"state": "ON"})]
        call.say(said["goodbye"])
        await call.over.wait()
        assert (call.socket.close_code, call.wrong) == (1000, "")
