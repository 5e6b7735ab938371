"""Wake words, each with a command, that self-tests let the speaker hear.

Spoken by espeak-ng for this project; `python -m benchmarks.selftest_words` makes them again.
"""

from pathlib import Path
from typing import Final

from device.audio.files import read_sound
from device.audio.format import Samples

COMMAND: Final = "turn on the kitchen light"
"""What is said after each wake word."""
COMMAND_LANGUAGE: Final = "en"
INTENT: Final = "HassTurnOn"
"""What is wanted by it."""
WORDS: Final = ("hey_jarvis", "alexa", "hey_mycroft", "hey_rhasspy", "okay_nabu")
"""Wake words that there are recordings of."""


def recording_file(word: str | None = None) -> Path:
    """Where the recording of one of `WORDS` is; None: of the command alone."""
    return Path(__file__).with_name(f"{word or 'command'}.flac")


def recording(word: str | None = None) -> Samples:
    """The command, after a wake word or alone; 16 kHz. Raises AudioFileError."""
    return read_sound(recording_file(word))
