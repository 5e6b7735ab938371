"""The command recogniser on recorded speech: what it got right, and what it should have refused.

Whether an utterance is a command of this home is decided by a rule: the templates understand its
text. Speech without a text, speech in other languages and all other sound is no command.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.recordings import Recording, recordings
from device.audio.files import read_sound
from device.audio.format import RATE
from device.config import Config
from device.config_file import load
from device.dialog.grammar import stored_grammar
from device.dialog.templates import Templates
from device.executor import InlineExecutor
from device.grammar import Grammar
from device.home.entities import load_devices
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser
from device.types import Intent, Transcript

HOME: Final = Path(__file__).with_name("home.toml")
COMMAND_SETS: Final = ("cmd_home_en", "cmd_tts")
OTHER_SETS: Final = (
    "cmd_coffee_en",
    "cmd_home_multilang",
    "commands_vendor_multilang",
    "digits_words",
    "music",
    "neg_other_wakewords",
    "noise_events",
    "noise_room",
    "speech_background",
    "speech_stt",
)
_REMARK = re.compile(r"\(.*?\)")


@dataclass(frozen=True, slots=True)
class Tried:
    """One recording and what became of it."""

    set: str
    origin: str
    """human, tts, noise or uncertain."""
    wanted: Intent | None
    """What its text means in this home; None when it is no command."""
    heard: Transcript
    understood: Intent | None
    """What the heard text means, whatever its confidence."""
    audio_seconds: float
    work_seconds: float
    """CPU time of this process."""

    @property
    def right(self) -> bool:
        """Whether intent and slots are those of the text."""
        return self.wanted is not None and self.wanted == self.understood


def without_remarks(label: str) -> str:
    """What was said, without what the manifest adds in brackets."""
    return _REMARK.sub("", label).strip()


class Bench:
    """A home, its templates and the recogniser that listens for them."""

    def __init__(self, config: Path | None = None) -> None:
        self.config: Config = load(config or HOME)
        entities = [device.entity for device in load_devices(self.config.home.entity)]
        device = self.config.device
        self.templates = Templates(device.language, entities, device.area)
        self.recogniser = self.open(None)

    def grammar(self, cache: Path | None) -> Grammar:
        """What can be said in this home."""
        templates = self.templates
        return stored_grammar(templates.intents, templates.slot_lists, templates.language, cache)

    def open(self, cache: Path | None) -> CommandRecogniser:
        """A recogniser built from the templates."""
        return CommandRecogniser(
            InlineExecutor(),
            self.grammar(cache),
            acoustic_model(self.config.device.language),
            self.config.stt.command_threshold,
            cache,
        )

    def meaning(self, text: str) -> Intent | None:
        """Intent and slots of a text; None when the home does not understand it."""
        recognition = self.templates.recognize(text) if text else None
        return recognition.intent if recognition else None

    def trials(self, *, every_other: int = 1) -> Iterator[Tried]:
        """Every recorded command, and every n-th recording that is none."""
        count = 0
        for recording in recordings(*COMMAND_SETS, *OTHER_SETS):
            wanted = self.wanted(recording)
            if wanted is None:
                count += 1
                if count % every_other:
                    continue
            yield self._try(recording, wanted)

    def wanted(self, recording: Recording) -> Intent | None:
        """What a recording means in this home; None when it is no command of it."""
        spoken = recording.language == self.config.device.language
        if recording.set not in COMMAND_SETS or not spoken:
            return None
        return self.meaning(without_remarks(recording.label))

    def _try(self, recording: Recording, wanted: Intent | None) -> Tried:
        samples = read_sound(recording.path)
        began = time.process_time()
        heard = self.recogniser.hear(samples)
        worked = time.process_time() - began
        return Tried(
            recording.set,
            recording.origin,
            wanted,
            heard,
            self.meaning(heard.text),
            len(samples) / RATE,
            worked,
        )
