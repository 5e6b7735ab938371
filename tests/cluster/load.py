"""People who speak without a pause, and what became of every sentence."""

import asyncio
from dataclasses import dataclass, field
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table
from websockets.exceptions import WebSocketException

from benchmarks.voice_client import VoiceClient, voice_client
from tests.cluster.programs import Gateway
from tests.gateway.house import spoken

COMMAND = "turn on the kitchen light"
SAID = spoken(COMMAND)
"""It comes at once: a computer too slow for real time is no reason to be heard badly."""


@dataclass
class Load:
    """All of them together."""

    url: str
    done: int = 0
    """Turns with the right transcript and a spoken reply."""
    wrong: list[str] = field(default_factory=list)
    """What was understood or said in the others."""
    again: int = 0
    """Sentences said once more, because the gateway was gone."""
    waits: list[float] = field(default_factory=list)
    """Seconds from the end of each sentence to the first sound of its reply."""
    _ended: bool = False

    async def speaker(self) -> None:
        """One person with a talk button, who connects anew when the connection breaks."""
        while not self._ended:
            try:
                async with voice_client(
                    self.url, speaks=False, listen="on_request", events=True
                ) as client:
                    await client.came("status", status="stopped")
                    while not self._ended:
                        await self._turn(client)
            except TimeoutError:
                self.wrong.append("no answer")
            except (WebSocketException, OSError):
                self.again += 1
                await asyncio.sleep(0.1)

    async def reach(self, turns: int) -> None:
        """Wait for so many turns more."""
        wanted = self.done + turns
        while self.done < wanted:
            await asyncio.sleep(0.05)

    def end(self) -> None:
        """Nobody begins another sentence."""
        self._ended = True

    async def _turn(self, client: VoiceClient) -> None:
        client.messages.clear()
        await client.send("listen")
        await client.came("status", status="listening")
        turn = await client.reply(await client.hand_over(SAID))
        await client.came("event", event="state_changed", new="idle")
        if turn.transcript != COMMAND or len(turn.sound) == 0:
            self.wrong.append(f"{turn.transcript!r} {turn.reply!r}")
            return
        self.done += 1
        self.waits.append(turn.first_sound_seconds or 0.0)

    def show(self, title: str, gateways: list[Gateway]) -> None:
        """Tell a person what became of it."""
        table = Table(title=title, show_header=False, box=None, title_justify="left")
        understood, spoke = (sum(way) for way in zip(*(one.alone for one in gateways), strict=True))
        table.add_row("turns", str(self.done))
        table.add_row("failed", str(len(self.wrong)))
        table.add_row("said again", f"{self.again} (the gateway was gone)")
        table.add_row("understood on the gateway itself", str(understood))
        table.add_row("spoken on the gateway itself", str(spoke))
        p95 = quantiles(self.waits, n=20)[-1]
        table.add_row(
            "end of speech to first sound", f"p50 {median(self.waits):.2f} s, p95 {p95:.2f} s"
        )
        Console().print(table)
