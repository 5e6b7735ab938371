"""Azure understands along, through Microsoft's Speech SDK (package azure-cognitiveservices-speech).

The SDK has threads and a protocol of its own; what it tells comes back into the loop. It reports
to Azure which system it runs on and how long its messages took.
"""

import asyncio
import json
import threading
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Final

from device import clock
from device.audio.format import RATE
from device.errors import EngineBusy, EngineError, EngineMissing, EngineRefused
from device.pipeline.elsewhere import endless, late
from device.pipeline.stt.cloud.asking import Asking
from device.pipeline.stt.cloud.locales import locale
from device.pipeline.stt.cloud.service import Heard, Service
from device.pipeline.stt.cloud.wire import MOST_CHARACTERS, joined

_REFUSED: Final = ("AuthenticationFailure", "Forbidden")
_BUSY: Final = "TooManyRequests"


class AzureSdk:
    """The way to the service; loads the SDK."""

    def __init__(self, url: str, key: str) -> None:
        """`url` as for the REST API. Raises EngineMissing."""
        try:
            found = find_spec("azure.cognitiveservices.speech") is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            raise EngineMissing(
                "[stt.azure] streaming needs Microsoft's Speech SDK; "
                "run: pip install 'parlor-speaker[azure]'"
            )
        import azure.cognitiveservices.speech as speech

        self._speech = speech
        host = url.replace("http", "ws", 1) if url.startswith("http") else url
        try:
            self._config = speech.SpeechConfig(host=host, subscription=key)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"the Speech SDK does not take {url} ({error})") from error
        self._config.output_format = speech.OutputFormat.Detailed

    def open(self, language: str) -> tuple[Any, Any]:
        """A stream to write PCM to, and the recogniser that reads it. Raises EngineError."""
        speech = self._speech
        try:
            form = speech.audio.AudioStreamFormat(RATE, 16, 1)
            stream = speech.audio.PushAudioInputStream(form)
            audio = speech.audio.AudioConfig(stream=stream)
            recogniser = speech.SpeechRecognizer(
                self._config, language=locale(language), audio_config=audio
            )
        except RuntimeError as error:
            raise EngineError(f"the Speech SDK does not start ({error})") from error
        return stream, recogniser


class AzureSession:
    """One sentence on its way to Azure; as Session."""

    def __init__(self, service: Service, sdk: AzureSdk, language: str, seconds: float) -> None:
        """Connecting takes `seconds` at most, and so does the answer when all was said."""
        self._service = service
        self._seconds = seconds
        self._stream, self._recogniser = sdk.open(language)
        self._fed = 0
        self._final: list[str] = []
        self._confidences: list[float] = []
        self._interim = ""
        self._failure: EngineError | None = None
        self._said = asyncio.Event()
        self._over = asyncio.Event()
        self._asking = Asking(service, self._listen, self._part)

    @property
    def heard(self) -> Heard:
        """What is understood so far. Raises EngineError when it failed."""
        self._asking.check()
        sure = self._confidences
        return Heard(joined([*self._final, self._interim]), sum(sure) / len(sure) if sure else 0.0)

    def feed(self, pcm: bytes) -> None:
        """Send more of the sentence, 16 bit mono at 16 kHz."""
        if pcm:
            self._stream.write(pcm)
            self._fed += len(pcm) // 2

    async def finish(self) -> Heard:
        """All was said: what was understood. Raises EngineError."""
        self._stream.close()  # what tells the service that all was said
        self._said.set()
        await self._asking.over()
        return self.heard

    async def close(self) -> None:
        """Break off; idempotent."""
        await self._asking.close()

    async def _listen(self) -> None:
        self._connect_events(asyncio.get_running_loop())
        self._recogniser.start_continuous_recognition_async()
        try:
            await self._said.wait()
            with clock.hold(self._seconds):
                async with asyncio.timeout(self._seconds):
                    await self._over.wait()
        except TimeoutError as error:
            raise late(self._service.host) from error
        finally:
            if self._fed:
                self._service.spend(self._fed)
        if self._failure is not None:
            raise self._failure

    def _connect_events(self, loop: asyncio.AbstractEventLoop) -> None:
        def tell(take: Any) -> Any:
            def hand_over(event: Any) -> None:
                with suppress(RuntimeError):  # nobody is there any more
                    loop.call_soon_threadsafe(take, event)

            return hand_over

        self._recogniser.recognizing.connect(tell(self._recognizing))
        self._recogniser.recognized.connect(tell(self._recognized))
        self._recogniser.canceled.connect(tell(self._canceled))
        self._recogniser.session_stopped.connect(tell(lambda _event: self._end(None)))

    def _recognizing(self, event: Any) -> None:
        self._interim = event.result.text
        if len(self._interim) > MOST_CHARACTERS:
            self._end(endless(self._service.host))

    def _recognized(self, event: Any) -> None:
        self._interim = ""
        if event.result.text:
            self._final.append(event.result.text)
            self._confidences.append(_confidence(event.result.json))

    def _canceled(self, event: Any) -> None:
        details, host = event.cancellation_details, self._service.host
        code = details.code.name
        if details.reason.name == "EndOfStream":
            self._end(None)
        elif code in _REFUSED:
            self._end(EngineRefused(f"{host} does not accept the key; check [cloud.azure]"))
        elif code == _BUSY:
            self._end(EngineBusy(f"{host} answers no more for now: too much was asked"))
        else:
            self._end(EngineError(f"{host} gave the sentence up ({code})"))

    def _end(self, error: EngineError | None) -> None:
        if not self._over.is_set():
            self._failure = error
            self._over.set()
            self._said.set()

    async def _part(self) -> None:
        # The SDK may take ten seconds to notice that nobody answers. It is waited for at the
        # end of the program: its threads must not find that gone.
        threading.Thread(target=self._leave, name="azure-leaves").start()

    def _leave(self) -> None:
        with suppress(RuntimeError):
            self._stream.close()
            self._recogniser.stop_continuous_recognition_async().get()


def _confidence(answer: str) -> float:
    """How sure the service is of a phrase, 0 to 1; it tells so in its detailed answer."""
    try:
        return min(1.0, max(0.0, float(json.loads(answer)["NBest"][0]["Confidence"])))
    except (ValueError, LookupError, TypeError, RecursionError):
        return 1.0
