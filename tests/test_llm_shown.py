"""What a language model is for, in real time: a recorded question, two lamps, and a server that
dies. Microphone, engines, broker and lamps are real or as real as files; the model is scripted."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from benchmarks.broker import Broker
from benchmarks.lamp import Lamps
from benchmarks.llm_server import KEY, MODEL, FakeLlm, Fault, serving
from benchmarks.recordings import folder
from benchmarks.scripted_whisper import make_whisper
from device import events as e
from device.audio.files import read_sound
from device.audio.format import Samples
from device.config import Config
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.pipeline.stt.whisper_prompt import decoder_prompt, name_tokens
from device.running import Parlor
from tests.config.story import silence, words

pytest.importorskip("openai")
pytestmark = pytest.mark.broker

QUESTION = "what's the weather like in new york"
ANSWER = (
    "In New York it is sunny today. There is a little wind from the sea. It may rain tomorrow. "
    "Take an umbrella with you then."
)
RECORDED = "cmd_home_en/speech-to-phrase__what_s_the_weather_like_in_New_York.wav"


@dataclass
class Room:
    """A speaker, what is said to it, and what it tells."""

    parlor: Parlor
    microphone: WavMicrophone
    events: list[tuple[float, e.Event]] = field(default_factory=list)

    async def says(self, sound: Samples) -> None:
        """Press the button, say something, and wait for the answer to end."""
        self.parlor.session.post(e.ListenRequested())
        await asyncio.sleep(0.5)
        await self.microphone.play(np.concatenate((sound, silence(1.5))))
        await self.parlor.settled(0.5)

    def times(self, kind: type[e.Event]) -> list[float]:
        return [at for at, event in self.events if isinstance(event, kind)]

    @property
    def pieces(self) -> list[tuple[float, str]]:
        """Pieces of answers, and when each was told."""
        told = [(at, event) for at, event in self.events if isinstance(event, e.ReplyText)]
        return [(at, event.text) for at, event in told if not event.is_final]

    @property
    def replies(self) -> list[str]:
        told = [event for _, event in self.events if isinstance(event, e.ReplyText)]
        return [event.text for event in told if event.is_final]

    async def note(self) -> None:
        async for event in self.parlor.bus.subscribe():
            self.events.append((asyncio.get_running_loop().time(), event))


@pytest.fixture
def fake() -> Iterator[FakeLlm]:
    with serving(FakeLlm(lambda _told: ANSWER)) as running:
        yield running


@pytest.fixture
def lamps(broker: Broker) -> Iterator[Lamps]:
    with Lamps("127.0.0.1", broker.port) as obeying:
        yield obeying


@pytest.fixture
def config(fake: FakeLlm, broker: Broker, tmp_path: Path) -> Config:
    """Commands are understood by the closed vocabulary, the question by a scripted Whisper."""
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(KEY)
    names = ("kitchen light", "hallway light")
    model = whisper_that_expects(names, tmp_path / "whisper")
    stt = {"engines": ["command", "whisper"], "whisper_model": str(model)}
    things = [{"name": name, "domain": "light", "preset": "zigbee2mqtt"} for name in names]
    llm = {"base_url": fake.url, "model": MODEL, "key_file": key}
    values = {"stt": stt, "llm": llm, "home": {"entity": things}, "mqtt": broker.config}
    return Config(**values, dialog={"filler_ms": 0}, audio={"earcons": False})  # type: ignore[arg-type]


def whisper_that_expects(names: Sequence[str], folder: Path) -> Path:
    """A Whisper that writes down the question, whatever it hears, when it is told these names."""
    from tokenizers import Tokenizer

    script = f"{QUESTION} <|endoftext|>"
    make_whisper(folder, script)
    tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
    prompt = decoder_prompt(tokens, "en", name_tokens(tokens, names))
    return make_whisper(folder, script, prompt_tokens=len(prompt))


@asynccontextmanager
async def a_room(config: Config) -> AsyncIterator[Room]:
    microphone = WavMicrophone()
    async with open_parlor(config, microphone, WavSpeaker()) as parlor:
        room = Room(parlor, microphone)
        noting = asyncio.create_task(room.note())
        async with parlor.running():
            await parlor.online(5.0)
            yield room
    await noting


@pytest.fixture
def question() -> Samples:
    place = folder()
    if place is None:
        pytest.skip("the recordings are not there")
    return read_sound(place / RECORDED)


async def test_a_recorded_question_is_answered_sentence_by_sentence_while_the_model_still_talks(
    fake: FakeLlm, config: Config, question: Samples
) -> None:
    fake.pace(8)
    async with a_room(config) as room:
        await room.says(question)
    assert fake.asked[0]["messages"][-1]["content"].lower() == QUESTION
    assert room.replies == [ANSWER]
    assert "".join(text for _, text in room.pieces).strip() == ANSWER
    (ended,) = fake.ended_at
    assert len([at for at, _ in room.pieces if at < ended]) >= 3
    assert room.times(e.PlaybackStarted)[0] < ended


async def test_the_model_turns_on_two_lamps_and_says_so(
    fake: FakeLlm, config: Config, question: Samples, lamps: Lamps
) -> None:
    wanted = [
        ("HassTurnOn", f'{{"name": "{name}"}}') for name in ("kitchen light", "hallway light")
    ]
    fake.wants = lambda request: wanted if request["messages"][-1]["role"] == "user" else ()
    async with a_room(config) as room:
        await room.says(question)
    assert lamps.commands == [
        ("kitchen light", {"state": "ON"}), ("hallway light", {"state": "ON"}),
    ]  # fmt: skip
    assert len(room.times(e.ActionConfirmed)) == 2
    assert room.replies == [ANSWER]


async def test_a_server_that_dies_in_a_sentence_is_told_and_the_lamp_goes_off_all_the_same(
    fake: FakeLlm, config: Config, question: Samples, lamps: Lamps
) -> None:
    fake.fault = Fault.CUT
    async with a_room(config) as room:
        await room.says(question)
        await room.says(words("turn off the kitchen light"))
    broken, done = room.replies
    assert broken == "In New York it\nI cannot reach my language model right now."
    assert done == "Turned off the light"
    assert lamps.commands == [("kitchen light", {"state": "OFF"})]
    assert len(fake.asked) == 1
