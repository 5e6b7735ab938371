"""Somebody with a browser: a real Chromium, whose microphone plays a recording."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import soundfile
from playwright.async_api import Browser, Page, WebSocket, async_playwright, expect

from benchmarks.espeak import speak
from device.audio.format import RATE
from tests.gateway.house import House

WAIT_SECONDS = 20.0
"""The machines that run this are slow; nothing here measures time."""
LAPTOP, PHONE = (1440, 900), (360, 740)

_FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
)


@dataclass
class Visitor:
    """One page, and what went over its lines."""

    page: Page
    album: Path
    requests: list[str] = field(default_factory=list)
    """URLs."""
    complaints: list[str] = field(default_factory=list)
    """What the browser's console calls a warning or an error."""
    messages: list[str] = field(default_factory=list)
    """Text that came over the WebSocket."""
    sound_bytes: int = 0
    """That came over the WebSocket."""
    sent_bytes: int = 0

    async def connected(self) -> None:
        """Wait until the page says so."""
        await expect(self.page.locator("#connection-text")).to_have_text("Connected")

    async def shows(self, selector: str, text: str) -> None:
        """Wait until a part of the page contains a text."""
        await expect(self.page.locator(selector)).to_contain_text(text, ignore_case=True)

    async def in_state(self, state: str) -> None:
        """Wait until the page is in a state: idle, listening, hearing, processing, responding."""
        await expect(self.page.locator("body")).to_have_attribute("data-state", state)

    async def picture(self, name: str, *, whole: bool = False) -> None:
        """Keep what is seen now; `whole`: what has to be scrolled to as well."""
        await self.page.screenshot(path=self.album / f"{name}.png", full_page=whole)

    async def type(self, question: str) -> None:
        """Ask without a voice."""
        await self.page.locator("#question").fill(question)
        await self.page.keyboard.press("Enter")

    def strangers(self) -> list[str]:
        """Requests to anybody but the house."""
        home = urlsplit(self.page.url).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in (home, "")]

    def watch(self) -> None:
        """Note everything from now on."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("websocket", self._follow)

    def _note(self, message: Any) -> None:
        if message.type in ("warning", "error"):
            self.complaints.append(message.text)

    def _follow(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framereceived", self._receive)
        socket.on("framesent", self._send)

    def _receive(self, payload: str | bytes) -> None:
        if isinstance(payload, str):
            self.messages.append(payload)
        else:
            self.sound_bytes += len(payload)

    def _send(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.sent_bytes += len(payload)


@asynccontextmanager
async def browsing(heard: Path | None = None) -> AsyncIterator[Browser]:
    """A Chromium whose microphone plays a WAV file once, and is silent afterwards."""
    flags = [*_FLAGS, *([f"--use-file-for-fake-audio-capture={heard}%noloop"] if heard else [])]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["PARLOR_CHROMIUM"], args=flags
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visiting(
    house: House,
    album: Path,
    heard: Path | None = None,
    size: tuple[int, int] = LAPTOP,
    complains: bool = False,
    **options: Any,
) -> AsyncIterator[Visitor]:
    """The page of a house, connected; it asked nobody else, and nothing in it went wrong.

    `complains`: the browser may. `options` are those of a browser context.
    """
    options = {"viewport": {"width": size[0], "height": size[1]}, **options}
    async with browsing(heard) as browser:
        page = await (await browser.new_context(**options)).new_page()
        page.set_default_timeout(1000 * WAIT_SECONDS)
        expect.set_options(timeout=1000 * WAIT_SECONDS)
        visitor = Visitor(page, album)
        visitor.watch()
        await page.goto(f"{house.http}/")
        try:
            yield visitor
        finally:
            await visitor.picture("last")
        assert visitor.strangers() == []
        assert complains or visitor.complaints == []


def recording(path: Path, *spoken: tuple[float, str]) -> Path:
    """A WAV file with sentences, each after so many seconds of silence."""
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for seconds, text in spoken:
            file.write(np.zeros(round(seconds * RATE), np.int16))
            file.write(speak(text).samples)
        file.write(np.zeros(60 * RATE, np.int16))
    return path
