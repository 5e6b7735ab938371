import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.recordings import folder
from device.audio.files import read_sound, write_sound
from device.audio.format import RATE
from device.audio.level import dbfs
from device.errors import AudioFileError
from tests.audio.signals import loudest_hertz, tone

SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM"]


def problem_of(path: Path) -> str:
    """What reading it says, empty when it is sound."""
    try:
        sound = read_sound(path)
    except AudioFileError as error:
        return str(error)
    return "" if len(sound) else "an empty sound was read"


@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (8_000, 1)])
def test_a_wav_of_any_kind_sounds_the_same(
    tmp_path: Path, subtype: str, rate: int, channels: int
) -> None:
    path = tmp_path / "a.wav"
    sound = np.repeat(tone(0.5, 500, rate=rate)[:, None] / 32768, channels, axis=1)
    soundfile.write(path, sound, rate, subtype=subtype)
    read = read_sound(path)
    assert len(read) / RATE == pytest.approx(0.5, abs=0.03)
    assert loudest_hertz(read) == pytest.approx(500, abs=5)
    assert dbfs(read) == pytest.approx(dbfs(tone(0.5, 500)), abs=0.5)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".opus", ".ogg", ".WAV"])
@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_what_is_written_can_be_read(tmp_path: Path, suffix: str, rate: int) -> None:
    path = tmp_path / f"a{suffix}"
    write_sound(path, tone(0.5, 500, rate=rate), rate)
    read = read_sound(path)
    assert len(read) / RATE == pytest.approx(0.5, abs=0.1)
    assert loudest_hertz(read) == pytest.approx(500, abs=5)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_format_of_films_goes_through_ffmpeg(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", tone(0.5, 500))
    film = tmp_path / "-a.m4a"
    command = ["ffmpeg", "-v", "error", "-i", f"{tmp_path}/a.wav", "-c:a", "aac", f"file:{film}"]
    subprocess.run(command, check=True)
    assert loudest_hertz(read_sound(film)) == pytest.approx(500, abs=10)


def test_a_wav_is_read_bit_by_bit(tmp_path: Path) -> None:
    sound = np.random.default_rng(3).integers(-32768, 32768, 4_000).astype(np.int16)
    write_sound(tmp_path / "a.wav", sound)
    assert np.array_equal(read_sound(tmp_path / "a.wav"), sound)


def test_a_wav_that_was_cut_off_gives_what_is_left(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", tone(1.0))
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    assert len(read_sound(tmp_path / "cut.wav")) == pytest.approx(RATE / 2, abs=50)


def test_another_rate_can_be_asked_for(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", tone(0.5))
    assert len(read_sound(tmp_path / "a.wav", 48_000)) == 24_000


def header_only(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))


def not_numbers(path: Path) -> None:
    soundfile.write(path, np.full(100, np.nan), 16_000, subtype="FLOAT")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.touch(), "is empty"),
        (header_only, "holds no sound"),
        (not_numbers, "damaged"),
        (lambda path: path.write_bytes(b"RIFF"), "no sound file"),
        (lambda path: path.write_text("hello" * 99), "no sound file"),
    ],
)
def test_what_is_no_sound_is_explained(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "a.wav"
    assert callable(make)
    make(path)
    with pytest.raises(AudioFileError, match=says) as caught:
        read_sound(path)
    assert str(path) in str(caught.value)


@given(st.binary(max_size=300))
def test_garbage_behind_a_good_header_is_sound_or_an_explained_error(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    write_sound(folder / "a.wav", tone(0.01))
    head = (folder / "a.wav").read_bytes()[:44]
    (folder / "b.wav").write_bytes(head[: 44 - len(garbage) % 8] + garbage)
    assert problem_of(folder / "b.wav") == "" or "b.wav" in problem_of(folder / "b.wav")


@pytest.mark.parametrize("name", ["a.txt", "a", "a.aiff"])
def test_an_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioFileError, match=r"\.wav, \.flac"):
        write_sound(tmp_path / name, tone(0.1))


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="there is no folder"):
        write_sound(tmp_path / "nowhere" / "a.wav", tone(0.1))


@pytest.mark.recordings
def test_every_odd_recording_is_sound_or_an_explained_error() -> None:
    place = folder()
    if place is None:
        pytest.skip("no recordings here")
    for path in sorted((place / "edge_formats").iterdir()):
        problem = problem_of(path)
        assert problem == "" or (path.name in problem and "; " in problem)
