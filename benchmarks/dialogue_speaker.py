"""A whole speaker that asks a language model, and what is measured of it, one turn at a time."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.llm_request import Json
from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from benchmarks.soak import Point, count
from device import events as e
from device.bus import Subscription
from device.config import (
    CareConfig,
    Config,
    DialogConfig,
    EntityConfig,
    HomeConfig,
    LlmConfig,
    MqttConfig,
    TtsConfig,
)
from device.conversation.base import Utterance
from device.conversation.cascade import Cascade
from device.daemon import open_parlor
from device.dialog.agent import LocalAgent
from device.dialog.history import History
from device.dialog.llm import LanguageModel
from device.dialog.llm_client import LlmClient
from device.dialog.llm_server import LlmServer
from device.dialog.tool_calls import Toolbox
from device.executor import open_executor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import SimulatedHome
from device.outside import Outside
from device.pipeline.mock import MockStt, MockTts
from device.running import Parlor
from device.types import Domain

E = TypeVar("E", bound=e.Event)

TOKENS_PER_SECOND: Final = 50.0
_AT_ONCE: Final = 100_000.0
_ANSWERS: Final = (
    "Because air scatters blue light more than red light, which you see in the evening.",
    "The moon makes most of them, and the sun a smaller part, as both pull at the water.",
    "It is about three hundred and eighty thousand kilometres from here to there.",
    "Leaves are green since they use the other colours of the light for growing.",
    "Bread rises when yeast eats sugar and gives off a gas that cannot get out.",
)
_LAMPS: Final = ("kitchen light", "bedroom light", "office light", "hallway light")
_WARM_UP: Final = 5
_LAMP_EVERY: Final = 10
_COUNT_EVERY: Final = 10
_CACHED: Final = 100
"""Answers: the cache is full before growth is measured."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A speaker that can be asked, and the model that it asks."""

    parlor: Parlor
    fake: FakeLlm
    events: Subscription
    speaker: WavSpeaker

    async def first_audio_ms(self, number: int) -> float:
        """Ask aloud; from the first token of the answer to its first sound, which is cut then."""
        self.forget()
        await self._say(number, spoken=True)
        await self._until(e.PlaybackStarted)
        heard = _now()
        self.parlor.session.post(e.StopRequested(by="bench"))
        await self.parlor.settled(0.2)
        return 1_000 * (heard - self.fake.began_at[0])

    async def turn_ms(self, number: int) -> float:
        """Ask in writing; from the question to the whole answer."""
        self.forget()
        began = _now()
        await self._say(number, spoken=False)
        while not (await self._until(e.ReplyText)).is_final:
            pass
        took = 1_000 * (_now() - began)
        while (await self._until(e.StateChanged)).new != e.TurnState.IDLE:
            pass
        return took

    async def round_trip_ms(self, number: int) -> float:
        """Let the model turn on a lamp; what passes between its call and the next request."""
        lamp = json.dumps({"name": _LAMPS[number % len(_LAMPS)]})
        self.fake.wants = lambda request: () if _is_told(request) else [("HassTurnOn", lamp)]
        await self.turn_ms(number)
        self.fake.wants = lambda _request: ()
        told = next(at for at, one in enumerate(self.fake.asked) if _is_told(one))
        return 1_000 * (self.fake.taken_at[told] - self.fake.ended_at[0])

    def forget(self) -> None:
        """What the server notes and what was heard would grow: neither is the speaker's."""
        for notes in (self.fake.asked, self.fake.taken_at, self.fake.began_at, self.fake.ended_at):
            notes.clear()
        self.speaker.forget()

    async def _say(self, number: int, *, spoken: bool) -> None:
        self.parlor.session.post(e.UtteranceGiven(text=_question(number), spoken=spoken))

    async def _until(self, kind: type[E]) -> E:
        async for event in self.events:
            if isinstance(event, kind):
                return event
        raise RuntimeError("the speaker has ended")


@asynccontextmanager
async def talking(mqtt: MqttConfig, tts: TtsConfig, folder: Path) -> AsyncIterator[Talk]:
    """A speaker in a home with lamps, and a model that answers at once unless it is slowed."""
    answers = cycle(_ANSWERS)
    with serving(FakeLlm(lambda _text: next(answers))) as fake:
        llm = LlmConfig(base_url=fake.url, model=MODEL, key_file=_key(folder))
        # Another voice than the one that is measured would be no help.
        care = CareConfig(degrade=False)
        home = HomeConfig(entity=_lamps())
        # A cache being filled would look like a leak, and "one moment" like an answer.
        dialog = DialogConfig(reply_cache=_CACHED, filler_ms=0)
        config = Config(llm=llm, tts=tts, care=care, home=home, mqtt=mqtt, dialog=dialog)
        speaker = WavSpeaker()
        async with open_parlor(config, WavMicrophone(), speaker) as parlor:
            events = parlor.bus.subscribe(size=100_000)
            async with parlor.running():
                await parlor.online(5.0)
                yield Talk(parlor, fake, events, speaker)


async def first_audio(mqtt: MqttConfig, tts: TtsConfig, folder: Path, turns: int) -> list[float]:
    """Milliseconds from first token to first audio, at the pace of a model."""
    async with talking(mqtt, tts, folder) as talk:
        talk.fake.pace(TOKENS_PER_SECOND)
        await talk.first_audio_ms(-1)
        return [await talk.first_audio_ms(number) for number in range(turns)]


async def beside_bare(turns: int) -> tuple[list[float], list[float]]:
    """Milliseconds of a turn, and of the bare client's request without tools, in turns.

    What answers is the conversation alone: nobody listens meanwhile.
    """
    ours, theirs = list[float](), list[float]()
    async with answering() as (cascade, fake), _client(fake) as client:
        for number in range(turns + _WARM_UP):
            fake.asked.clear()
            ours.append(await _turn_ms(cascade, number))
            asked = {key: value for key, value in fake.asked[0].items() if key != "tools"}
            theirs.append(await _bare_ms(client, asked))
    return ours[_WARM_UP:], theirs[_WARM_UP:]


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[Cascade, FakeLlm]]:
    """What answers sentences in a home with lamps, and a model that answers at once."""
    executor, answers = open_executor("agent"), cycle(_ANSWERS)
    with serving(FakeLlm(lambda _text: next(answers), tokens_per_second=_AT_ONCE)) as fake:
        lamps = tuple(EntityConfig(name=name, domain=Domain.LIGHT, preset="zigbee2mqtt")
                      for name in _LAMPS)  # fmt: skip
        devices = load_devices(lamps)
        home, history = Home(devices), History()
        agent = LocalAgent(home.entities, home)
        config = LlmConfig(base_url=fake.url, model=MODEL)
        client, tools = LlmClient(config, KEY), Toolbox(agent)
        server = LlmServer(client, config, Outside(lambda _event: None))
        model = LanguageModel([server], history, tools)
        actuator = Actuator(SimulatedHome(devices))
        yield Cascade(
            MockStt(), agent, actuator, MockTts(), executor, "en", model=model, history=history,
            tools=tools,
        ), fake  # fmt: skip
        await model.close()
        await client.close()
        await actuator.close()
        executor.close()


async def round_trips(mqtt: MqttConfig, folder: Path, calls: int) -> list[float]:
    """Milliseconds that a lamp takes beyond what the model does."""
    async with talking(mqtt, TtsConfig(), folder) as talk:
        talk.fake.pace(_AT_ONCE)
        await talk.round_trip_ms(-1)
        return [await talk.round_trip_ms(number) for number in range(calls)]


async def grown(mqtt: MqttConfig, folder: Path, turns: int) -> list[Point]:
    """What the process holds after every tenth of so many turns, some of them with a lamp."""
    points = []
    async with talking(mqtt, TtsConfig(), folder) as talk:
        talk.fake.pace(_AT_ONCE)
        for number in range(turns):
            lamp = number % _LAMP_EVERY == 0
            await (talk.round_trip_ms(number) if lamp else talk.turn_ms(number))
            if number % _COUNT_EVERY == _COUNT_EVERY - 1:
                talk.forget()
                points.append(count("dialogue", float(number + 1), obeyed=True))
    return points


def grown_alone(mqtt: MqttConfig, folder: Path, turns: int) -> list[Point]:
    """The same in a process of its own: memory that others have left would hide a leak."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_grown, mqtt, folder, turns).result()


def _grown(mqtt: MqttConfig, folder: Path, turns: int) -> list[Point]:
    return asyncio.run(grown(mqtt, folder, turns))


async def _turn_ms(cascade: Cascade, number: int) -> float:
    began = _now()
    async for _item in cascade.respond(Utterance(text=_question(number), spoken=False)):
        pass
    return 1_000 * (_now() - began)


async def _bare_ms(client: Any, request: Json) -> float:
    began = _now()
    async with await client.chat.completions.create(**request) as stream:
        async for _chunk in stream:
            pass
    return 1_000 * (_now() - began)


@asynccontextmanager
async def _client(fake: FakeLlm) -> AsyncIterator[Any]:
    import openai

    client = openai.AsyncOpenAI(base_url=fake.url, api_key=KEY, max_retries=0)
    yield client
    await client.close()


def _lamps() -> tuple[EntityConfig, ...]:
    return tuple(
        EntityConfig(name=name, domain=Domain.LIGHT, preset="zigbee2mqtt") for name in _LAMPS
    )


def _question(number: int) -> str:
    return f"why is that so, the thing number {number} that nobody knows about"


def _is_told(request: Json) -> bool:
    """Whether the model is told what came of its call."""
    return bool(request["messages"][-1]["role"] == "tool")


def _key(folder: Path) -> Path:
    file = folder / "key"
    file.touch(mode=0o600)
    file.write_text(KEY)
    return file


def _now() -> float:
    return asyncio.get_running_loop().time()
