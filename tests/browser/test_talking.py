"""A person talks with the page: by voice, by button, by typing."""

import asyncio
import json
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from device.config import Config, SttConfig
from tests.browser.visitor import LAPTOP, PHONE, WAIT_SECONDS, Visitor, recording, visiting
from tests.gateway.house import House, open_house

LONG_QUESTION = "what can you do"
CAPTIONS = Config(stt=SttConfig(partials="on"))
"""On two cores captions are off unless somebody wants them."""

NEXT_CAPTION = """new Promise((seen) => {
    const caption = document.getElementById("caption");
    const look = () => caption.textContent && seen(caption.textContent);
    new MutationObserver(look).observe(caption, {childList: true});
})"""

SMALL_TARGETS = """[...document.querySelectorAll("button, input:not([type=hidden])")]
    .map((one) => [one.id, (one.closest("label.switch") ?? one).getBoundingClientRect()])
    .filter(([, box]) => box.height > 0 && box.height < 44).map(([id]) => id)"""


async def a_turn(visitor: Visitor, house: House) -> None:
    """Press, say "turn on the kitchen light", and see it done."""
    page = visitor.page
    await visitor.connected()
    await visitor.picture("1-ready", whole=True)
    await page.locator("#talk").click()
    await visitor.in_state("hearing")
    await visitor.picture("2-listening")
    await visitor.shows(".saying.you .text", "kitchen light")
    await visitor.in_state("responding")
    await visitor.shows(".saying.parlor .text", "light")
    await visitor.picture("3-reply")
    await visitor.in_state("idle")
    await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
    await visitor.picture("4-done", whole=True)
    assert house.lamps.commands == [("kitchen light", {"state": "ON"})]


async def test_a_spoken_command_switches_the_lamp(tmp_path: Path, album: Path) -> None:
    heard = recording(tmp_path / "heard.wav", (0.6, "turn on the kitchen light"))
    async with open_house(tmp_path) as house, visiting(house, album, heard) as visitor:
        await a_turn(visitor, house)
        await visitor.shows("#journal", "Told kitchen light: turn on.")
        await visitor.shows("#journal", "kitchen light has done it.")
        await expect(visitor.page.locator("#answer-count")).to_have_text("1")
        stages = await visitor.page.locator("#stage-rows th").all_inner_texts()
        label = await visitor.page.locator("#lanes").get_attribute("aria-label")
    assert {"Silence waited for", "Understanding", "First sound of the voice"} <= set(stages)
    assert visitor.sound_bytes > 24_000
    assert label is not None
    you, parlor = (float(part) for part in label.split() if part[0].isdigit())
    assert you > 0.5
    assert parlor > 0.5


async def test_captions_are_seen_while_somebody_speaks(tmp_path: Path, album: Path) -> None:
    heard = recording(
        tmp_path / "heard.wav",
        (0.6, "could you turn on the kitchen light in the kitchen and the lamp in the bedroom"),
    )
    async with open_house(tmp_path, CAPTIONS) as house, visiting(house, album, heard) as visitor:
        await visitor.connected()
        caption = asyncio.create_task(visitor.page.evaluate(NEXT_CAPTION))
        await visitor.page.locator("#talk").click()
        assert await asyncio.wait_for(caption, 2 * WAIT_SECONDS)
        await visitor.picture("caption")
        await expect(visitor.page.locator(".saying.you")).to_have_count(1)
        await expect(visitor.page.locator("#caption")).to_be_empty()


async def test_a_phone_needs_no_scrolling_to_the_side(tmp_path: Path, album: Path) -> None:
    heard = recording(tmp_path / "heard.wav", (0.6, "what time is it"))
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    async with (
        open_house(tmp_path) as house,
        visiting(house, album, heard, PHONE, color_scheme="light", **phone) as visitor,
    ):
        await visitor.connected()
        await visitor.page.locator("#talk").tap()
        await visitor.in_state("hearing")
        await visitor.picture("1-listening")
        await visitor.in_state("responding")
        await visitor.in_state("idle")
        await visitor.type("turn on the kitchen light")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
        await visitor.picture("2-done", whole=True)
        width = await visitor.page.evaluate("document.documentElement.scrollWidth")
        small = await visitor.page.evaluate(SMALL_TARGETS)
    assert width <= PHONE[0]
    assert small == []


async def test_hands_free_a_person_speaks_into_the_reply(tmp_path: Path, album: Path) -> None:
    heard = recording(tmp_path / "heard.wav", (6.0, "turn on the kitchen light"))
    async with open_house(tmp_path) as house, visiting(house, album, heard) as visitor:
        await visitor.connected()
        await visitor.page.locator("#hands-free").check()
        await visitor.shows("#talk-hint", "Just speak")
        await visitor.type(LONG_QUESTION)
        await visitor.in_state("responding")
        await visitor.picture("1-reply")
        await visitor.shows(".saying.parlor >> nth=0 >> .who", "interrupted")
        await visitor.picture("2-interrupted")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
        await visitor.shows("#journal", "You spoke, so Parlor fell silent.")
        assert any(json.loads(message)["type"] == "tts_stop" for message in visitor.messages)
        await visitor.shows("#talk-label", "Pause")
        await visitor.page.locator("#talk").click()
        await expect(visitor.page.locator("#hands-free")).not_to_be_checked()
    assert house.lamps.commands == [("kitchen light", {"state": "ON"})]


async def test_a_press_falls_into_the_reply_and_listens(tmp_path: Path, album: Path) -> None:
    heard = recording(tmp_path / "heard.wav", (1.5, "turn on the kitchen light"))
    async with open_house(tmp_path) as house, visiting(house, album, heard) as visitor:
        await visitor.connected()
        await visitor.type(LONG_QUESTION)
        await visitor.in_state("responding")
        await visitor.shows("#talk-label", "Interrupt")
        await visitor.page.locator("#talk").click()
        await visitor.shows(".saying.parlor >> nth=0 >> .who", "interrupted")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
    assert house.lamps.commands == [("kitchen light", {"state": "ON"})]


async def test_everything_can_be_done_with_the_keyboard(tmp_path: Path, album: Path) -> None:
    async with open_house(tmp_path) as house, visiting(house, album) as visitor:
        await visitor.connected()
        keyboard, page = visitor.page.keyboard, visitor.page
        await keyboard.press("Tab")
        await visitor.picture("1-skip")
        await keyboard.press("Enter")
        await expect(page.locator("#question")).to_be_focused()
        await keyboard.type("turn on the kitchen light")
        await keyboard.press("Enter")
        await visitor.shows(".saying.you .who", "typed")
        await visitor.shows('[data-id="light.kitchen_light"] .state', "on")
        await visitor.in_state("idle")
        await visitor.type(LONG_QUESTION)
        await visitor.in_state("responding")
        await keyboard.press("Escape")
        await visitor.shows(".saying.parlor >> nth=1 >> .who", "interrupted")
        await page.locator("#open-settings").focus()
        await keyboard.press("Enter")
        await expect(page.locator("#settings")).to_be_visible()
        await page.locator("#theme").focus()
        await page.locator("#theme").select_option("light")
        await visitor.picture("2-settings")
        await keyboard.press("Escape")
        await expect(page.locator("#settings")).to_be_hidden()
        await expect(page.locator("#open-settings")).to_be_focused()
    assert house.lamps.commands == [("kitchen light", {"state": "ON"})]


async def test_every_control_is_reached_by_tab_in_the_order_of_the_page(
    tmp_path: Path, album: Path
) -> None:
    async with open_house(tmp_path) as house, visiting(house, album) as visitor:
        await visitor.connected()
        reached = []
        for _ in range(12):
            await visitor.page.keyboard.press("Tab")
            reached.append(await visitor.page.evaluate("document.activeElement.id"))
    wanted = [
        "",
        "open-settings",
        "talk",
        "hands-free",
        "stop",
        "forget",
        "conversation",
        "question",
    ]
    assert reached[: len(wanted)] == wanted


async def test_a_timer_counts_down_and_a_new_conversation_forgets(
    tmp_path: Path, album: Path
) -> None:
    async with open_house(tmp_path) as house, visiting(house, album) as visitor:
        await visitor.connected()
        await visitor.type("set a timer for ten minutes")
        await visitor.shows("#timers .timer-left", "9:5")
        await visitor.picture("1-timer")
        await visitor.in_state("idle")
        await visitor.page.locator("#forget").click()
        await expect(visitor.page.locator(".saying")).to_have_count(0)
        while not any("reset_acknowledged" in message for message in visitor.messages):
            await asyncio.sleep(0.05)


async def test_what_is_set_stays_in_this_browser(tmp_path: Path, album: Path) -> None:
    async with open_house(tmp_path) as house, visiting(house, album, size=LAPTOP) as visitor:
        page = visitor.page
        await visitor.connected()
        await page.locator("#open-settings").click()
        await page.locator("#theme").select_option("light")
        await page.locator("#captions").uncheck()
        await page.locator("#volume").fill("0.4")
        await page.get_by_role("button", name="Done").click()
        await page.reload()
        await visitor.connected()
        assert await page.locator("html").get_attribute("data-theme") == "light"
        assert not await page.locator("#captions").is_checked()
        assert await page.locator("#volume").input_value() == "0.4"
