"""Other speakers and programs that use the engines of a house: OpenAI's own client, and ours."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import openai
import pytest
import pytest_asyncio
import soundfile
from httpx2 import ASGITransport, AsyncClient, Response

from benchmarks.broker import find_mosquitto
from benchmarks.llm_server import KEY, MODEL, FakeLlm, Fault
from device.audio.format import RATE, Samples
from device.config import CloudConfig, Config, GatewayConfig, LlmConfig, SttConfig, TtsConfig
from device.config.cloud import OpenAiAccount
from device.daemon import open_recogniser
from device.gateway.home_view import HomeView
from device.gateway.lending.door import MOST_BYTES
from device.gateway.reception import Reception
from device.gateway.server import make_app
from device.pipeline.tts import open_tts
from device.pipeline.tts.cloud import CloudSpeech
from tests.gateway.house import House, open_house, spoken
from tests.pipeline.stt.cloud.accounts import secret

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]

TOKEN = "key-of-the-house"
COMMAND = "turn on the kitchen light"
SAID = np.concatenate((spoken(COMMAND, RATE), np.zeros(RATE // 4, np.int16)))


@dataclass(frozen=True, slots=True)
class Place:
    """A house that lends its engines, and the model it has itself."""

    house: House
    llm: FakeLlm
    key_file: Path

    def client(self, key: str = TOKEN) -> openai.AsyncOpenAI:
        """OpenAI's own."""
        return openai.AsyncOpenAI(base_url=f"{self.house.http}/v1", api_key=key, max_retries=0)

    @property
    def account(self) -> CloudConfig:
        """What another speaker is configured with."""
        openai = OpenAiAccount(base_url=f"{self.house.http}/v1", key_file=self.key_file)
        return CloudConfig(openai=openai)


@asynccontextmanager
async def lending(folder: Path) -> AsyncIterator[Place]:
    key_file, llm_key = secret(folder / "key", TOKEN), secret(folder / "llm-key", KEY)
    async with AsyncExitStack() as stack:
        llm = await stack.enter_async_context(FakeLlm(lambda said: f"you said {said}"))
        config = Config(llm=LlmConfig(base_url=llm.url, model=MODEL, key_file=llm_key))
        house = await stack.enter_async_context(
            open_house(folder, config, audio_api=True, token_file=key_file)
        )
        yield Place(house, llm, key_file)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE_DIRECTORY", str(folder / "state"))
        async with lending(folder) as opened:
            yield opened


def wav(samples: Samples, rate: int = RATE, kind: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


async def post(place: Place, path: str, **options: object) -> Response:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with AsyncClient(headers=headers, timeout=30) as client:
        return await client.post(f"{place.house.http}{path}", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG"])
async def test_openai_s_client_has_a_command_understood(place: Place, kind: str) -> None:
    async with place.client() as client:
        heard = await client.audio.transcriptions.create(
            model="whisper-1", file=("said", wav(SAID, RATE, kind)),
            language="en", response_format="verbose_json",
        )  # fmt: skip
    assert (heard.text, heard.language) == (COMMAND, "en")
    assert heard.duration == pytest.approx(len(SAID) / RATE, abs=0.05)
    assert [segment.text for segment in heard.segments or []] == [COMMAND]


async def test_the_text_alone_is_there_for_who_wants_no_more(place: Place) -> None:
    file = ("said.wav", wav(SAID))
    async with place.client() as client:
        text = await client.audio.transcriptions.create(
            model="whisper-1", file=file, response_format="text"
        )
        plain = await client.audio.transcriptions.create(model="whisper-1", file=file)
    assert (text.strip(), plain.text) == (COMMAND, COMMAND)


@pytest.mark.parametrize(
    ("kind", "container"), [("mp3", "MP3"), ("opus", "OGG"), ("flac", "FLAC"), ("wav", "WAV")]
)
async def test_openai_s_client_hears_a_sentence_as_it_likes_it(
    place: Place, kind: str, container: str
) -> None:
    async with place.client() as client:
        answer = await client.audio.speech.create(
            model="tts-1",
            voice="alloy",
            input="good morning",
            response_format=kind,  # type: ignore[arg-type]
        )
    with soundfile.SoundFile(io.BytesIO(answer.content)) as sound:
        assert sound.format == container
        assert 0.5 < sound.frames / sound.samplerate < 3
        assert np.abs(sound.read()).max() > 0.05


async def test_a_faster_voice_and_one_with_a_name_speak_otherwise(place: Place) -> None:
    sounds = {}
    async with place.client() as client:
        for voice, speed in (("alloy", 1.0), ("alloy", 2.0), ("de", 1.0), ("nobody", 1.0)):
            answer = await client.audio.speech.create(
                model="tts-1", voice=voice, input="one two three", response_format="pcm",
                speed=speed,
            )  # fmt: skip
            sounds[voice, speed] = answer.content
    assert sounds["nobody", 1.0] == sounds["alloy", 1.0]
    assert sounds["de", 1.0] != sounds["alloy", 1.0]
    assert len(sounds["alloy", 2.0]) < 0.75 * len(sounds["alloy", 1.0])


async def test_the_house_s_language_model_answers_with_its_own_key_and_name(place: Place) -> None:
    async with place.client() as client:
        whole = await client.chat.completions.create(
            model="any", messages=[{"role": "user", "content": "hello"}]
        )
        stream = await client.chat.completions.create(
            model="any", messages=[{"role": "user", "content": "good bye"}], stream=True
        )
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert whole.choices[0].message.content == "you said hello"
    assert "".join(pieces) == "you said good bye"
    assert {request["model"] for request in place.llm.asked} == {MODEL}


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.BUSY, 429), (Fault.BROKEN, 503), (Fault.LOST, 503)]
)
async def test_a_model_that_does_not_answer_is_told_as_openai_tells_it(
    place: Place, fault: Fault, status: int
) -> None:
    question = {"model": "any", "messages": [{"role": "user", "content": "hello"}]}
    place.llm.fault = fault
    refused = await post(place, "/v1/chat/completions", json={**question, "stream": True})
    place.llm.fault = None
    assert refused.status_code == status
    assert refused.json()["error"]["code"] in ("llm-busy", "llm-failed")
    assert (await post(place, "/v1/chat/completions", json=question)).status_code == 200


async def test_what_there_is_can_be_listed(place: Place) -> None:
    async with place.client() as client:
        models = await client.models.list()
    assert [model.id for model in models.data] == ["command", "espeak", MODEL]


async def test_another_speaker_of_ours_understands_and_speaks_with_this_house(place: Place) -> None:
    stt = SttConfig(engines=("openai",))
    recogniser = await open_recogniser(Config(stt=stt, cloud=place.account))
    heard = await recogniser.transcribe(SAID, "en")
    assert (heard.text, heard.engine) == (COMMAND, "openai")
    assert 0.0 < heard.confidence < 1.0
    cloud = CloudSpeech(place.account)
    voice = open_tts(TtsConfig(engine="openai"), cloud=cloud)
    chunks = [chunk async for chunk in voice.synthesize("good morning")]
    await cloud.close()
    assert {chunk.format.rate for chunk in chunks} == {24_000}
    assert 0.5 < sum(chunk.seconds for chunk in chunks) < 3


async def test_nobody_comes_in_without_the_token(place: Place) -> None:
    async with place.client("wrong") as client:
        with pytest.raises(openai.AuthenticationError, match="token"):
            await client.models.list()
        with pytest.raises(openai.AuthenticationError):
            await client.audio.speech.create(model="tts-1", voice="alloy", input="hello")


async def test_without_being_told_so_a_house_lends_nothing() -> None:
    config = GatewayConfig()
    home = HomeView(list, tuple, lambda _id: None, datetime.now)
    app = make_app(Reception(config, lambda *_: nullcontext()), config, home)  # type: ignore[arg-type]
    async with AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/v1/models")).status_code == 404


async def test_too_many_at_once_are_told_to_come_back_and_the_others_are_answered(
    place: Place,
) -> None:
    body = {"model": "tts-1", "input": "one two three four five. " * 8, "response_format": "wav"}
    answers = await asyncio.gather(*(post(place, "/v1/audio/speech", json=body) for _ in range(24)))
    statuses = sorted(answer.status_code for answer in answers)
    assert set(statuses) == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "engine-busy"
    assert (await post(place, "/v1/audio/speech", json={**body, "input": "hi"})).status_code == 200


async def test_who_hangs_up_in_the_middle_of_a_sentence_holds_no_place(place: Place) -> None:
    body = {"model": "tts-1", "input": "a long story. " * 200, "response_format": "pcm"}
    for _ in range(20):
        reader, writer = await asyncio.open_connection(*place.house.address.split(":"))
        sent = json.dumps(body).encode()
        writer.write(
            b"POST /v1/audio/speech HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer "
            + TOKEN.encode() + b"\r\ncontent-length: %d\r\n\r\n" % len(sent) + sent
        )  # fmt: skip
        await reader.read(64)
        writer.close()
        await writer.wait_closed()
    for _ in range(100):
        answer = await post(place, "/v1/audio/speech", json={"model": "tts-1", "input": "hi"})
        if answer.status_code == 200:
            break
        await asyncio.sleep(0.1)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "sound",
    [
        b"RIFF", b"\0" * 1_000, b"ID3" + b"\xff" * 1_000, wav(np.zeros(0, np.int16)),
        wav(np.zeros(61 * RATE, np.int16), RATE, "FLAC"),
        wav(np.zeros((RATE, 8), np.int16)), wav(np.zeros(RATE, np.int16), 400_000),
    ],
    ids=["cut", "zeros", "no-mp3", "empty", "long", "eight-channels", "radar"],
)  # fmt: skip
async def test_what_is_no_utterance_is_refused(place: Place, sound: bytes) -> None:
    answer = await post(
        place, "/v1/audio/transcriptions", data={"model": "m"}, files={"file": ("a", sound)}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "audio-file-unreadable"


async def test_a_request_that_is_too_long_is_not_read_to_its_end(place: Place) -> None:
    answer = await post(place, "/v1/audio/speech", content=b" " * (MOST_BYTES + 1))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "request-invalid"
