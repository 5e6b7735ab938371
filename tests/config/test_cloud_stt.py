"""[stt] engines that send what they hear, and their accounts in [cloud]."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.local_server import serving
from device import clock
from device import events as e
from device.audio.format import RATE
from device.config import Config
from device.daemon import open_recogniser
from device.errors import ConfigError, EngineMissing
from device.hal.wav import WavMicrophone
from device.running import Parlor
from device.types import Transcript
from tests.config.story import Scene, Values, says, silence, tell, words
from tests.fakes.azure_streaming import FakeAzureStreaming
from tests.fakes.posted_speech import Fault
from tests.fakes.spoken_speech import Fault as SpokenFault
from tests.pipeline.stt.cloud.accounts import POSTED, SPOKEN, account, secret

pytest.importorskip("httpx2")

ENGINES = [*POSTED, *SPOKEN]
ASKED = "what time is it"
QUESTION = words(ASKED)
TALK = words("the quick brown fox jumps over the lazy dog")
HOST = "127.0.0.1"


@pytest.fixture
def key_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


@contextmanager
def service(
    engine: str, folder: Path, text: str = ASKED, values: Values | None = None
) -> Iterator[tuple[Any, Values]]:
    """A server that stands in, and [cloud] with an account there."""
    made: Any = {**POSTED, **SPOKEN}[engine]
    with serving(made(text)) as fake:
        yield fake, {engine: account(engine, fake.url, folder) | (values or {})}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_service_understands_and_is_shown_and_counted(
    engine: str, key_folder: Path, state: Path
) -> None:
    with service(engine, key_folder) as (fake, cloud):
        story = tell({"stt": {"engines": [engine]}, "cloud": cloud}, says(QUESTION))
    heard = story.the(e.FinalTranscript)
    assert (heard.text.lower().rstrip("."), heard.engine) == (ASKED, engine)
    shown = [event.active for event in story.of(e.CloudChanged)]
    assert shown == [True, False] * (len(shown) // 2)
    (used,) = json.loads((state / "usage.json").read_text()).values()
    assert used[engine]["requests"] == len(fake.heard)
    assert used[engine]["audio_seconds"] == pytest.approx(sum(fake.heard), abs=0.01)


def understood(stt: Values, cloud: Values) -> Transcript:
    """What the recogniser of a speaker makes of the question."""

    async def hear() -> Transcript:
        config = Config(stt=stt, cloud=cloud)  # type: ignore[arg-type]
        recogniser = await open_recogniser(config)
        try:
            return await recogniser.transcribe(QUESTION, "en")
        finally:
            recogniser.close()

    return asyncio.run(hear())


@pytest.mark.parametrize("engine", ENGINES)
def test_who_does_not_answer_in_time_is_replaced_by_the_next(
    engine: str, key_folder: Path, clock_stt: Values
) -> None:
    stt = {**clock_stt, "engines": [engine, "whisper"], engine: {"timeout_seconds": 0.5}}
    with service(engine, key_folder) as (fake, cloud):
        fake.fault = Fault.SILENT if engine in POSTED else SpokenFault.SILENT
        began = time.monotonic()
        assert understood(stt, cloud).engine == "whisper"
    # Without the limit it would be 5 to 30 s: this tells the limits apart, not how fast it is.
    assert time.monotonic() - began < 4.5


def test_who_fails_in_the_middle_is_replaced_within_the_turn(
    key_folder: Path, clock_stt: Values
) -> None:
    stt = {**clock_stt, "engines": ["deepgram", "whisper"]}
    with service("deepgram", key_folder) as (fake, cloud):
        fake.fault = SpokenFault.CUT
        story = tell({"stt": stt, "cloud": cloud}, says(QUESTION))
    assert (story.the(e.FinalTranscript).text, story.of(e.StageFailed)) == (ASKED, [])
    assert story.the(e.FinalTranscript).engine == "whisper"


@pytest.mark.parametrize(
    ("engine", "model"),
    [("openai", "gpt-4o-transcribe"), ("groq", "whisper-1"), ("deepgram", "nova-2"),
     ("gemini", "gemini-3"), ("tencent", "16k_en_edu")],
)  # fmt: skip
def test_another_model_is_another_model(engine: str, model: str, key_folder: Path) -> None:
    with service(engine, key_folder) as (fake, cloud):
        understood({"engines": [engine], engine: {"model": model}}, cloud)
    assert fake.models == [model]


def test_deepgram_is_told_which_pause_is_the_end(key_folder: Path) -> None:
    with service("deepgram", key_folder) as (fake, cloud):
        understood({"engines": ["deepgram"], "deepgram": {"endpointing_ms": 500}}, cloud)
    assert fake.endpointing == ["500"]


@pytest.mark.parametrize(
    ("engine", "wrong"),
    [
        ("openai", {"key_file": "wrong"}), ("groq", {"key_file": "wrong"}),
        ("azure", {"key_file": "wrong"}), ("gemini", {"key_file": "wrong"}),
        ("deepgram", {"key_file": "wrong"}), ("tencent", {"key_file": "wrong"}),
        ("tencent", {"app_id": "1"}), ("tencent", {"secret_id": "AKIDother"}),
        ("iflytek", {"key_file": "wrong"}), ("iflytek", {"secret_file": "wrong"}),
        ("iflytek", {"app_id": "other"}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_account_lets_the_next_engine_understand(
    engine: str, wrong: dict[str, str], key_folder: Path, clock_stt: Values
) -> None:
    secret(key_folder / "wrong", "wrong-key")
    values: Values = {
        key: key_folder / value if "file" in key else value for key, value in wrong.items()
    }
    with service(engine, key_folder, values=values) as (fake, cloud):
        assert understood({**clock_stt, "engines": [engine, "whisper"]}, cloud).engine == "whisper"
    assert fake.refused


def test_azure_needs_a_region_or_an_address(key_folder: Path) -> None:
    key_file = secret(key_folder / "key", "k")

    async def engines(**values: Any) -> str:
        cloud = {"azure": {"key_file": key_file, **values}}
        config = Config(stt={"engines": ["azure"]}, cloud=cloud)  # type: ignore[arg-type]
        return str((await open_recogniser(config)).engines[0].host)  # type: ignore[attr-defined]

    with pytest.raises(ConfigError, match="region"):
        asyncio.run(engines())
    assert asyncio.run(engines(region="westeurope")) == "westeurope.stt.speech.microsoft.com"


def test_azure_hears_along_when_that_is_wanted(key_folder: Path) -> None:
    pytest.importorskip("azure.cognitiveservices.speech")
    with serving(FakeAzureStreaming(ASKED)) as fake:
        cloud = {"azure": account("azure", fake.url, key_folder)}
        stt = {"engines": ["azure"], "azure": {"streaming": True}}
        story = tell({"stt": stt, "cloud": cloud}, says(QUESTION))
    assert (story.the(e.FinalTranscript).text, story.the(e.FinalTranscript).engine) == (
        ASKED, "azure",
    )  # fmt: skip


def test_what_hears_along_at_azure_must_be_installed(key_folder: Path) -> None:
    if find_spec("azure"):
        pytest.skip("the Speech SDK is installed")
    cloud = {"azure": account("azure", "http://127.0.0.1:9", key_folder)}
    with pytest.raises(EngineMissing, match=r"parlor-speaker\[azure\]"):
        understood({"engines": ["azure"], "azure": {"streaming": True}}, cloud)


@pytest.mark.parametrize(("own", "engine"), [("en", "deepgram"), ("de", "whisper")])
def test_a_language_may_have_engines_of_its_own(
    own: str, engine: str, key_folder: Path, clock_stt: Values
) -> None:
    with service("deepgram", key_folder) as (fake, cloud):
        stt = {**clock_stt, "languages": {own: ["deepgram"]}}
        assert understood(stt, cloud).engine == engine
    assert bool(fake.heard) is (engine == "deepgram")


def test_what_is_understood_so_far_is_told_while_somebody_speaks(key_folder: Path) -> None:
    with service("deepgram", key_folder) as (fake, cloud):

        async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
            parlor.session.post(e.ListenRequested())
            await asyncio.sleep(0.5)
            await microphone.play(QUESTION[: RATE * 3 // 4])
            with clock.hold(20):
                await asyncio.to_thread(fake.told.wait, 20)
            await microphone.play(np.concatenate((QUESTION[RATE * 3 // 4 :], QUESTION)))
            await asyncio.sleep(2.0)

        stt = {"engines": ["deepgram"], "partials": "on"}
        story = tell({"stt": stt, "cloud": cloud}, scene)
    told = [event.text for event in story.of(e.PartialTranscript)]
    assert told
    assert all(ASKED.startswith(text) for text in told)
    left = next(event.at for event in story.of(e.CloudChanged) if event.active)
    assert left < story.the(e.TurnEnded).at


def test_nothing_leaves_before_somebody_has_called_the_speaker(key_folder: Path) -> None:
    async def scene(_parlor: Parlor, microphone: WavMicrophone) -> None:
        await microphone.play(np.concatenate((silence(1.0), TALK, silence(2.0))))

    with ExitStack() as stack:
        made = [stack.enter_context(service(engine, key_folder)) for engine in ENGINES]
        cloud = {name: values for _, one in made for name, values in one.items()}
        story = tell({"stt": {"engines": ENGINES}, "cloud": cloud}, scene)
    assert story.of(e.CloudChanged) == []
    assert [fake.heard for fake, _ in made] == [[]] * len(ENGINES)


def test_an_account_that_no_engine_names_hears_nothing(key_folder: Path, clock_stt: Values) -> None:
    with service("deepgram", key_folder) as (fake, cloud):
        story = tell({"stt": clock_stt, "cloud": cloud}, says(QUESTION))
    assert (fake.heard, story.of(e.CloudChanged)) == ([], [])


def then_talks() -> Scene:
    """Somebody asks something, and talks to somebody else while the speaker listens on."""

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        parlor.session.post(e.ListenRequested())
        await asyncio.sleep(0.5)
        await microphone.play(QUESTION)
        await asyncio.sleep(4.0)
        await microphone.play(TALK)
        await asyncio.sleep(3.0)

    return scene


@pytest.mark.parametrize("engine", ["openai", "deepgram"])
def test_what_nobody_called_the_speaker_for_is_understood_at_home(
    engine: str, key_folder: Path, clock_stt: Values
) -> None:
    with service(engine, key_folder) as (fake, cloud):
        stt = {**clock_stt, "engines": [engine, "whisper"]}
        config = {"stt": stt, "cloud": cloud, "dialog": {"follow_up_seconds": 8}}
        story = tell(config, then_talks())
    assert [heard.engine for heard in story.of(e.FinalTranscript)] == [engine, "whisper"]
    assert sum(fake.heard) < 2 * len(QUESTION) / RATE


@pytest.mark.parametrize("engine", ["openai", "deepgram"])
def test_where_nobody_at_home_understands_it_leaves_once_and_when_it_is_over(
    engine: str, key_folder: Path
) -> None:
    with service(engine, key_folder) as (fake, cloud):
        config = {
            "stt": {"engines": [engine]}, "cloud": cloud, "dialog": {"follow_up_seconds": 8}
        }  # fmt: skip
        story = tell(config, then_talks())
    talked = story.of(e.TurnEnded)[-1]
    left = [event.at for event in story.of(e.CloudChanged) if event.active]
    after = [at for at in left if at > story.of(e.PlaybackFinished)[0].at]
    assert len(after) == 1
    assert after[0] >= talked.at
    assert fake.heard[-1] == pytest.approx(len(TALK) / RATE, abs=1.0)
