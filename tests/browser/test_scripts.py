"""The scripts' own arithmetic, compared with what it mirrors."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device.events import TurnMeasured
from device.gateway.voice.voicechat import read_sound
from device.hal.patterns import Picture, Scene, render
from device.metrics.statistics import TurnStatistics
from tests.browser.visitor import Visitor, visiting
from tests.gateway.house import open_house


async def called(visitor: Visitor, module: str, code: str, argument: Any = None) -> Any:
    """What a function of one of the page's modules gives; `code` is JavaScript of (m, x)."""
    return await visitor.page.evaluate(
        f"async (x) => {{ const m = await import('/web/{module}'); return {code}; }}", argument
    )


async def test_scripts_reckon_as_the_speaker_does(tmp_path: Path, album: Path) -> None:
    dice = random.Random(7)
    async with open_house(tmp_path) as house, visiting(house, album) as visitor:
        await visitor.connected()
        for count in (1, 2, 3, 10, 99, 100):
            values = [dice.uniform(10, 3_000) for _ in range(count)]
            statistics = TurnStatistics()
            for value in values:
                statistics.add(TurnMeasured(stages={"stt": value}))
            spread = statistics.spreads()["stt"]
            code = "[m.percentile(x, 0.5), m.percentile(x, 0.95)]"
            assert await called(visitor, "timings.js", code, values) == [spread.p50, spread.p95]

        sent = await called(
            visitor, "protocol.js",
            "[...new Uint8Array(m.soundMessage(new Int16Array([1, -2]).buffer, "
            "{timeMs: 2 ** 32 + 5.4, playing: true, energy: 0.1}))]",
        )  # fmt: skip
        sound = read_sound(bytes(sent))
        assert (sound.time_ms, sound.playing, sound.level_dbfs) == (5, True, -20)
        assert np.frombuffer(sound.payload, "<i2").tolist() == [1, -2]

        shown = await called(visitor, "home.js", "[0, 59.2, 61, 3661].map(m.countdown)")
        assert shown == ["0:00", "1:00", "1:01", "1:01:01"]


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("waiting", Picture.WAITING_FOR_COMMAND), ("hearing", Picture.LISTENING_FOR_COMMAND),
        ("thinking", Picture.THINKING), ("replying", Picture.REPLYING),
    ],
)  # fmt: skip
async def test_the_ring_moves_as_that_of_the_device(
    tmp_path: Path, album: Path, name: str, picture: Picture
) -> None:
    """The brightest light is at the same place at the same time."""
    moments = [0.1, 0.4, 0.77, 1.3, 2.05]
    async with open_house(tmp_path) as house, visiting(house, album) as visitor:
        await visitor.connected()
        drawn = await called(
            visitor, "ring.js", "x.moments.map((at) => m.PICTURES[x.name].draw(at))",
            {"name": name, "moments": moments},
        )  # fmt: skip
    for moment, levels in zip(moments, drawn, strict=True):
        pixels = [sum(pixel) for pixel in render(Scene(picture), moment, len(levels))]
        assert pixels.index(max(pixels)) == levels.index(max(levels))


async def test_a_home_is_shown_by_rooms_and_its_names_are_never_markup(
    tmp_path: Path, album: Path
) -> None:
    lamp = {"id": "light.a", "name": "<b>lamp</b>", "area": "kitchen", "domain": "light"}
    sensor = {"id": "sensor.b", "name": "air", "area": "attic", "domain": "sensor"}
    told: list[dict[str, Any]] = [
        {
            "event": "entities",
            "entities": [
                {**lamp, "state": "on", "unit": ""}, {**sensor, "state": "21.5", "unit": "°C"},
                {"id": "x.y", "name": "gone", "area": "", "state": "", "unit": ""},
            ],
            "gone": ["light.kitchen_light", "light.bedroom_lamp"],
        },
        {"event": "entities", "entities": [], "gone": ["x.y"]},
        {
            "event": "announcements",
            "announcements": [
                {"text": "the <i>washing</i> is done", "at": "2026-11-22T12:00:00+00:00"},
                {"text": "somebody is at the door", "at": "2026-11-22T12:05:00+00:00"},
            ],
        },
        {
            "event": "timers",
            "timers": [
                {"id": "1", "kind": "timer", "name": "egg", "total_seconds": 300, "is_active": True,
                 "seconds_left": 0, "due": "2026-11-22T12:05:00+00:00"},
                {"id": "2", "kind": "timer", "name": "", "total_seconds": 600, "is_active": False,
                 "seconds_left": 125, "due": ""},
            ],
        },
    ]  # fmt: skip
    async with open_house(tmp_path) as house, visiting(house, album) as visitor:
        await visitor.shows("#entities", "kitchen light")
        code = """(() => {
            const home = new m.Home((timer) => (window.over = timer.name));
            x.forEach((part) => home.take(part));
        })()"""
        await called(visitor, "home.js", code, told)
        page = visitor.page
        rooms = await page.locator("#entities > *").all_inner_texts()
        said = await page.locator("#announcements li").all_inner_texts()
        timers = await page.locator("#timers li").all_inner_texts()
        assert await page.evaluate("window.over") == "egg"
        await visitor.picture("home")
    assert [room.split("\n") for room in rooms] == [
        ["attic"], ["air", "21.5 °C"], ["kitchen"], ["<b>lamp</b>", "on"],
    ]  # fmt: skip
    assert said[0].endswith("somebody is at the door")
    assert said[1].endswith("the <i>washing</i> is done")
    assert [timer.split("\n") for timer in timers] == [
        ["egg", "0:00"], ["10:00 Timer", "2:05, paused"],
    ]  # fmt: skip
