"""Lets people in, as many as there is room for, and shows them out when their time is over."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from device import events as e
from device.brief import Brief, Exchanges
from device.bus import Subscription
from device.config import ConversationEngine, GatewayConfig
from device.errors import HouseFull, NotAdmitted, VisitOver
from device.folders import read_key
from device.gateway.access import Access, Knock
from device.gateway.visit import Visit, Welcome
from device.hal.base import Microphone, Speaker
from device.metrics.doors import DoorTally
from device.tasks import end

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

_SIGNS_OF_LIFE: Final = (e.SpeechStarted, e.UtteranceGiven, e.PlaybackFinished)


class Stay:
    """A visit that ends after a while."""

    def __init__(
        self, visit: Visit, limit: asyncio.Timeout, idle_seconds: float,
        answered: Callable[[float], None],
    ) -> None:  # fmt: skip
        """`answered` is told seconds from the end of speech to the first sound of each answer."""
        self._visit = visit
        self._answered = answered
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._latest = limit.when()

    @property
    def busy(self) -> bool:
        """True while it listens or answers, or is about to."""
        return self._visit.busy

    def subscribe(self) -> Subscription:
        """What happens in it from now on."""
        return self._visit.subscribe()

    def post(self, event: e.Event) -> None:
        """Hand in an event."""
        self._visit.post(event)

    def forget(self) -> None:
        """What was said in it was never said."""
        self._visit.forget()

    @property
    def thinks(self) -> bool:
        """Whether a language model answers, or is asked what the speaker does not understand."""
        return self._visit.thinks

    def recall(self, exchanges: Exchanges) -> None:
        """This was said so far, and nothing else."""
        self._visit.recall(exchanges)

    def brief(self, brief: Brief) -> None:
        """Go by these wishes from the next sentence on."""
        self._visit.brief(brief)

    def touch(self) -> None:
        """The client did something that a person wanted: it is not idle."""
        idle_at = asyncio.get_running_loop().time() + self._idle_seconds
        if not self._limit.expired():
            self._limit.reschedule(idle_at if self._latest is None else min(idle_at, self._latest))

    async def watch(self) -> None:
        """Whoever speaks or is spoken to is not idle."""
        async for event in self.subscribe():
            if isinstance(event, _SIGNS_OF_LIFE):
                self.touch()
            if isinstance(event, e.TurnMeasured) and "end_to_end" in event.stages:
                self._answered(event.stages["end_to_end"] / 1000)


class Reception:
    """Who is here, and who may come in."""

    def __init__(self, config: GatewayConfig, welcome: Welcome) -> None:
        """Raises ConfigError when the tokens cannot be read."""
        self._config = config
        self._welcome = welcome
        tokens = read_key(config.token_file).split()
        host = socket.gethostname()
        called = urlsplit(config.phone.public_url).hostname
        names = filter(None, (host, f"{host}.local", called))
        self._access = Access(tokens, config.origins, names, config.knocks_per_minute)
        self._engines: dict[str, ConversationEngine] = {
            "voice": config.voice_engine, "realtime": config.realtime_engine,
            "webrtc": config.webrtc_engine, "livekit": config.webrtc_engine,
            "phone": config.phone_engine,
        }  # fmt: skip
        self._tally = DoorTally()

    def metrics(self) -> Iterator[str]:
        """Who came and comes, as Prometheus reads it."""
        return self._tally.lines()

    def check(self, connection: "HTTPConnection", *, needs_token: bool = True) -> None:
        """Let somebody knock before anything is answered. Raises NotAdmitted.

        Not `needs_token`: the door knows its client by a signature.
        """
        client = connection.client
        knock = Knock(
            client.host if client else "", connection.headers,
            connection.query_params.get("token", ""),
        )  # fmt: skip
        now = asyncio.get_running_loop().time()
        try:
            self._access.check(knock, now, needs_token=needs_token)
        except NotAdmitted as refused:
            self._tally.refuses(refused.status)
            raise

    @property
    def full(self) -> bool:
        """Whether nobody else can be spoken with now."""
        return self._tally.inside >= self._config.sessions

    @asynccontextmanager
    async def visit(
        self, door: str, microphone: Microphone, speaker: Speaker
    ) -> AsyncIterator[Stay]:
        """A conversation for as long as the block lasts.

        Raises HouseFull at once, and in the block VisitOver when its time is over.
        """
        if self.full:
            self._tally.finds_it_full(door)
            raise HouseFull("as many people are spoken with as there is room for; come back later")
        self._tally.enters(door)
        try:
            async with self._limited(door, microphone, speaker) as stay:
                yield stay
        except VisitOver:
            self._tally.expires(door)
            raise
        finally:
            self._tally.leaves(door)

    @asynccontextmanager
    async def _limited(
        self, door: str, microphone: Microphone, speaker: Speaker
    ) -> AsyncIterator[Stay]:
        config, engine = self._config, self._engines.get(door, "local")
        try:
            async with (
                asyncio.timeout(config.total_seconds) as limit,
                self._welcome(microphone, speaker, engine) as visit,
            ):
                answered = partial(self._tally.answers, door)
                stay = Stay(visit, limit, config.idle_seconds, answered)
                stay.touch()
                watching = asyncio.create_task(stay.watch())
                try:
                    yield stay
                finally:
                    await end(watching)
        except TimeoutError:
            if not limit.expired():
                raise
            raise VisitOver("nothing was said for long, or the visit took its whole time") from None
