"""Stories with a model that hears and speaks at once; in virtual time."""

from collections.abc import Awaitable, Callable

from device import events as e
from device.conversation.cascade import Cascade
from device.conversation.door import Door
from device.conversation.duplex.base import DuplexModel
from device.conversation.duplex.engine import Duplex
from device.conversation.duplex.host import DuplexHost
from device.conversation.duplex.server import MoshiServer
from device.executor import InlineExecutor
from device.pipeline.mock import MockStt, MockTts, MockVad
from tests.fakes.moshi_server import FakeMoshi
from tests.fakes.speech_model import FakeSpeechModel
from tests.flow import Rig, flow, silence, speech, wake_word
from tests.leaving import noting

Scene = Callable[[Rig], Awaitable[None]]
LIGHT = "turn on the kitchen light"
LONG = "well let me think about that for a while and then say a lot of words about it"


class Story:
    """One flow with a model in it."""

    def __init__(self, model: FakeSpeechModel, session_seconds: float = 300.0) -> None:
        self.model = model
        self.host: DuplexHost | None = None
        self.writing = MockStt()
        self._session_seconds = session_seconds

    def through(self, cascade: Cascade) -> Door:
        self.host = DuplexHost(lambda _name: self.model, InlineExecutor())
        return Door(cascade, self._duplex(self.host.variant("fake")), reads=False)

    def _duplex(self, model: DuplexModel) -> Duplex:
        return Duplex(model, MockVad(), self.writing, "en", self._session_seconds)

    def play(
        self, main: Scene, stt: MockStt | None = None, mode: e.BargeIn = e.BargeIn.FULL
    ) -> Rig:
        """With the model in this process."""

        async def warm(rig: Rig) -> None:
            assert self.host is not None
            await self.host.warm_up("fake")
            self.model.minds.clear()
            await main(rig)

        return flow(warm, stt=stt, tts=MockTts(), through=self.through, mode=mode)

    def play_outside(self, server: FakeMoshi, main: Scene, stt: MockStt | None = None) -> Rig:
        """With the model on a server, which lives in virtual time too."""

        def through(cascade: Cascade) -> Door:
            return Door(cascade, self._duplex(MoshiServer(server.url, noting([]))), reads=False)

        return flow(main, stt=stt, tts=MockTts(), through=through, beside=server)


def answers(rig: Rig) -> list[str]:
    return [event.text for event in rig.of(e.ReplyText) if event.is_final]


async def asks(rig: Rig, seconds: float = 3.0) -> None:
    await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(1.2), silence(seconds))
