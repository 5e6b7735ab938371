"""Sound files: any of them in, the usual ones out."""

import io
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.errors import AudioFileError

LONGEST_SECONDS: Final = 4 * 3600
"""A longer file is refused: it would not fit into a speaker's memory."""

_SUBTYPES: Final = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".opus": ("OGG", "OPUS"),
    ".ogg": ("OGG", "VORBIS"),
}
_DECODER_SECONDS: Final = 120
_MOST_CHANNELS: Final = 2
_HIGHEST_RATE: Final = 192_000


def read_sound(path: Path | str, rate: int = RATE) -> Samples:
    """Read a sound file of any rate, width and channel count as mono at `rate`, shape (n,).

    Raises AudioFileError when it is missing, empty or no sound.
    """
    path = Path(path)
    _look(path)
    signal, from_rate = _decode(path)
    return _mono(signal, from_rate, rate, path)


def write_sound(path: Path | str, samples: Samples, rate: int = RATE) -> None:
    """Write mono 16-bit samples as WAV, FLAC, MP3, Opus or Ogg, by the suffix of `path`.

    Raises AudioFileError when the suffix is unknown or the place cannot be written.
    """
    path = Path(path)
    check_writable(path)
    kind, subtype = _SUBTYPES[path.suffix.lower()]
    try:
        _write(str(path), samples, rate, kind, subtype)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioFileError(
            f"cannot write {path}: {error}; check the folder and its rights"
        ) from error


def sound_in(data: bytes, rate: int, longest_seconds: float) -> Samples:
    """A sound file that came from somebody else, as mono at `rate`, shape (n,).

    No other program sees it. Raises AudioFileError when it is no sound, or more of it.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            from_rate = int(sound.samplerate)
            if sound.channels > _MOST_CHANNELS or from_rate > _HIGHEST_RATE:
                raise AudioFileError("the sound has more than two channels or 192 kHz; convert it")
            # Its size tells nothing: a little FLAC holds a day of silence.
            most = int(longest_seconds * from_rate) + 1
            signal = sound.read(most, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            "the file is no sound that can be recognised; send WAV, FLAC, MP3, Ogg or Opus"
        ) from error
    if len(signal) == most:
        raise AudioFileError(f"the sound is longer than {longest_seconds:.0f} s; cut it")
    return _mono(signal, from_rate, rate, "the file")


def sound_file(samples: Samples, rate: int, suffix: str) -> bytes:
    """Mono 16-bit samples as the file that `write_sound` makes for a suffix such as .mp3."""
    file = io.BytesIO()
    _write(file, samples, rate, *_SUBTYPES[suffix])
    return file.getvalue()


def _write(target: str | io.BytesIO, samples: Samples, rate: int, kind: str, subtype: str) -> None:
    if subtype == "OPUS" and rate not in (8000, 12000, 16000, 24000, 48000):
        samples, rate = resample(samples, rate, 48000), 48000
    soundfile.write(target, samples, rate, format=kind, subtype=subtype)


def _mono(signal: npt.NDArray[np.float32], from_rate: int, rate: int, what: Path | str) -> Samples:
    if len(signal) == 0:
        raise AudioFileError(
            f"{what} holds no sound: it has a header and nothing behind it; record it again"
        )
    if not np.isfinite(signal).all():
        raise AudioFileError(
            f"{what} is damaged: some of its samples are not numbers; export it again"
        )
    mono = np.clip(signal.mean(axis=1) * 32768.0, -32768, 32767)
    return resample(np.rint(mono).astype(np.int16), from_rate, rate)


def check_writable(path: Path) -> None:
    """Make sure that a sound file can be left there. Raises AudioFileError."""
    if path.suffix.lower() not in _SUBTYPES:
        raise AudioFileError(f"cannot write {path}: its name must end in {', '.join(_SUBTYPES)}")
    if not path.parent.is_dir():
        raise AudioFileError(f"cannot write {path}: there is no folder {path.parent}; make it")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise AudioFileError(f"cannot write {path}; check its rights, or name another place")


def _look(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioFileError(f"{path} is a folder; name a sound file")
        if path.stat().st_size == 0:
            raise AudioFileError(f"{path} is empty (0 bytes); record or copy it again")
    except FileNotFoundError as error:
        raise AudioFileError(f"{path} does not exist; check the path") from error
    except OSError as error:
        raise AudioFileError(f"{path} cannot be opened: {error.strerror or error}") from error


def _decode(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    try:
        return _read(str(path), path)
    except soundfile.LibsndfileError:
        return _read(io.BytesIO(_convert(path)), path)
    except OSError as error:
        raise AudioFileError(f"{path} cannot be opened: {error.strerror or error}") from error


def _read(source: str | io.BytesIO, path: Path) -> tuple[npt.NDArray[np.float32], int]:
    with soundfile.SoundFile(source) as sound:
        if not 0 <= sound.frames <= LONGEST_SECONDS * sound.samplerate:
            raise AudioFileError(f"{path} is longer than {LONGEST_SECONDS // 3600} hours; cut it")
        return sound.read(dtype="float32", always_2d=True), int(sound.samplerate)


def _convert(path: Path) -> bytes:
    """Let ffmpeg try what libsndfile does not know."""
    program = shutil.which("ffmpeg")
    unknown = f"{path} is no sound file that can be recognised"
    if program is None:
        raise AudioFileError(f"{unknown}; for more formats install ffmpeg (apt install ffmpeg)")
    command = [program, "-nostdin", "-v", "error", "-i", f"file:{path}", "-map", "0:a:0"]
    command += ["-f", "wav", "-c:a", "pcm_s16le", "-t", str(LONGEST_SECONDS), "-"]
    try:
        result = subprocess.run(command, capture_output=True, timeout=_DECODER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AudioFileError(f"{path} could not be converted by ffmpeg: {error}") from error
    if result.returncode != 0 or len(result.stdout) <= 44:
        raise AudioFileError(
            f"{unknown}; convert it to WAV first (raw PCM needs its rate and width: "
            f"sox -t raw -r 16000 -e signed -b 16 -c 1 IN OUT.wav)"
        )
    return result.stdout
