"""A gateway with a telephone and no engine: the conversation is what a test makes of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.broker import free_port
from benchmarks.phone_client import Company
from device import events as e
from device.brief import Brief, Exchanges
from device.bus import Bus, Subscription
from device.config import ConversationEngine, GatewayConfig
from device.gateway.home_view import HomeView
from device.gateway.phone.outgoing import Outgoing
from device.gateway.phone.switchboard import Switchboard, Words
from device.gateway.reception import Reception
from device.gateway.server import Gateway, make_app
from device.hal.base import Microphone, Speaker
from device.ledger import Ledger
from device.outside import Outside
from device.tasks import end
from tests.gateway.house import doors_opened

CALLER, GRANDMA, OURS = "+4930901820", "+4930901821", "+14155550100"
WORDS = Words("Hello.", "Time is over.", "yes", "no")


@dataclass
class Talk:
    """One conversation; it does what the test says."""

    microphone: Microphone
    speaker: Speaker
    bus: Bus = field(default_factory=Bus)
    posted: list[e.Event] = field(default_factory=list)
    busy: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def subscribe(self) -> Subscription:
        """What happens in it from now on."""
        return self.bus.subscribe()

    def post(self, event: e.Event) -> None:
        """Remember it."""
        self.posted.append(event)
        self.changed.set()

    @property
    def thinks(self) -> bool:
        """Nobody is asked."""
        return False

    def forget(self) -> None:
        """There is nothing to forget."""

    def recall(self, exchanges: Exchanges) -> None:
        """There is nothing to recall it with."""

    def brief(self, brief: Brief) -> None:
        """There is nobody to brief."""

    def tell(self, *events: e.Event) -> None:
        """Let this happen."""
        for event in events:
            self.bus.tell(event)

    async def until_posted(self, event: e.Event) -> None:
        """Wait until this was handed in."""
        while event not in self.posted:
            self.changed.clear()
            await self.changed.wait()


class House:
    """Where calls go, and the conversations so far."""

    def __init__(self, folder: Path, config: GatewayConfig, company: Company, words: Words) -> None:
        self.config = config
        self.company = company
        self.talks: list[Talk] = []
        self.arrived = asyncio.Event()
        self.told: list[e.Event] = []
        """What leaves the house."""
        self.unanswered: list[str] = []
        self.ledger = Ledger(folder, date.today, time.monotonic)
        outside = Outside(self.told.append, self.ledger.add)
        outgoing = None
        if config.phone.contacts:
            ledger = self.ledger
            outgoing = Outgoing(config.phone, company.token, outside, ledger.spent, ledger.save)
        self._switchboard = Switchboard(
            config.phone, company.token, words, outside, outgoing, self.unanswered.append
        )

    def gateway(self) -> Gateway:
        """What serves it."""
        reception = Reception(self.config, self._welcome)
        view = HomeView(list, list, lambda _: None, datetime.now)
        return Gateway(
            self.config, make_app(reception, self.config, view, switchboard=self._switchboard)
        )

    async def talk(self) -> Talk:
        """The newest conversation, as soon as it is there."""
        await self.arrived.wait()
        self.arrived.clear()
        return self.talks[-1]

    @asynccontextmanager
    async def _welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine
    ) -> AsyncIterator[Talk]:
        self.talks.append(Talk(microphone, speaker))
        self.arrived.set()
        yield self.talks[-1]


@asynccontextmanager
async def telephone(
    folder: Path, options: dict[str, Any] | None = None, words: Words = WORDS, **phone: Any
) -> AsyncIterator[House]:
    """A house that CALLER may call; `phone` are options of [gateway.phone], others of [gateway]."""
    port = free_port()
    company = Company(f"http://127.0.0.1:{port}")
    named = {
        "auth_token_file": "token", "public_url": company.public_url, "callers": [CALLER], **phone,
    }  # fmt: skip
    given = {"port": port, "simple_port": 0, "knocks_per_minute": 60_000, **(options or {})}
    config = GatewayConfig.model_validate({**given, "phone": named})
    house = House(folder, config, company, words)
    serving = asyncio.create_task(house.gateway().run())
    try:
        await doors_opened(config)
        yield house
    finally:
        await end(serving)
