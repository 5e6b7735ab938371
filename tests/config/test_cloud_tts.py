"""[tts] with a voice of a service, and its account in [cloud]."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.broker import Certificate
from benchmarks.local_server import serving
from device import events as e
from device.cli.app import app
from device.errors import ConfigError
from tests.config.conftest import secret
from tests.config.story import Story, Values, tell, types
from tests.fakes.azure_speech import FakeAzureSpeech
from tests.fakes.edge_speech import HOST, FakeEdge
from tests.fakes.elevenlabs_speech import FakeElevenLabs
from tests.fakes.minimax_speech import GROUP, FakeMiniMaxSpeech
from tests.fakes.openai_speech import FakeOpenAiSpeech
from tests.fakes.speech_server import KEY, Fault

pytest.importorskip("httpx2")


@pytest.fixture
def openai() -> Iterator[FakeOpenAiSpeech]:
    with serving(FakeOpenAiSpeech()) as running:
        yield running


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return secret(tmp_path / "key", KEY)


def speaks(stt: Values, tts: Values, **accounts: Values) -> Story:
    """Somebody asks for help; a loaded machine may take its time."""
    config = {
        "stt": stt,
        "tts": {"wait_seconds": 20, **tts},
        "cloud": accounts,
        "audio": {"earcons": False},
    }
    return tell(config, types("help", spoken=True))


def by_espeak(stt: Values) -> Story:
    return speaks(stt, {"engine": "espeak"})


def test_a_service_speaks_what_the_speaker_says_and_nothing_else_leaves(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    account = {"base_url": openai.url, "key_file": key_file}
    story = speaks(clock_stt, {"engine": "openai"}, openai=account)
    reply = next(event.text for event in story.of(e.ReplyText) if event.is_final)
    assert " ".join(one["input"] for one in openai.asked) == reply
    assert {(one["model"], one["voice"]) for one in openai.asked} == {("tts-1", "nova")}
    active = [event.active for event in story.of(e.CloudChanged)]
    assert (active[0], active[-1]) == (True, False)
    made = sum(len(openai.pcm(one["input"])) / 48_000 for one in openai.asked)
    assert len(story.said) / 22_050 == pytest.approx(made, rel=0.05)


def test_what_was_said_once_is_not_paid_for_twice(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    config = {
        "stt": clock_stt, "tts": {"engine": "openai", "wait_seconds": 20},
        "cloud": {"openai": {"base_url": openai.url, "key_file": key_file}},
    }  # fmt: skip
    story = tell(config, types("help", "help", spoken=True))
    assert len(story.of(e.PlaybackStarted)) == 2
    asked = [one["input"] for one in openai.asked]
    assert asked
    assert len(asked) == len(set(asked))


def test_an_engine_that_is_not_chosen_gets_nothing(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    account = {"base_url": openai.url, "key_file": key_file}
    story = speaks(clock_stt, {"engine": "espeak"}, openai=account)
    assert (openai.accepted, story.of(e.CloudChanged)) == (0, [])


def test_another_voice_model_and_speed_are_asked_for(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    openai.models = {"tts-1-hd"}
    tts = {"engine": "openai", "voice": "onyx", "model": "tts-1-hd", "rate": 1.25}
    speaks(clock_stt, tts, openai={"base_url": openai.url, "key_file": key_file})
    asked = {(one["model"], one["voice"], one["speed"]) for one in openai.asked}
    assert asked == {("tts-1-hd", "onyx", 1.25)}


def test_espeak_says_it_in_the_same_turn_where_the_service_fails(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    openai.fault = Fault.BROKEN
    account = {"base_url": openai.url, "key_file": key_file}
    story = speaks(clock_stt, {"engine": "openai"}, openai=account)
    assert len(story.said) == pytest.approx(len(by_espeak(clock_stt).said), rel=0.02)
    assert not story.of(e.StageFailed)


def test_espeak_says_the_rest_of_a_sentence_that_breaks_off(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    account = {"base_url": openai.url, "key_file": key_file}
    whole = speaks(clock_stt, {"engine": "openai"}, openai=account)
    openai.fault = Fault.CUT
    story = speaks(clock_stt, {"engine": "openai"}, openai=account)
    reply = [event.text for event in story.of(e.ReplyText) if event.is_final]
    assert reply == [event.text for event in whole.of(e.ReplyText) if event.is_final]
    espeak = len(by_espeak(clock_stt).said)
    # The sound of both voices, but neither of them says all of it.
    assert 0.9 * min(len(whole.said), espeak) < len(story.said) < 0.9 * (len(whole.said) + espeak)
    assert not story.of(e.StageFailed)


def test_a_service_is_waited_for_as_long_as_is_said(
    openai: FakeOpenAiSpeech, key_file: Path, clock_stt: Values
) -> None:
    openai.fault = Fault.SILENT
    account = {"base_url": openai.url, "key_file": key_file}
    story = speaks(clock_stt, {"engine": "openai", "wait_seconds": 0.2}, openai=account)
    assert len(story.said) == pytest.approx(len(by_espeak(clock_stt).said), rel=0.02)
    # With 20 s it would be that and more: this tells the limits apart, not how fast it is.
    assert story.the(e.TurnMeasured).stages["tts_first_chunk"] < 10_000


def test_doctor_tells_whether_the_service_can_be_reached(
    openai: FakeOpenAiSpeech, tmp_path: Path
) -> None:
    def voice(address: str) -> tuple[bool, str]:
        file = tmp_path / "parlor.toml"
        file.write_text(
            f'[mqtt]\nenabled = false\n[tts]\nengine = "openai"\n'
            f'[cloud.openai]\nbase_url = "{address}"\n'
        )
        told = CliRunner().invoke(app, ["doctor", "--json", "--config", str(file)]).stdout
        findings = map(json.loads, told.splitlines())
        (found,) = [one for one in findings if one["check"] == "voice"]
        return found["healthy"], found["message"]

    assert voice(openai.url) == (True, "openai nova (terms of use of openai)")
    healthy, message = voice("http://127.0.0.1:1/v1")
    assert not healthy
    assert "127.0.0.1 cannot be reached" in message
    assert openai.asked == []


def test_azure_is_reached_with_its_key(key_file: Path, clock_stt: Values) -> None:
    with serving(FakeAzureSpeech()) as fake:
        account = {"base_url": fake.url, "key_file": key_file}
        assert len(speaks(clock_stt, {"engine": "azure"}, azure=account).said)
    assert {one["voice"] for one in fake.asked} == {"en-US-JennyNeural"}


def test_azure_without_an_address_needs_a_region(key_file: Path, clock_stt: Values) -> None:
    with pytest.raises(ConfigError, match=r"\[cloud\.azure\] region is missing"):
        speaks(clock_stt, {"engine": "azure"}, azure={"key_file": key_file})


def test_minimax_is_reached_with_its_group(key_file: Path, clock_stt: Values) -> None:
    with serving(FakeMiniMaxSpeech()) as fake:
        account = {"base_url": fake.url, "key_file": key_file, "group_id": GROUP}
        assert len(speaks(clock_stt, {"engine": "minimax"}, minimax=account).said)
    assert {one["voice_setting"]["voice_id"] for one in fake.asked} == {"female-shaonv"}
    assert not fake.refused


def test_elevenlabs_is_reached_with_its_key(key_file: Path, clock_stt: Values) -> None:
    with serving(FakeElevenLabs()) as fake:
        account = {"base_url": fake.url, "key_file": key_file}
        assert len(speaks(clock_stt, {"engine": "elevenlabs"}, elevenlabs=account).said)
    assert {one["model_id"] for one in fake.asked} == {"eleven_turbo_v2_5"}


def test_edge_is_reached_where_its_address_says(tmp_path: Path, clock_stt: Values) -> None:
    communicate = pytest.importorskip("edge_tts.communicate", reason="pip install edge-tts")
    certificate = Certificate(tmp_path, HOST)
    communicate._SSL_CTX.load_verify_locations(certificate.file)
    with serving(FakeEdge(certificate)) as fake:
        tts = {"engine": "edge", "voice": "en-US-GuyNeural"}
        assert len(speaks(clock_stt, tts, edge={"base_url": fake.url}).said)
    assert all(one["voice"].endswith("(en-US, GuyNeural)") for one in fake.asked)
    assert fake.asked


@pytest.mark.parametrize("engine", ["azure", "minimax", "elevenlabs"])
def test_an_account_that_needs_a_key_says_so_when_it_has_none(
    engine: str, clock_stt: Values
) -> None:
    account = {"region": "westeurope"} if engine == "azure" else {}
    with pytest.raises(ConfigError, match=rf"\[cloud\.{engine}\] key_file is missing"):
        speaks(clock_stt, {"engine": engine}, **{engine: account})


def test_a_key_that_everybody_can_read_is_not_used(tmp_path: Path, clock_stt: Values) -> None:
    key = secret(tmp_path / "key", KEY)
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        speaks(clock_stt, {"engine": "openai"}, openai={"key_file": key})
