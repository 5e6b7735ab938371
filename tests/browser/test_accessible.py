"""What axe-core, a judge that nobody here wrote, finds wrong for people who see or move less."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.visitor import LAPTOP, PHONE, recording, visiting
from tests.gateway.house import open_house

AXE = Path(os.environ["PARLOR_AXE"]).read_text()
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


async def faults(page: Page) -> list[dict[str, Any]]:
    """What breaks a rule now, and where."""
    await page.evaluate(AXE)
    found = await page.evaluate(
        f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then((found) => found.violations)"
    )
    return [
        {
            "rule": fault["id"],
            "help": fault["help"],
            "where": [one["html"] for one in fault["nodes"]],
        }
        for fault in found
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_axe_finds_nothing_wrong(
    tmp_path: Path, album: Path, size: tuple[int, int], scheme: str
) -> None:
    found = {}
    async with (
        open_house(tmp_path) as house,
        visiting(house, album, size=size, color_scheme=scheme) as visitor,
    ):
        page = visitor.page
        await visitor.connected()
        found["ready"] = await faults(page)
        await visitor.type("set a timer for ten minutes")
        await visitor.in_state("idle")
        await visitor.type("turn on the kitchen light")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
        await visitor.picture("used", whole=True)
        found["used"] = await faults(page)
        await page.locator("#open-settings").click()
        await expect(page.locator("#settings")).to_be_visible()
        found["settings"] = await faults(page)
        await visitor.picture("settings")
    assert found == {"ready": [], "used": [], "settings": []}


async def test_who_wants_less_motion_gets_a_ring_that_stands_still(
    tmp_path: Path, album: Path
) -> None:
    silence = recording(tmp_path / "heard.wav")
    async with (
        open_house(tmp_path) as house,
        visiting(house, album, silence, reduced_motion="reduce") as visitor,
    ):
        await visitor.connected()
        await visitor.page.locator("#talk").click()
        await expect(visitor.page.locator("#ring")).to_have_attribute("data-picture", "waiting")
        seen = {
            await visitor.page.evaluate(
                "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame("
                "() => done(document.getElementById('ring').toDataURL()))))"
            )
            for _ in range(20)
        }
    assert len(seen) == 1
