import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")

from benchmarks.recordings import recordings
from benchmarks.scripted_whisper import make_whisper
from device.audio.format import RATE, Samples
from device.clock import run_virtual
from device.errors import EngineError, ModelMissing
from device.executor import InlineExecutor, open_executor
from device.folders import models_folders
from device.grammar import Grammar
from device.pipeline.stt.whisper import PREFIXES, WhisperStt, as_signal
from device.types import Transcript

_END = "<|endoftext|>"
_PROMPT = 4
"""Tokens of the prompt where nothing is expected."""


def noise(seconds: float) -> Samples:
    return np.random.default_rng(0).normal(0, 2_000, int(seconds * RATE)).astype(np.int16)


def nothing_said() -> Grammar:
    return Grammar("en", (), {})


def stt(folder: Path, names: tuple[str, ...] = (), **options: Any) -> WhisperStt:
    return WhisperStt(InlineExecutor(), str(folder), names, threads=1, **options)


def heard(engine: WhisperStt, seconds: float = 2, language: str | None = "en") -> Transcript:
    return run_virtual(engine.transcribe(noise(seconds), language))


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("light"), f"turn on the light {_END}")


def test_an_utterance_becomes_its_text(light: Path) -> None:
    transcript = heard(stt(light))
    assert transcript.text == "turn on the light"
    assert (transcript.engine, transcript.language, transcript.is_final) == ("whisper", "en", True)
    assert transcript.confidence > 0.9


@pytest.mark.parametrize(
    ("expected", "text"), [(("Turn on!", "Turn off!"), "Turn on!"), (("yes", "no"), "")]
)
def test_of_expected_phrases_the_one_that_was_said_is_given(
    light: Path, tmp_path: Path, expected: tuple[str, ...], text: str
) -> None:
    prompted = _PROMPT + 1 + len(stt(light)._tokens(expected))
    engine = stt(make_whisper(tmp_path, f"turn on {_END}", prompt_tokens=prompted))
    said = run_virtual(engine.transcribe(noise(2), "en", expected))
    assert said.text == text
    assert said.confidence > 0.9


def test_a_changed_home_brings_other_names(light: Path, tmp_path: Path) -> None:
    names = ("light", "lamp") * 1_000
    prompted = _PROMPT + 1 + len(stt(light)._tokens(names))
    engine = stt(make_whisper(tmp_path, f"turn on {_END}", prompt_tokens=prompted))
    assert heard(engine).text != "turn on"
    run_virtual(engine.adopt(nothing_said, names))
    assert heard(engine).text == "turn on"


def test_the_encoder_gets_the_utterance_and_a_margin_not_thirty_seconds(light: Path) -> None:
    engine = stt(light)
    assert engine.encode(as_signal(noise(2)), 2.56).shape[1] == 228
    assert engine.encode(as_signal(noise(29.9)), 2.56).shape[1] == 1_500
    assert engine.encode(as_signal(noise(2)), 30).shape[1] == 1_500


def test_a_loop_is_broken_off_and_tried_once_more_with_full_context(tmp_path: Path) -> None:
    engine = stt(make_whisper(tmp_path, "and again", f"turn off the fan {_END}"))
    assert heard(engine).text == "turn off the fan"
    assert engine.retries == 1
    assert engine._decode(as_signal(noise(2)), "en", 2.56)[0].runs_on


def test_a_loop_that_full_context_does_not_mend_is_not_believed(tmp_path: Path) -> None:
    engine = stt(make_whisper(tmp_path, "blah"))
    assert heard(engine) == Transcript("", "en", confidence=0.0, engine="whisper")
    assert engine.retries == 1


def test_the_token_limit_follows_the_length_of_the_utterance(tmp_path: Path) -> None:
    engine = stt(make_whisper(tmp_path, "blah"))
    short, long = (len(engine._decode(as_signal(noise(s)), "en", 2.56)[0].tokens) for s in (1, 6))
    assert (short, long) == (12 + 6, 12 + 36)


def test_a_doubtful_text_is_tried_again_and_the_better_try_wins(tmp_path: Path) -> None:
    engine = stt(make_whisper(tmp_path, f"mumble {_END}", sureness=1.2))
    transcript = heard(engine)
    assert (transcript.text, engine.retries) == ("mumble", 1)
    assert transcript.confidence < 0.4


def test_a_sure_text_and_full_context_are_not_tried_again(light: Path, tmp_path: Path) -> None:
    sure, whole = stt(light), stt(make_whisper(tmp_path, "blah"), short_context=False)
    heard(sure)
    heard(whole)
    assert (sure.retries, whole.retries) == (0, 0)


def test_without_short_context_thirty_seconds_are_encoded(tmp_path: Path) -> None:
    folder = make_whisper(tmp_path, f"short {_END}", f"full {_END}")
    assert heard(stt(folder)).text == "short"
    assert heard(stt(folder, short_context=False)).text == "full"


def test_silence_that_the_model_doubts_itself_is_no_text_and_costs_no_second_try(
    tmp_path: Path,
) -> None:
    engine = stt(make_whisper(tmp_path, f"thank you {_END}", sureness=1.2, no_speech=4))
    assert heard(engine).text == ""
    assert engine.retries == 0


def test_the_language_is_detected_when_none_is_given(tmp_path: Path) -> None:
    engine = stt(make_whisper(tmp_path, f"licht an {_END}", language="de"))
    assert heard(engine, language=None).language == "de"
    assert heard(engine, language="pt-BR").language == "pt-BR"


def test_an_english_only_model_needs_no_language_and_refuses_another(tmp_path: Path) -> None:
    folder = make_whisper(tmp_path, f"hello {_END}", multilingual=False, prompt_tokens=2)
    engine = stt(folder)
    assert engine.languages == ("en",)
    assert heard(engine, language=None).text == "hello"
    with pytest.raises(EngineError, match="multilingual"):
        heard(engine, language="de")


def test_names_of_the_home_reach_the_decoder(tmp_path: Path) -> None:
    told = 4 + 1 + len(" Hue")
    folder = make_whisper(tmp_path, f"hue on {_END}", prompt_tokens=told)
    assert heard(stt(folder, ("Hue",))).confidence > 0.9
    assert heard(stt(folder)).confidence < 0.1


def test_beam_search_finds_the_same_sure_text(light: Path) -> None:
    assert heard(stt(light, beam=3)).text == "turn on the light"


@pytest.mark.parametrize("samples", [0, 1, 100, 1_599])
def test_a_snippet_is_nothing_said(light: Path, samples: int) -> None:
    transcript = run_virtual(stt(light).transcribe(noise(1)[:samples], "en"))
    assert (transcript.text, transcript.confidence) == ("", 0.0)


def test_silence_and_full_scale_do_no_harm(light: Path) -> None:
    engine = stt(light)
    for level in (0, 32_767, -32_768):
        samples = np.full(RATE, level, dtype=np.int16)
        assert run_virtual(engine.transcribe(samples, "en")).text == "turn on the light"


def test_a_minute_of_noise_ends_in_bounded_time_and_without_error(tmp_path: Path) -> None:
    engine = stt(make_whisper(tmp_path, "blah"))
    assert run_virtual(engine.transcribe(noise(60), "en")).confidence in (0.0, 1.0)


def test_a_model_is_found_by_name_in_the_models_folders(light: Path, tmp_path: Path) -> None:
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "faster-whisper-tiny").symlink_to(light)
    engine = WhisperStt(InlineExecutor(), "tiny", threads=1, folders=[tmp_path])
    assert heard(engine).text == "turn on the light"


@pytest.mark.parametrize("name", ["tiny", "/no/such/folder", "~/no-such-folder"])
def test_a_model_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelMissing, match="whisper_model"):
        WhisperStt(InlineExecutor(), name, folders=[tmp_path])


def test_it_works_off_the_loop_too(light: Path) -> None:
    async def flow() -> list[str]:
        engine = WhisperStt(open_executor("stt"), str(light), threads=1)
        await engine.warm_up()
        one = engine.transcribe(noise(1), "en")
        other = engine.transcribe(noise(2), "en")
        texts = [transcript.text for transcript in await asyncio.gather(one, other)]
        engine.close()
        engine.close()
        return texts

    assert asyncio.run(flow()) == ["turn on the light"] * 2


@pytest.mark.models
@pytest.mark.recordings
def test_real_weights_understand_spoken_commands() -> None:
    import soundfile

    clips = list(recordings("cmd_home_en"))[:20]
    found = [
        f"{p}tiny.en" for p in PREFIXES for f in models_folders() if (f / f"{p}tiny.en").exists()
    ]
    if not found or not clips:
        pytest.skip("needs the model tiny.en in $PARLOR_MODELS and the recordings")
    engine = WhisperStt(InlineExecutor(), "tiny.en")
    right = 0
    for clip in clips:
        sound, rate = soundfile.read(clip.path, dtype="int16")
        if rate != RATE or sound.ndim != 1:
            continue
        text = run_virtual(engine.transcribe(sound, "en")).text
        right += bool(set(text.lower().split()) & set(clip.label.lower().split()))
    assert right >= len(clips) // 2
