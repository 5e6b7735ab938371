import shutil
from pathlib import Path

import numpy as np
import pyopen_wakeword
import pytest

from device.audio.format import RATE, Samples
from device.errors import ModelInvalid, ModelMissing
from device.pipeline.base import WakeEngine, WakeStream
from device.pipeline.wake.openwakeword import BUILTIN, OpenWakeWordEngine, OpenWakeWordScorer
from device.pipeline.wake.threshold import Thresholds
from device.types import Detection
from tests.pipeline.wake.speech import PHRASES, one_breath, silence

MODELS = Path(pyopen_wakeword.__file__).parent / "models"


def engine(*words: str, refractory: float = 2.0, threshold: float = 0.5) -> OpenWakeWordEngine:
    thresholds = Thresholds(dict.fromkeys(words, threshold))
    return OpenWakeWordEngine(dict.fromkeys(words), thresholds, round(refractory * RATE))


def detections(stream: WakeStream, audio: Samples, block: int = 1280) -> list[Detection]:
    found = [stream.feed(audio[at : at + block]) for at in range(0, len(audio), block)]
    return [detection for detection in found if detection is not None]


@pytest.mark.parametrize("word", PHRASES)
def test_a_spoken_wake_word_is_heard_once(word: str) -> None:
    clip = one_breath(word)
    heard = detections(engine(word).open(), clip.samples)
    assert [d.word for d in heard] == [word]
    assert heard[0].score >= 0.5
    assert clip.speech_start < heard[0].end_sample <= heard[0].at_sample


def test_another_word_is_not_heard() -> None:
    assert not detections(engine("alexa").open(), one_breath("hey_jarvis").samples)


def test_several_words_are_told_apart_in_one_stream() -> None:
    stream = engine(*BUILTIN).open()
    audio = np.concatenate([one_breath(word).samples for word in PHRASES])
    assert [d.word for d in detections(stream, audio)] == list(PHRASES)


@pytest.mark.parametrize("block", [1, 333, 1280, 100_000])
def test_what_is_heard_does_not_depend_on_the_feed_length(block: int) -> None:
    audio = one_breath().samples[2 * RATE :]
    expected = detections(engine("hey_jarvis").open(), audio, 480)
    assert expected
    assert detections(engine("hey_jarvis").open(), audio, block) == expected


def test_two_words_in_one_feed_come_with_two_feeds() -> None:
    stream = engine("hey_jarvis").open()
    first = stream.feed(np.tile(one_breath().samples, 2))
    second = stream.feed(silence(0))
    assert first is not None
    assert second is not None
    assert second.at_sample - first.at_sample > 2 * RATE


def test_the_refractory_period_hides_a_second_word() -> None:
    audio = np.tile(one_breath().samples, 2)
    long = len(one_breath().samples) / RATE + 1
    assert len(detections(engine("hey_jarvis", refractory=long).open(), audio)) == 1


def test_a_threshold_changed_at_run_time_counts_in_open_streams() -> None:
    knows = engine("hey_jarvis")
    stream = knows.open()
    knows.set_threshold("hey_jarvis", 1.0)
    assert not detections(stream, one_breath().samples)
    knows.set_threshold("hey_jarvis", 0.5)
    assert detections(stream, one_breath().samples)


def test_a_fresh_stream_starts_in_silence_without_a_burst_of_scores() -> None:
    quiet = OpenWakeWordScorer({"hey_jarvis": None})
    scores = [quiet.score(silence(0.08))["hey_jarvis"] for _ in range(40)]
    assert max(scores) < 0.05


def test_every_block_gets_exactly_one_score_per_word() -> None:
    scorer = OpenWakeWordScorer(dict.fromkeys(BUILTIN))
    audio = one_breath().samples
    for at in range(0, 40 * 1280, 1280):
        assert set(scorer.score(audio[at : at + 1280])) == set(BUILTIN)


def test_a_custom_model_file_is_used_under_its_own_name(tmp_path: Path) -> None:
    model = tmp_path / "my word.tflite"
    shutil.copy(MODELS / "hey_jarvis.tflite", model)
    knows = OpenWakeWordEngine({"computer": model}, Thresholds({"computer": 0.5}), RATE)
    assert [d.word for d in detections(knows.open(), one_breath().samples)] == ["computer"]


def test_an_unknown_built_in_word_is_named_with_those_that_exist() -> None:
    with pytest.raises(ModelInvalid, match="hey_jarvis"):
        engine("hey_parlor")


def test_a_missing_model_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"gone\.tflite"):
        OpenWakeWordEngine({"x": tmp_path / "gone.tflite"}, Thresholds({"x": 0.5}), 0)


def damaged(tmp_path: Path, kind: str) -> Path:
    whole = (MODELS / "hey_jarvis.tflite").read_bytes()
    contents = {
        "empty": b"",
        "text": b"this is no model, it only looks like a file\n" * 50,
        "short": whole[:12],
        "half": whole[: len(whole) // 2],
        "almost whole": whole[:-4096],
        "garbage behind the magic": whole[:8] + bytes(range(256)) * 64,
        "zeros behind the magic": whole[:8] + bytes(20_000),
        "other magic": b"RIFF1234WAVEfmt " + whole[16:],
    }
    path = tmp_path / "model.tflite"
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    "kind",
    [
        *("empty", "text", "short", "half", "almost whole", "garbage behind the magic"),
        *("zeros behind the magic", "other magic"),
    ],
)
def test_a_damaged_model_is_refused_and_never_crashes(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ModelInvalid, match=r"model\.tflite"):
        OpenWakeWordEngine({"x": damaged(tmp_path, kind)}, Thresholds({"x": 0.5}), 0)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelInvalid, match="folder"):
        OpenWakeWordEngine({"x": tmp_path}, Thresholds({"x": 0.5}), 0)


@pytest.mark.parametrize("other", ["melspectrogram.tflite", "embedding_model.tflite"])
def test_a_tflite_model_of_another_kind_is_refused(other: str) -> None:
    with pytest.raises(ModelInvalid, match=r"no wake word|no openWakeWord"):
        OpenWakeWordEngine({"x": MODELS / other}, Thresholds({"x": 0.5}), 0)


def test_closing_twice_is_harmless() -> None:
    stream = engine("alexa").open()
    stream.close()
    stream.close()


def test_it_is_a_wake_engine() -> None:
    knows: WakeEngine = engine("alexa", "hey_jarvis")
    assert knows.words == ("alexa", "hey_jarvis")
