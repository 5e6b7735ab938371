"""Sound, wake words, and when a sentence ends."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from device.config.conversing import ConversationEngine
from device.config.section import Milliseconds, Section, Share


class AudioConfig(Section):
    """[audio] microphone and loudspeaker."""

    backend: Literal["pyaudio", "subprocess"] = "pyaudio"
    """pyaudio: PortAudio on ALSA; subprocess: arecord and aplay."""
    input: str | int = "default"
    """Microphone: part of its name, or its index (see `parlor devices`)."""
    output: str | int = "default"
    """Loudspeaker: part of its name, or its index."""
    rate: Annotated[int, Field(ge=0, le=192_000)] = 0
    """Samples a second asked of both; 0: microphone 16,000 if offered, loudspeaker its own."""
    channels: Annotated[int, Field(ge=1, le=16)] = 1
    """Channels the microphone delivers."""
    channel: int | Literal["best", "beam"] = 0
    """Which channel to hear: an index, the best one, or all of them by delay-and-sum."""
    loopback: Annotated[int, Field(ge=0, le=15)] | None = None
    """Channel on which an array gives back what is played; None: the speaker notes it itself."""
    volume: Share = 0.7
    """Loudness of replies at start."""
    earcons: bool = True
    """Chimes at wake, end of listening, error, mute."""
    high_pass: bool = True
    """Take rumble below 80 Hz away."""
    echo: Literal["linear", "webrtc", "nlms", "off"] = "linear"
    """What takes our own voice out of what is heard; nlms is the plain one, to compare with."""
    noise_suppression: Literal["off", "webrtc", "spectral"] = "off"
    """Weaken steady noise, by WebRTC or by our own spectral subtraction."""
    noise_gate: bool = False
    """Silence what is softer than noise_gate_dbfs."""
    noise_gate_dbfs: Annotated[float, Field(ge=-90, le=0)] = -35.0
    """noise_gate: level below which nothing is meant, RMS of 10 ms in dB of full scale."""
    gain_control: Literal["off", "webrtc", "own"] = "off"
    """Bring soft and loud voices to one level."""


class WakeWordConfig(Section):
    """[[wake.word]] one wake word."""

    name: str = ""
    """A built-in word, e.g. hey_jarvis, or the name for a custom model."""
    path: Path | None = None
    """Custom model file."""
    engine: Literal[
        "", "cascade", "openwakeword", "microwakeword", "porcupine", "openwakeword-onnx"
    ] = ""
    """Empty: the engine of [wake]."""
    language: str = ""
    """Language that this word starts; empty: that of the device."""
    voice: str = ""
    """Voice that answers; empty: that of [tts]."""
    agent: Literal["", ConversationEngine] = ""
    """Who is called by it; empty: the engine of [dialog]."""
    threshold: Share | None = None
    """Score from which it counts; None: that of [wake]."""
    sensitivity: Share | None = None
    """The same the other way round, as Porcupine has it: 1 less the threshold. Give one of them."""

    @model_validator(mode="after")
    def _named(self) -> "WakeWordConfig":
        if not self.name and self.path is None:
            raise ValueError("a wake word needs a name or a path")
        if self.threshold is not None and self.sensitivity is not None:
            raise ValueError("give a wake word a threshold or a sensitivity, not both")
        return self

    @property
    def label(self) -> str:
        """Name in events."""
        return self.name or (self.path.stem if self.path else "")


class WakeConfig(Section):
    """[wake] which words wake the speaker."""

    engine: Literal[
        "cascade", "openwakeword", "microwakeword", "porcupine", "openwakeword-onnx"
    ] = "cascade"
    """Engine of words that name none."""
    fallback: bool = True
    """Start on the default engine when the named one cannot start."""
    threshold: Share | None = None
    """Score from which a word counts; lower hears more and errs more. For Porcupine 1 less its
    sensitivity. None: 0.5, for microWakeWord the cut-off of the model's author."""
    refractory_seconds: Annotated[float, Field(ge=0, le=60)] = 2.0
    """How long the same word is not heard again."""
    access_key_file: Path | None = None
    """File with the Porcupine AccessKey, or the name of a systemd credential."""
    bid_group: Annotated[str, Field(pattern=r"^[a-z0-9_-]*$")] = "home"
    """Speakers of one group let the one that hears best answer; empty: always answer."""
    bid_ms: Annotated[int, Field(ge=100, le=250)] = 150
    """How long the bids of other speakers are waited for."""
    keep_clips: Annotated[int, Field(ge=0, le=1_000)] = 0
    """How many recordings of what woke the speaker are kept on it; 0: none."""
    word: tuple[WakeWordConfig, ...] = (WakeWordConfig(name="hey_jarvis"),)
    """The words."""

    @model_validator(mode="after")
    def _distinct(self) -> "WakeConfig":
        labels = [word.label for word in self.word]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"wake word named twice: {', '.join(twice)}")
        return self


class VadConfig(Section):
    """[vad] when a sentence has begun and ended."""

    engine: Literal["silero", "webrtc"] = "silero"
    """Voice activity detector."""
    aggressiveness: Annotated[int, Field(ge=0, le=3)] = 2
    """webrtc: how readily sound is called noise."""
    chunk_ms: Literal[10, 20, 30] = 30
    """webrtc: length of one decision."""
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """silero: probability from which sound is speech."""
    min_speech_ms: Milliseconds = 250
    """Speech shorter than this is a noise."""
    start_share: Annotated[float, Field(gt=0.5, le=1.0)] = 0.8
    """Share of a 300 ms window that must be speech for a sentence to begin."""
    padding_ms: Annotated[int, Field(ge=0, le=1_000)] = 300
    """Sound kept before and after a sentence."""
    strategy: Literal["fixed", "dynamic", "semantic", "combined"] = "combined"
    """fixed: wait silence_ms; dynamic: by how fast the person speaks and pauses; semantic: by how
    complete the words are; combined: by both."""
    silence_ms: Milliseconds = 800
    """Silence that ends the turn of a usual person, when it is unknown whether more will come."""
    min_silence_ms: Milliseconds = 250
    """Not fixed: silence that ends a turn that surely is whole; none ends sooner."""
    max_silence_ms: Milliseconds = 1_200
    """Not fixed: silence that ends any turn, even in the middle of a sentence."""
    no_speech_ms: Milliseconds = 5_000
    """Give up when nobody speaks for so long after the wake word."""
    max_seconds: Annotated[float, Field(ge=2, le=60)] = 15.0
    """A sentence is cut after so long."""


class BargeInConfig(Section):
    """[barge_in] interrupting a reply."""

    mode: Literal["full", "wake_word", "button", "off"] = "full"
    """What may interrupt: full: whatever is said; wake_word: a wake word or "stop"; button: the
    button; off: nothing, it is only heard again when it has finished. MQTT and API may always."""
    sensitivity: Share | None = None
    """How readily speech and a wake word are heard while the speaker speaks; None: as always."""
