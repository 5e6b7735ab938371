"""Coming in, being kept out, and coming back."""

from pathlib import Path
from typing import Any

from playwright.async_api import expect

from benchmarks.broker import free_port
from tests.browser.visitor import browsing, recording, visiting
from tests.gateway.house import open_house


async def test_a_lost_connection_is_told_and_comes_back(tmp_path: Path, album: Path) -> None:
    ports: dict[str, Any] = {"port": free_port(), "simple_port": 0}
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    async with open_house(tmp_path / "first", **ports) as house:
        visit = visiting(house, album, complains=True)
        visitor = await visit.__aenter__()
        await visitor.connected()
    await visitor.shows("#connection-text", "Trying again")
    await expect(visitor.page.locator("#ring")).to_have_attribute("data-picture", "lost")
    await visitor.picture("1-lost")
    await visitor.type("turn on the kitchen light")
    await visitor.shows("#notice", "Your question is kept")
    assert await visitor.page.locator("#question").input_value() == "turn on the kitchen light"
    async with open_house(tmp_path / "second", **ports) as house:
        await visitor.connected()
        await visitor.picture("2-back")
        await visitor.page.locator("#question").press("Enter")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
        await visit.__aexit__(None, None, None)
    assert house.lamps.commands == [("kitchen light", {"state": "ON"})]


async def test_a_device_without_a_network_says_so_and_comes_back(
    tmp_path: Path, album: Path
) -> None:
    async with (
        open_house(tmp_path) as house,
        visiting(house, album, complains=True) as visitor,
    ):
        await visitor.connected()
        await visitor.page.context.set_offline(True)
        await visitor.in_state("offline")
        await visitor.shows("#journal", "The connection was lost.")
        await visitor.page.context.set_offline(False)
        await visitor.connected()
        await visitor.type("turn on the kitchen light")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")


async def test_the_access_code_is_asked_for_once_and_kept_in_this_tab(
    tmp_path: Path, album: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text("open-sesame\n")
    secret.chmod(0o600)
    async with (
        open_house(tmp_path, token_file=secret) as house,
        visiting(house, album, complains=True) as visitor,
    ):
        page = visitor.page
        await expect(page.locator("#access")).to_be_visible()
        await visitor.picture("1-asked")
        await page.locator("#code").fill("abracadabra")
        await page.keyboard.press("Enter")
        await visitor.shows("#access-why", "not the right one")
        await page.locator("#code").fill("open-sesame")
        await page.keyboard.press("Enter")
        await visitor.connected()
        await page.reload()
        await visitor.connected()
        await visitor.type("turn on the kitchen light")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
        kept = await page.evaluate("[JSON.stringify(localStorage), document.cookie, location.href]")
    assert not any("sesame" in place for place in kept)
    assert not any("sesame" in url for url in visitor.requests)


async def test_a_full_house_is_told_in_words(tmp_path: Path, album: Path) -> None:
    async with (
        open_house(tmp_path, sessions=1) as house,
        visiting(house, album) as first,
    ):
        await first.connected()
        async with visiting(house, album, complains=True) as second:
            await second.shows("#notice", "come back later")
            await second.picture("full")
        await first.type("turn on the kitchen light")
        await first.shows('[data-id="light.kitchen_light"] .state', "on")


async def test_who_is_idle_is_shown_out_and_comes_back_with_a_press(
    tmp_path: Path, album: Path
) -> None:
    heard = recording(tmp_path / "heard.wav", (1.0, "turn on the kitchen light"))
    async with (
        open_house(tmp_path, idle_seconds=2) as house,
        visiting(house, album, heard) as visitor,
    ):
        await visitor.shows("#connection-text", "Resting")
        await visitor.picture("resting")
        await visitor.page.locator("#talk").click()
        await visitor.connected()


async def test_without_a_microphone_the_page_says_what_to_do(tmp_path: Path, album: Path) -> None:
    async with open_house(tmp_path) as house, browsing() as browser:
        context = await browser.new_context()
        await context.add_init_script(
            "navigator.mediaDevices.getUserMedia = () => "
            "Promise.reject(new DOMException('no', 'NotAllowedError'))"
        )
        page = await context.new_page()
        await page.goto(f"{house.http}/")
        await expect(page.locator("#connection-text")).to_have_text("Connected")
        await page.locator("#talk").click()
        await expect(page.locator("#notice")).to_contain_text("microphone is not allowed")
        await expect(page.locator("body")).to_have_attribute("data-state", "idle")
        await page.screenshot(path=album / "denied.png")
        await page.locator("#hands-free").click()
        await expect(page.locator("#hands-free")).not_to_be_checked()
