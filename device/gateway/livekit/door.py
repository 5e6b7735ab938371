"""A LiveKit room that we join as one more participant: we speak with who came first.

When that one leaves, the next is spoken with. The room takes one of the house's seats while
somebody is spoken with in it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from device import events as e
from device.audio.chunk import AudioChunk
from device.bus import Subscription
from device.config import LiveKitConfig
from device.errors import GatewayError, HouseFull, VisitOver
from device.folders import read_key
from device.gateway.hands_free import keep_listening
from device.gateway.livekit.words import CHAT, TRANSCRIPTION, Captions, State, Words
from device.gateway.reception import Reception, Stay
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from device.tasks import end, until_one_ends

_LOGGER = logging.getLogger(__name__)

RATE: Final = 48_000
"""Samples a second, both ways."""
_MOST_WAITING_SECONDS: Final = 5.0
_MOST_FRAMES: Final = 100
"""Of a participant's sound, before the oldest is lost."""
_MOST_CHUNKS: Final = 500
_LONGEST_TYPED: Final = 2_000
"""Characters of what somebody types."""
_MOST_TYPED: Final = 8
"""Texts that are read at a time."""
_FULL_SECONDS: Final = 10.0
"""When the house is full, it is asked again after so long."""


def _open_room() -> Any:
    from livekit import rtc

    return rtc.Room()


class LiveKitRoom:
    """Run it as a supervised task."""

    def __init__(
        self, reception: Reception, config: LiveKitConfig,
        open_room: Callable[[], Any] = _open_room,
    ) -> None:  # fmt: skip
        """`open_room` makes a `livekit.rtc.Room`."""
        self._reception = reception
        self._config = config
        self._open_room = open_room
        self._tracks: dict[str, tuple[Any, asyncio.Event]] = {}
        """Of people who are here, and when each has left; by id, the first to come first."""
        self._came = asyncio.Event()
        self._stay: Stay | None = None
        self._reading: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Be in the room until cancelled. Raises GatewayError when it cannot be joined or ends."""
        room, closed = self._open_room(), asyncio.Event()
        self._tracks.clear()
        room.on("track_subscribed", self._add)
        room.on("track_unsubscribed", self._remove)
        room.on("disconnected", lambda *_: closed.set())
        room.register_text_stream_handler(CHAT, self._read)
        try:
            mouth = await self._join(room)
            await until_one_ends(closed.wait(), self._meet(room, mouth), mouth.run())
        finally:
            await end(*self._reading)
            await room.disconnect()
        raise GatewayError(f"the LiveKit room at {self._config.url} was closed")

    async def _join(self, room: Any) -> "Mouth":
        from livekit import rtc

        try:
            await room.connect(self._config.url, read_key(self._config.token_file))
            source = rtc.AudioSource(RATE, 1)
            voice = rtc.LocalAudioTrack.create_audio_track("voice", source)
            await room.local_participant.publish_track(
                voice, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            )
        except (rtc.ConnectError, rtc.participant.PublishTrackError) as error:
            where = f"the LiveKit room at {self._config.url}"
            raise GatewayError(f"{where} cannot be joined: {error}") from error
        _LOGGER.info("LiveKit: in the room at %s", self._config.url)
        return Mouth(source, voice.sid)

    async def _meet(self, room: Any, mouth: "Mouth") -> None:
        while True:
            while not self._tracks:
                self._came.clear()
                await self._came.wait()
            track, left = next(iter(self._tracks.values()))
            try:
                await self._converse(room, mouth, track, left)
            except HouseFull:
                await asyncio.sleep(_FULL_SECONDS)
            except VisitOver:
                _LOGGER.debug("LiveKit: a visit took its whole time")

    async def _converse(self, room: Any, mouth: "Mouth", track: Any, left: asyncio.Event) -> None:
        microphone = NetworkMicrophone(RATE, _MOST_WAITING_SECONDS)
        speaker = NetworkSpeaker(RATE, mouth.say, mouth.forget)
        captions = Captions(track.sid, mouth.track_id)
        async with self._reception.visit("livekit", microphone, speaker) as stay:
            self._stay = stay
            told = stay.subscribe()
            try:
                await until_one_ends(
                    left.wait(), _hear(track, microphone), keep_listening(stay),
                    _tell(room.local_participant, told, captions),
                )  # fmt: skip
            finally:
                self._stay = None
                told.close()
        self._tracks.pop(track.sid, None)

    def _add(self, track: Any, *_: Any) -> None:
        from livekit import rtc

        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._tracks[track.sid] = track, asyncio.Event()
            self._came.set()

    def _remove(self, track: Any, *_: Any) -> None:
        if track is not None and track.sid in self._tracks:
            _, left = self._tracks.pop(track.sid)
            left.set()

    def _read(self, reader: Any, _identity: str) -> None:
        if len(self._reading) >= _MOST_TYPED:
            reader.close()
            return
        task = asyncio.create_task(self._ask(reader))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _ask(self, reader: Any) -> None:
        """Answer what somebody typed, cut where it is too long."""
        text = ""
        try:
            async for piece in reader:
                text += piece
                if len(text) > _LONGEST_TYPED:
                    break
        except ConnectionError as error:
            _LOGGER.debug("LiveKit: a text did not come to its end: %s", error)
            return
        finally:
            reader.close()
        if self._stay is not None and text.strip():
            self._stay.post(e.UtteranceGiven(text=text[:_LONGEST_TYPED]))


class Mouth:
    """Our voice in the room."""

    def __init__(self, source: Any, track_id: str) -> None:
        """`source` is a `livekit.rtc.AudioSource` at RATE."""
        self.track_id = track_id
        self._source = source
        self._waiting: deque[AudioChunk] = deque(maxlen=_MOST_CHUNKS)
        self._ready = asyncio.Event()

    def say(self, chunk: AudioChunk) -> None:
        """Say this after what waits."""
        self._waiting.append(chunk)
        self._ready.set()

    def forget(self) -> None:
        """Say nothing of what waits, here and in LiveKit."""
        self._waiting.clear()
        self._source.clear_queue()

    async def run(self) -> None:
        """Speak until cancelled."""
        from livekit import rtc

        try:
            while True:
                await self._ready.wait()
                self._ready.clear()
                while self._waiting:
                    chunk = self._waiting.popleft()
                    frame = rtc.AudioFrame(chunk.audio, RATE, 1, chunk.samples)
                    await self._source.capture_frame(frame)
        finally:
            await self._source.aclose()


async def _hear(track: Any, microphone: NetworkMicrophone) -> None:
    """Until the participant goes."""
    from livekit import rtc

    stream = rtc.AudioStream.from_track(
        track=track, capacity=_MOST_FRAMES, sample_rate=RATE, num_channels=1
    )
    try:
        async for heard in stream:
            microphone.feed(np.frombuffer(heard.frame.data, np.int16))
    finally:
        await stream.aclose()


async def _tell(participant: Any, told: Subscription, captions: Captions) -> None:
    """Show the room what is said and done."""
    async for event in told:
        match captions.told(event):
            case Words(text=text, attributes=attributes):
                await participant.send_text(text, topic=TRANSCRIPTION, attributes=dict(attributes))
            case State(attributes=attributes):
                await participant.set_attributes(dict(attributes))
