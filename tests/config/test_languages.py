"""[device] language and languages, and the language of a wake word: the whole speaker speaks it."""

import json
import logging
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from device import events as e
from device.errors import ConfigError
from tests.config.conftest import secret, whisper
from tests.config.observer import Observer
from tests.config.story import Story, Values, hears, says, silence, tell, types, words

LAMPS = {
    "en": ("kitchen lamp", "turn on the kitchen lamp"),
    "zh": ("厨房灯", "打开厨房灯"),
    "ja": ("キッチンの電気", "キッチンの電気をつけて"),
    "ko": ("주방 조명", "주방 조명 켜 줘"),
    "de": ("Küchenlampe", "mach die Küchenlampe an"),
    "fr": ("lampe de la cuisine", "allume la lampe de la cuisine"),
    "es": ("lámpara de la cocina", "enciende la lámpara de la cocina"),
}


def lamp(name: str) -> Values:
    return {"name": name, "domain": "light", "preset": "zigbee2mqtt"}


def reply(story: Story) -> str:
    return story.of(e.ReplyText)[-1].text


@pytest.mark.broker
@pytest.mark.parametrize("language", LAMPS)
def test_a_lamp_is_turned_on_in_its_owners_language(broker: Broker, language: str) -> None:
    name, command = LAMPS[language]
    config = {
        "device": {"language": language}, "home": {"entity": [lamp(name), lamp(f"{name} 2")]},
        "mqtt": broker.config.model_dump(),
    }  # fmt: skip
    with Observer(broker) as observer:
        story = tell(config, types(command))
        payload = observer.wait_for(f"zigbee2mqtt/{name}/set")

    assert json.loads(payload) == {"state": "ON"}
    assert f"zigbee2mqtt/{name} 2/set" not in observer.topics()
    assert story.of(e.FinalTranscript)[0].language == language
    assert reply(story) != "OK"


@pytest.mark.broker
def test_all_seven_languages_are_spoken_in_one_home(broker: Broker) -> None:
    names, commands = zip(*LAMPS.values(), strict=True)
    config = {
        "device": {"languages": list(LAMPS)}, "home": {"entity": [lamp(name) for name in names]},
        "mqtt": broker.config.model_dump(),
    }  # fmt: skip
    story = tell(config, types(*commands))

    assert [event.language for event in story.of(e.FinalTranscript)] == list(LAMPS)
    assert [event.topic for event in story.of(e.ActionRequested)] == [
        f"zigbee2mqtt/{name}/set" for name in names
    ]


def test_what_is_typed_is_in_the_speakers_language_where_no_other_is_spoken() -> None:
    config = {"home": {"entity": [lamp("Lampe")]}}
    german = "mach die Lampe an"
    assert reply(tell(config, types(german))).startswith("Sorry")
    story = tell({**config, "device": {"languages": ["de"]}}, types(german))
    assert reply(story).startswith("Ich erreiche das Zuhause")


@pytest.mark.parametrize("languages", [["fr", "de"], ["fr", "ko"], []])
def test_whisper_finds_out_which_of_the_languages_is_spoken(
    tmp_path: Path, languages: list[str]
) -> None:
    stt = whisper(tmp_path, "wie viel uhr ist es <|endoftext|>", language="de")
    story = tell(
        {"stt": stt, "device": {"languages": languages}, "audio": {"earcons": False}},
        says(words("wie viel uhr ist es")),
    )
    understood = story.the(e.FinalTranscript).language
    assert understood in ("en", *languages)
    assert (understood == "de") is ("de" in languages)
    assert reply(story).startswith("Es ist") is ("de" in languages)


def test_a_language_without_templates_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="tlh"):
        tell({"device": {"languages": ["tlh"]}}, types())


def test_a_language_that_nobody_hears_can_be_typed_and_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        story = tell({"device": {"language": "de"}}, types("wie viel Uhr ist es"))
    assert reply(story).startswith("Es ist")
    assert "English only" in caplog.text


def test_who_speaks_a_language_that_nobody_hears_is_told_what_is_missing() -> None:
    story = tell({"device": {"language": "de"}}, says(words("wie viel uhr ist es")))
    assert story.of(e.StageFailed)[0].code == "model-missing"
    assert story.said.any()


def test_two_wake_words_bring_two_languages(tmp_path: Path) -> None:
    """Templates, reply, voice and what a model is told: each in the language of its word."""
    stt = whisper(tmp_path / "w", "warum ist der himmel blau <|endoftext|>")
    key = secret(tmp_path / "key", KEY)
    word = [{"name": "hey_jarvis", "language": "en"}, {"name": "alexa", "language": "de"}]

    def asked(wake: str) -> tuple[Story, str]:
        with serving(FakeLlm(lambda _text: "Weil es so ist.")) as fake:
            llm = {"base_url": fake.url, "model": MODEL, "key_file": key}
            story = tell(
                {"stt": stt, "wake": {"word": word}, "llm": llm},
                hears(words(wake), silence(0.3), words("why is the sky blue")),
            )
            return story, fake.asked[0]["messages"][0]["content"]

    english, told_in_english = asked("hey jarvis")
    german, told_in_german = asked("alexa")
    assert english.the(e.FinalTranscript).language == "en"
    assert german.the(e.FinalTranscript).language == "de"
    assert told_in_english.startswith("You are a voice assistant")
    assert told_in_german.startswith("Du bist ein Sprachassistent")
    assert reply(english) == reply(german) == "Weil es so ist."
    assert len(english.said) != len(german.said) or (english.said != german.said).any()
