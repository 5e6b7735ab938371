import numpy as np
import pytest

from benchmarks import acoustics
from benchmarks.corpus import Scene, end_of_speech, hear, say, sentence, speech_bounds
from benchmarks.espeak import Manner, speak
from benchmarks.wake_audio import NEGATIVE_SECONDS, negatives, positive
from device.audio.format import RATE


def test_the_labeller_finds_where_sound_begins_and_ends() -> None:
    clip = np.zeros(RATE, dtype=np.int16)
    clip[3200:8000] = np.tile([9000, -9000], 2400)
    assert speech_bounds(clip) == (3200, 8000)


def test_the_labeller_ignores_what_is_far_quieter_than_the_speech() -> None:
    clip = np.full(RATE, 3, dtype=np.int16)
    clip[3200:8000] = np.tile([9000, -9000], 2400)
    assert end_of_speech(clip) == 8000


@pytest.mark.parametrize("samples", [0, 100, RATE])
def test_silence_has_no_speech(samples: int) -> None:
    assert speech_bounds(np.zeros(samples, dtype=np.int16)) == (0, 0)


def test_labels_come_from_the_clean_clip_whatever_the_scene() -> None:
    quiet = say("turn on the light")
    noisy = say("turn on the light", scene=Scene("pink", 5, 0.5, seed=3))
    assert noisy.speech_end == quiet.speech_end
    assert not np.array_equal(noisy.samples, quiet.samples)


def test_the_wake_word_ends_where_the_next_word_begins() -> None:
    joined = say("hey jarvis turn on the light", wake_words=2)
    assert joined.wake_stop <= joined.wake_end == joined.word_starts[2]
    paused = say("hey jarvis, turn on the light", wake_words=2)
    assert paused.wake_end - paused.wake_stop > 0.1 * RATE
    alone = say("hey jarvis", wake_words=2)
    assert alone.wake_stop == alone.wake_end == alone.speech_end


def test_noise_has_the_stated_snr() -> None:
    spoken = speak("hey jarvis").samples
    clean = hear(spoken, Scene(level_dbfs=-20), 0, 0).astype(float)
    noise = hear(spoken, Scene("white", 10, level_dbfs=-20), 0, 0) - clean
    start, end = speech_bounds(spoken)
    ratio = np.mean(clean[start:end] ** 2) / np.mean(noise**2)
    assert 10 * np.log10(ratio) == pytest.approx(10, abs=0.3)


def test_a_room_lengthens_the_sound_and_keeps_the_direct_part_first() -> None:
    response = acoustics.room_response(np.random.default_rng(1), 0.4)
    assert response[0] == pytest.approx(1.0, abs=0.1)
    late = np.mean(response[int(0.35 * RATE) :] ** 2)
    assert late < 1e-3 * np.mean(response[: int(0.05 * RATE)] ** 2)


def test_the_same_seed_says_the_same_whatever_was_said_before() -> None:
    first = positive("alexa", 5).clip
    speak("something else", Manner("en-gb-scotland+Mike", 190, 30, 60))
    second = positive("alexa", 5).clip
    assert (first.text, first.manner, first.scene) == (second.text, second.manner, second.scene)
    assert abs(first.wake_end - second.wake_end) <= RATE / 50
    assert abs(first.speech_end - second.speech_end) <= RATE / 50


def test_negatives_are_whole_minutes() -> None:
    assert len(negatives(2)) == NEGATIVE_SECONDS * RATE


def test_sentences_never_contain_a_wake_word() -> None:
    rng = np.random.default_rng(0)
    text = " ".join(sentence(rng, 20) for _ in range(200))
    assert not {"alexa", "jarvis", "mycroft", "rhasspy", "nabu", "hey"} & set(text.split())


def test_an_unknown_voice_is_an_error() -> None:
    with pytest.raises(ValueError, match="no voice"):
        speak("hello", Manner("xx-nowhere"))
