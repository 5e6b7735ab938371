"""[vad]: every key changes what the speaker does."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.espeak import Manner, speak
from device import events as e
from device.audio.format import RATE
from tests.config.conftest import whisper
from tests.config.story import Story, Values, says, silence, tell, words

QUESTION = words("what time is it")


def listen(stt: Values, *sounds: np.ndarray, **vad: object) -> Story:
    return tell({"stt": stt, "vad": vad}, says(*(sounds or (QUESTION,))))


def waited(story: Story) -> float:
    """Silence before the turn ended, in seconds."""
    ended = story.the(e.TurnEnded)
    return ended.at - ended.speech_stop_sample / RATE


def test_silence_ends_a_turn_after_silence_ms(clock_stt: Values) -> None:
    short, long = (
        listen(clock_stt, strategy="fixed", silence_ms=milliseconds) for milliseconds in (300, 1500)
    )
    assert waited(long) - waited(short) == pytest.approx(1.2, abs=0.1)


def test_a_whole_command_ends_after_less_but_min_silence_ms(clock_stt: Values) -> None:
    fixed = listen(clock_stt, strategy="fixed", silence_ms=1500)
    sooner = listen(clock_stt, strategy="semantic", silence_ms=1500, min_silence_ms=300)
    later = listen(clock_stt, strategy="semantic", silence_ms=1500, min_silence_ms=1000)
    assert waited(sooner) < waited(later) - 0.2 < waited(fixed) - 0.6


def test_half_a_sentence_ends_after_max_silence_ms(tmp_path: Path) -> None:
    half = whisper(tmp_path, "turn on the <|endoftext|>")
    soon, late = (listen(half, max_silence_ms=most) for most in (850, 1250))
    assert waited(late) - waited(soon) == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize("strategy", ["dynamic", "combined"])
def test_who_speaks_slowly_is_waited_for_longer(clock_stt: Values, strategy: str) -> None:
    slow, fast = (speak("what time is it now tell me", Manner(words_a_minute=speed)).samples
                  for speed in (80, 240))  # fmt: skip
    options: Values = {"strategy": strategy, "silence_ms": 1000, "min_silence_ms": 200}
    assert waited(listen(clock_stt, slow, **options)) > waited(listen(clock_stt, fast, **options))


def test_words_matter_to_the_combined_strategy_and_not_to_the_dynamic_one(
    clock_stt: Values,
) -> None:
    by_manner, by_both = (
        listen(clock_stt, strategy=strategy, silence_ms=1500)
        for strategy in ("dynamic", "combined")
    )
    assert waited(by_both) < waited(by_manner) - 0.4


def test_nobody_spoke_after_no_speech_ms(clock_stt: Values) -> None:
    story = listen(clock_stt, silence(2), no_speech_ms=1200)
    assert story.the(e.NoSpeech).at - story.the(e.ListenRequested).at == pytest.approx(1.2, abs=0.2)


def test_a_sentence_is_cut_after_max_seconds(clock_stt: Values) -> None:
    story = listen(clock_stt, words("the quick brown fox jumps over the lazy dog"), max_seconds=2)
    assert story.of(e.TurnEnded)[0].reason == "max_length"


def test_speech_shorter_than_min_speech_ms_is_a_noise(clock_stt: Values) -> None:
    assert listen(clock_stt, min_speech_ms=3000).of(e.TurnEnded) == []


def test_what_is_under_the_threshold_is_no_speech(clock_stt: Values) -> None:
    assert listen(clock_stt, threshold=1.0).of(e.SpeechStarted) == []


def test_a_lower_start_share_hears_speech_sooner(clock_stt: Values) -> None:
    soon, late = (listen(clock_stt, start_share=share) for share in (0.51, 1.0))
    assert soon.of(e.SpeechStarted)[0].at < late.of(e.SpeechStarted)[0].at


def test_padding_is_kept_before_a_sentence(clock_stt: Values) -> None:
    tight, wide = (
        listen(clock_stt, silence(1), QUESTION, padding_ms=padding) for padding in (0, 400)
    )
    gap = tight.the(e.TurnEnded).start_sample - wide.the(e.TurnEnded).start_sample
    assert gap == 0.4 * RATE


def test_webrtc_decides_in_chunks_of_chunk_ms(clock_stt: Values) -> None:
    fine, coarse = (listen(clock_stt, engine="webrtc", chunk_ms=length) for length in (10, 30))
    at = [story.the(e.TurnEnded).speech_stop_sample for story in (fine, coarse)]
    begin = [story.the(e.TurnEnded).start_sample for story in (fine, coarse)]
    assert at[0] != at[1] or begin[0] != begin[1]


def test_aggressive_webrtc_takes_less_for_speech(clock_stt: Values) -> None:
    webrtc: Values = {"engine": "webrtc", "no_speech_ms": 2500}
    hum = np.random.default_rng(1).normal(0, 900, 2 * RATE).astype(np.int16)
    heard: Values = {"stt": clock_stt, "audio": {"echo": "off"}}
    mild, keen = (
        tell({**heard, "vad": {**webrtc, "aggressiveness": level}}, says(hum)) for level in (0, 3)
    )
    assert mild.of(e.SpeechStarted)
    assert keen.of(e.SpeechStarted) == []
