"""Makes the recordings that self-tests play: `python -m benchmarks.selftest_words`."""

from typing import Final

from benchmarks.espeak import Manner, speak
from device.audio.files import write_sound
from device.audio.format import Samples
from device.care.recordings import COMMAND, WORDS, recording_file

MANNERS: Final = {
    "hey_jarvis": ("hey jarvis", Manner("en-us+f3")),
    "alexa": ("alexa", Manner("en")),
    # espeak-ng reads the name as one word with the stress on its end.
    "hey_mycroft": ("hey my croft", Manner("en-us+f4")),
    "hey_rhasspy": ("hey rhasspy", Manner("en-gb-scotland", words_a_minute=130)),
    "okay_nabu": ("okay nabu", Manner("en-us")),
}
"""How each wake word is written for espeak-ng, and spoken."""


def spoken(word: str | None) -> Samples:
    """The command, in one breath with a wake word or alone; 16 kHz."""
    if word is None:
        return speak(COMMAND).samples
    text, manner = MANNERS[word]
    return speak(f"{text}, {COMMAND}", manner).samples


def main() -> None:
    """Write all of them."""
    for word in (None, *WORDS):
        write_sound(recording_file(word), spoken(word))


if __name__ == "__main__":
    main()
