"""Nothing of what is said, answered or sent is in the log, at any level, unless that is wanted."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.llm_server import KEY, MODEL, FakeLlm, Fault, serving
from device import clock
from device import events as e
from device.hal.wav import WavMicrophone
from device.logs import set_up_log
from device.running import Parlor
from tests.config.conftest import whisper
from tests.config.observer import Observer
from tests.config.story import Values, says, tell, types, words

pytest.importorskip("openai")

SAID = "tell me about zanzibar"
ANSWERED = "Quokkas live there."
SECRETS = ("zanzibar", "quokka", "mangosteen", "papaya", "albatross")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What `parlor run --verbose` would write."""
    names = ("", "device", "httpx", "httpx2")
    levels = {name: logging.getLogger(name).level for name in names}
    set_up_log(verbose=True)
    logging.getLogger().setLevel(logging.INFO)
    yield caplog
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def fake() -> Iterator[FakeLlm]:
    with serving(FakeLlm(lambda _text: ANSWERED)) as running:
        yield running


def talkative(fake: FakeLlm, folder: Path) -> Values:
    stt = whisper(folder, f"{SAID} <|endoftext|>")
    command = {"transcript": ["cat"], "synthesize": ["cat"]}
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(KEY)
    llm = {"base_url": fake.url, "model": MODEL, "key_file": key, "judge": True}
    return {"stt": stt, "llm": llm, "hooks": {"command": command}}


def leaked(log: pytest.LogCaptureFixture) -> list[str]:
    lines = [f"{one.name}: {one.getMessage()} {one.exc_text}" for one in log.records]
    return [line for line in lines if any(secret in line.lower() for secret in SECRETS)]


@pytest.mark.parametrize("fault", [None, Fault.SILENT, Fault.STALLED])
def test_what_is_said_and_answered_is_not_in_the_log(
    fake: FakeLlm, tmp_path: Path, log: pytest.LogCaptureFixture, fault: Fault | None
) -> None:
    if fault:
        fake.fault = fault
    config = talkative(fake, tmp_path / "whisper")
    config["llm"] |= {"first_token_seconds": 0.5, "total_seconds": 1.0}
    story = tell(config, says(words(SAID)))
    assert story.the(e.FinalTranscript).text == SAID
    assert fault or story.of(e.ReplyText)[-1].text == ANSWERED
    assert any(one.name.startswith("device") for one in log.records)
    assert leaked(log) == []


def test_what_is_typed_and_remembered_is_not_in_the_log(
    fake: FakeLlm, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    lines = ("add mangosteen to my shopping list", "set a papaya timer for one hour", SAID)
    story = tell(talkative(fake, tmp_path / "whisper"), types(*lines, spoken=True))
    assert "mangosteen" in " ".join(event.text for event in story.of(e.ReplyText)).lower()
    assert leaked(log) == []


def test_those_who_want_the_words_have_them(
    fake: FakeLlm, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    config = talkative(fake, tmp_path / "whisper") | {"privacy": {"log_words": True}}
    tell(config, says(words(SAID)))
    assert [line.partition(" said: ")[2] or line.partition(" answered: ")[2]
            for line in leaked(log)] == [f"{SAID} None", f"{ANSWERED} None"]  # fmt: skip


@pytest.mark.broker
@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("announce", '{"message": "the albatross has landed", "expires_s": "soon"}'),
        ("announce", '{"message": "the albatross has landed"'),
        ("say", '{"message": "albatross", "voice": {}}'),
        ("ask", '{"text": "albatross", "language": 5}'),
        ("timer", '{"action": "start", "name": "albatross", "seconds": "many"}'),
    ],
)
def test_a_command_that_cannot_be_understood_is_not_in_the_log(
    broker: Broker, clock_stt: Values, log: pytest.LogCaptureFixture, name: str, payload: str
) -> None:
    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        await parlor.online(5.0)
        events = parlor.bus.subscribe()
        with clock.hold(10), Observer(broker) as observer:
            observer.publish(f"parlor/parlor/{name}/set", payload)
            async for event in events:
                if isinstance(event, e.StageFailed):
                    break

    story = tell({"stt": clock_stt, "mqtt": broker.config.model_dump()}, scene)
    assert story.the(e.StageFailed).code == "command-invalid"
    assert leaked(log) == []
