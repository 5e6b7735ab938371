import shutil
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.clock import run_virtual
from device.errors import EngineError, EngineMissing, ModelMissing
from device.executor import InlineExecutor
from device.pipeline.tts.espeak import EspeakTts, espeak_language, espeak_options, harmless
from device.pipeline.tts.prosody import Prosody

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)


def tts(language: str = "en", voice: str = "", prosody: Prosody | None = None) -> EspeakTts:
    return EspeakTts(InlineExecutor(), language, voice, prosody)


def said(engine: EspeakTts, text: str) -> list[AudioChunk]:
    async def collect() -> list[AudioChunk]:
        return [chunk async for chunk in engine.synthesize(text)]

    return run_virtual(collect())


def sound(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.pcm() for chunk in chunks])


def seconds(engine: EspeakTts, text: str) -> float:
    return sum(chunk.seconds for chunk in said(engine, text))


@needs_espeak
def test_a_sentence_becomes_mono_16_bit_sound_at_the_voices_rate() -> None:
    engine = tts()
    chunks = said(engine, "The kitchen light is on.")
    assert {chunk.format.rate for chunk in chunks} == {engine.voice.rate} == {22_050}
    assert {(chunk.format.width, chunk.format.channels) for chunk in chunks} == {(2, 1)}
    assert 0.8 < sum(chunk.seconds for chunk in chunks) < 3
    assert np.abs(sound(chunks).astype(int)).max() > 3_000


@needs_espeak
def test_a_long_sentence_comes_piece_by_piece_and_whole() -> None:
    chunks = said(tts(), "Nine lights are on in the living room, and two in the kitchen.")
    assert len(chunks) > 2
    assert all(0 < chunk.seconds < 0.8 for chunk in chunks)
    assert seconds(tts(), "Nine lights are on in the living room, and two in the kitchen.") > 2.5


@needs_espeak
def test_the_program_of_the_next_sentence_waits_already_and_says_the_same() -> None:
    engine = tts()
    cold = sound(said(engine, "The kitchen light is on."))
    warm = sound(said(engine, "The kitchen light is on."))
    assert (cold == warm).all()
    engine.close()
    engine.close()


@needs_espeak
def test_a_waiting_program_that_ended_is_replaced(tmp_path: Path) -> None:
    impatient = tmp_path / "espeak"
    impatient.write_text('#!/bin/sh\nexec timeout 0.3 espeak-ng "$@"\n')
    impatient.chmod(0o755)

    async def story() -> list[AudioChunk]:
        engine = EspeakTts(InlineExecutor(), program=str(impatient))
        await engine.warm_up()
        time.sleep(0.6)  # noqa: ASYNC251 - the program runs in real time
        return [chunk async for chunk in engine.synthesize("Still here.")]

    assert run_virtual(story())


@needs_espeak
def test_a_sentence_cut_short_ends_its_program_and_the_next_is_spoken() -> None:
    async def story() -> float:
        engine = tts()
        cut: Any = engine.synthesize("word " * 200)
        async with aclosing(cut):
            await anext(cut)
        return sum([chunk.seconds async for chunk in engine.synthesize("Still here.")])

    assert 0.3 < run_virtual(story()) < 3


@needs_espeak
def test_a_faster_rate_makes_shorter_sound_and_a_lower_volume_quieter_sound() -> None:
    text = "Nine lights are on in the living room."
    assert seconds(tts(prosody=Prosody(rate=2)), text) < 0.7 * seconds(tts(), text)
    loud, quiet = (
        sound(said(tts(prosody=Prosody(volume=v)), text)).astype(float).std() for v in (1, 0.3)
    )
    assert quiet < 0.5 * loud


@needs_espeak
def test_pitch_moves_the_fundamental() -> None:
    def fundamental(pitch: float) -> float:
        said_so = sound(said(tts(prosody=Prosody(pitch=pitch)), "aaaaaaaah")).astype(float)
        middle = said_so[len(said_so) // 3 : len(said_so) // 3 + 4096]
        correlation = np.correlate(middle, middle, "full")[4095:]
        lags = slice(22_050 // 250, 22_050 // 50)
        return 22_050 / (lags.start + int(np.argmax(correlation[lags])))

    assert fundamental(-1) < fundamental(0) < fundamental(1)


@needs_espeak
def test_other_languages_are_spoken_by_their_own_voice() -> None:
    assert tts("zh-CN").voice.name == "cmn-latn-pinyin"
    assert tts("de").voice.language == "de"
    german, english = (sound(said(tts(code), "Guten Morgen")) for code in ("de", "en"))
    assert len(german) != len(english)


@needs_espeak
def test_chinese_characters_are_said_and_not_spelled() -> None:
    six_syllables = said(tts("zh"), "打开厨房的灯")
    assert 0.8 < len(sound(six_syllables)) / 22_050 < 2.5


@needs_espeak
def test_japanese_is_read_in_kana() -> None:
    written, read = (
        sound(said(tts("ja"), text)) for text in ("電気を消します", "でんきをけします")
    )
    assert np.array_equal(written, read)


@needs_espeak
@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x01\x02", "\x00"])
def test_nothing_to_say_gives_no_chunk(text: str) -> None:
    assert said(tts(), text) == []


@needs_espeak
@pytest.mark.parametrize(
    "text", ["--version", "-w /tmp/x.wav", "$(reboot); `reboot`", "<speak><break time='9s'/>hi"]
)
def test_hostile_text_is_only_spoken(text: str) -> None:
    assert 0.2 < seconds(tts(), text) < 8


@needs_espeak
def test_embedded_commands_and_phonemes_do_not_reach_the_voice() -> None:
    engine = tts()
    plain, commanded = (sound(said(engine, text)) for text in ("hello", "\x0180S\x0199P hello"))
    assert harmless("\x0180S hello") == "80S hello"
    assert len(commanded) > len(plain)
    assert said(engine, "[[h@loU]]") == said(engine, "[ [h@loU]]")


@needs_espeak
def test_a_voice_that_does_not_exist_is_refused_with_the_way_out() -> None:
    with pytest.raises(ModelMissing, match="parlor voices"):
        tts("xx")
    with pytest.raises(ModelMissing, match="parlor voices"):
        tts(voice="--version")


def test_a_missing_program_names_the_package_that_brings_it() -> None:
    with pytest.raises(EngineMissing, match="apt install espeak-ng"):
        EspeakTts(InlineExecutor(), program="no-such-program")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no sound", "no WAV"),
        ("echo it broke >&2; exit 1", "it broke"),
        ("exit 3", "no reason given"),
        ("printf 'RIFF'", "no WAV"),
    ],
)
def test_a_program_that_misbehaves_is_an_engine_error(
    tmp_path: Path, script: str, message: str
) -> None:
    program = tmp_path / "espeak"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(EngineError, match=message):
        EspeakTts(InlineExecutor(), program=str(program))
    program.write_text("not a program")
    with pytest.raises(EngineError, match="espeak-ng failed"):
        EspeakTts(InlineExecutor(), program=str(program))


def test_what_the_program_cannot_do_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert espeak_options(Prosody(rate=4.0, pitch=-1.0, volume=2.0)) == [
        *("-s", "500"),
        *("-a", "200"),
        *("-p", "1"),
    ]
    assert "4.00 was asked for" in caplog.text


def test_language_codes_map_to_the_programs_own() -> None:
    assert espeak_language("pt-BR") == "pt-br"
    assert espeak_language("zh_TW") == espeak_language("zh") == "cmn-latn-pinyin"
    assert espeak_language("no") == "nb"


@pytest.mark.parametrize("wrong", [{"rate": 0.1}, {"volume": 2.1}, {"pitch": -1.5}])
def test_a_prosody_outside_the_scale_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="outside"):
        Prosody(**wrong)


@given(st.text())
def test_harmless_text_never_holds_a_command(text: str) -> None:
    clean = harmless(text)
    assert "[[" not in clean
    assert all(ord(letter) >= 0x20 for letter in clean)
    clean.encode()


@needs_espeak
@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_spoken_or_passed_over(text: str) -> None:
    assert seconds(tts(), text) < 120
