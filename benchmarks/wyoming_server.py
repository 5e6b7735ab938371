"""A Wyoming server such as Home Assistant is for a satellite, and one who asks for services.

Nothing of the protocol is written here: package wyoming speaks it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.pipeline import RunPipeline
from wyoming.satellite import RunSatellite
from wyoming.snd import Played
from wyoming.tts import Synthesize, SynthesizeVoice

from device.tasks import end

_PATIENCE_SECONDS = 20.0
RATE = 22_050


class Server:
    """What it was told, and what it says."""

    def __init__(self, client: AsyncTcpClient) -> None:
        self._client = client
        self.events: list[Event] = []
        self._came = asyncio.Condition()
        self.gone = False
        """Whether the other end has hung up."""

    async def say(self, *events: Event) -> None:
        """Send in order."""
        for event in events:
            await self._client.write_event(event)

    async def until(self, kind: str, times: int = 1) -> list[Event]:
        """Wait until so many events of a type came, and give all of them."""

        def there() -> bool:
            return len(self.all(kind)) >= times or self.gone

        async with asyncio.timeout(_PATIENCE_SECONDS), self._came:
            await self._came.wait_for(there)
        assert len(self.all(kind)) >= times, f"no {kind}: the satellite hung up"
        return self.all(kind)

    async def hung_up(self) -> None:
        """Wait until the other end has hung up."""
        async with asyncio.timeout(_PATIENCE_SECONDS), self._came:
            await self._came.wait_for(lambda: self.gone)

    def all(self, kind: str) -> list[Event]:
        """Events of a type that came so far."""
        return [event for event in self.events if event.type == kind]

    async def adopt(self) -> Info:
        """Do what Home Assistant does first."""
        await self.say(RunSatellite().event())
        return await self.describe()

    async def describe(self) -> Info:
        """Ask who it is; whatever was said before has been taken then."""
        known = len(self.all("info"))
        await self.say(Describe().event())
        return Info.from_event((await self.until("info", known + 1))[-1])

    async def sentence(self, times: int = 1) -> bytes:
        """Wait for a sentence, and give its sound so far: of all sentences."""
        run = RunPipeline.from_event((await self.until("run-pipeline", times))[-1])
        assert (run.start_stage.value, run.end_stage.value) == ("asr", "tts")
        await self.until("audio-stop", times)
        return b"".join(event.payload or b"" for event in self.all("audio-chunk"))

    async def understand(self, text: str, answer: str) -> None:
        """Tell what was understood and what the answer is; its sound is to follow."""
        await self.say(
            Transcribe(language="en").event(),
            Transcript(text=text).event(),
            Synthesize(text=answer).event(),
        )

    async def play(self, seconds: float) -> None:
        """Send a sound that lasts so long, as Home Assistant does: at once, in small pieces."""
        await self.send((3_000).to_bytes(2, "little") * round(seconds * RATE), RATE)

    async def send(self, sound: bytes, rate: int, channels: int = 1) -> None:
        """Send a sound of 16 bit."""
        await self.say(AudioStart(rate, 2, channels).event())
        for begin in range(0, len(sound), 2_048):
            await self.say(AudioChunk(rate, 2, channels, sound[begin : begin + 2_048]).event())
        await self.say(AudioStop().event())

    async def transcribe(self, sound: bytes, rate: int, channels: int = 1) -> str:
        """Let a service understand a sound."""
        known = len(self.all("transcript"))
        await self.say(Transcribe(language="en").event())
        await self.send(sound, rate, channels)
        return Transcript.from_event((await self.until("transcript", known + 1))[-1]).text

    async def synthesize(self, text: str, voice: str = "") -> tuple[bytes, int]:
        """Let a service speak; the sound and its rate."""
        begun = len(self.events)
        known = len(self.all("audio-stop"))
        wanted = SynthesizeVoice(name=voice) if voice else None
        await self.say(Synthesize(text=text, voice=wanted).event())
        await self.until("audio-stop", known + 1)
        events = [event for event in self.events[begun:] if AudioChunk.is_type(event.type)]
        chunks = [AudioChunk.from_event(event) for event in events]
        return b"".join(chunk.audio for chunk in chunks), chunks[0].rate if chunks else RATE

    async def played(self, times: int = 1) -> None:
        """Wait until the satellite has played so many things."""
        assert all(Played.is_type(event.type) for event in await self.until("played", times))

    async def read(self, *, answers_pings: bool = True) -> None:
        """Keep what comes."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while (event := await self._client.read_event()) is not None:
                if Ping.is_type(event.type) and answers_pings:
                    await self.say(Pong(text=Ping.from_event(event).text).event())
                async with self._came:
                    self.events.append(event)
                    self._came.notify_all()
        async with self._came:
            self.gone = True
            self._came.notify_all()


@asynccontextmanager
async def connect(port: int, *, answers_pings: bool = True) -> AsyncIterator[Server]:
    """A server that has connected to the satellite at this port of 127.0.0.1."""
    client = AsyncTcpClient("127.0.0.1", port)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                await client.connect()
                break
            except OSError:
                await asyncio.sleep(0.01)
    server = Server(client)
    reading = asyncio.create_task(server.read(answers_pings=answers_pings))
    try:
        yield server
    finally:
        await end(reading)
        with suppress(OSError):
            await client.disconnect()
