"""[wake] and [[wake.word]]: every key changes what the speaker does."""

import shutil
from pathlib import Path

import pyopen_wakeword
import pytest

from device import events as e
from device.errors import AccessKeyMissing, ConfigError, EngineError, ModelMissing
from tests.config.conftest import whisper
from tests.config.story import Values, hears, silence, tell, types, words

JARVIS = words("hey jarvis")
REST = types()


def names(wake: Values, stt: Values) -> tuple[str, ...]:
    return tell({"wake": wake, "stt": stt}, REST).the(e.Ready).words


def woken(wake: Values, stt: Values) -> list[str]:
    story = tell({"wake": wake, "stt": stt}, hears(JARVIS, silence(1.5), JARVIS))
    return [event.word for event in story.of(e.WakeWordDetected)]


def test_words_are_named_or_files(tmp_path: Path, clock_stt: Values) -> None:
    built_in = Path(pyopen_wakeword.__file__).parent / "models" / "alexa.tflite"
    model = tmp_path / "computer.tflite"
    shutil.copy(built_in, model)
    word = [{"name": "hey_jarvis"}, {"path": str(model)}]
    assert names({"word": word}, clock_stt) == ("hey_jarvis", "computer")


def test_each_word_is_given_to_its_engine(clock_stt: Values) -> None:
    word = {"name": "hey_rhasspy"}
    assert names({"word": [word]}, clock_stt) == ("hey_rhasspy",)
    for strict in ({"engine": "microwakeword", "word": [word]},
                   {"word": [{**word, "engine": "microwakeword"}]}):  # fmt: skip
        with pytest.raises(EngineError, match="hey_rhasspy"):
            names({**strict, "fallback": False}, clock_stt)


def test_an_engine_that_cannot_start_is_replaced_when_that_is_wanted(clock_stt: Values) -> None:
    wake = {"engine": "porcupine", "word": [{"name": "hey_jarvis"}]}
    assert names({**wake, "fallback": True}, clock_stt) == ("hey_jarvis",)
    with pytest.raises(AccessKeyMissing):
        names({**wake, "fallback": False}, clock_stt)


def test_the_key_of_porcupine_is_read_from_its_file(tmp_path: Path, clock_stt: Values) -> None:
    key = tmp_path / "key"
    key.write_text("secret")
    key.chmod(0o644)
    wake = {"engine": "porcupine", "fallback": False, "access_key_file": str(key)}
    with pytest.raises(AccessKeyMissing, match="chmod 600"):
        names(wake, clock_stt)


def test_a_word_is_not_heard_again_for_refractory_seconds(clock_stt: Values) -> None:
    assert len(woken({"refractory_seconds": 0.5}, clock_stt)) == 2
    assert len(woken({"refractory_seconds": 60}, clock_stt)) == 1


@pytest.mark.parametrize(
    "deaf",
    [
        {"threshold": 1.0},
        {"word": [{"name": "hey_jarvis", "threshold": 1.0}]},
        {"word": [{"name": "hey_jarvis", "sensitivity": 0.0}]},
    ],
)
def test_a_word_that_scores_less_does_not_count(clock_stt: Values, deaf: Values) -> None:
    assert woken(deaf, clock_stt) == []


def test_a_word_brings_its_language_and_its_voice(tmp_path: Path) -> None:
    stt = whisper(tmp_path, "wie viel uhr ist es <|endoftext|>")
    usual = {"name": "hey_jarvis", "language": "de"}
    german, other = (
        tell({"stt": stt, "wake": {"word": [word]}}, hears(JARVIS, words("wie viel uhr ist es")))
        for word in (usual, {**usual, "voice": "de+f4"})
    )
    assert german.the(e.FinalTranscript).language == "de"
    # The minute may be another one.
    assert all(one.the(e.ReplyText).text.startswith("Es ist") for one in (german, other))
    assert len(german.said) != len(other.said) or (german.said != other.said).any()


def test_a_word_in_a_language_that_no_engine_understands_is_a_mistake(clock_stt: Values) -> None:
    word = [{"name": "hey_jarvis", "language": "de"}]
    with pytest.raises(ConfigError, match="whisper"):
        tell({"wake": {"word": word}}, REST)


def test_a_voice_that_is_not_there_is_told_at_start(clock_stt: Values) -> None:
    word = [{"name": "hey_jarvis", "voice": "nobody"}]
    story = tell({"wake": {"word": word}, "stt": clock_stt}, REST)
    ill = [(one.part, one.code) for one in story.of(e.HealthChanged) if not one.healthy]
    assert ill == [("voice", ModelMissing.code)]
