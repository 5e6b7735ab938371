"""[audio]: every key changes what is heard or said. Devices are in tests/hal/test_soundcard.py."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from device import events as e
from device.audio.files import read_sound
from device.audio.format import RATE, AudioFormat, Samples
from device.audio.level import dbfs
from device.cli.app import app
from device.config import AudioConfig
from device.errors import DeviceError, FormatUnsupported
from device.hal import open_microphone, open_speaker
from device.hal.mock import ScriptedMicrophone
from device.turn_log import TurnLog
from tests.config.story import Scene, Story, Values, hears, says, silence, tell, types, words

QUESTION = words("what time is it")


def array(*channels: Samples) -> ScriptedMicrophone:
    """Microphones that hear one thing each."""
    ahead, behind = silence(0.6), silence(3.0)
    heard = [np.concatenate((ahead, channel, behind)) for channel in channels]
    return ScriptedMicrophone([np.stack(heard, axis=1)], AudioFormat(RATE, 2, len(channels)))


def waits(seconds: float) -> Scene:
    async def scene(parlor: object, microphone: object) -> None:
        await asyncio.sleep(seconds)

    return scene


def listening(seconds: float) -> Scene:
    async def scene(parlor: object, microphone: object) -> None:
        parlor.session.post(e.ListenRequested())  # type: ignore[attr-defined]
        await asyncio.sleep(seconds)

    return scene


def heard_on(channel: int | str, stt: Values, *channels: Samples) -> Story:
    config = {"audio": {"channel": channel, "channels": len(channels)}, "stt": stt}
    return tell(config, listening(len(QUESTION) / RATE + 3.0), array(*channels))


@pytest.mark.parametrize(("channel", "hears"), [(0, False), (1, True), ("best", True)])
def test_the_chosen_channel_is_heard(clock_stt: Values, channel: int | str, hears: bool) -> None:
    noise = np.random.default_rng(0).normal(0, 30, len(QUESTION)).astype(np.int16)
    story = heard_on(channel, clock_stt, noise, QUESTION)
    assert bool(story.of(e.TurnEnded)) is hears


def test_all_channels_are_heard_in_step(clock_stt: Values) -> None:
    late = np.concatenate((np.zeros(4, np.int16), QUESTION[:-4]))
    assert heard_on("beam", clock_stt, QUESTION, late).of(e.TurnEnded)


def test_a_channel_that_the_microphone_has_not_is_told(clock_stt: Values) -> None:
    with pytest.raises(FormatUnsupported, match="2 channels"):
        heard_on(2, clock_stt, QUESTION, QUESTION)


@pytest.mark.parametrize(("loopback", "hears"), [(None, True), (1, False)])
def test_a_channel_that_gives_back_what_is_played_is_not_mixed_in(
    clock_stt: Values, loopback: int | None, hears: bool
) -> None:
    quiet = np.random.default_rng(0).normal(0, 30, len(QUESTION)).astype(np.int16)
    audio = {"channel": "beam", "channels": 3, "loopback": loopback}
    story = tell(
        {"audio": audio, "stt": clock_stt},
        listening(len(QUESTION) / RATE + 3.0), array(quiet, QUESTION, quiet),
    )  # fmt: skip
    assert bool(story.of(e.TurnEnded)) is hears


def test_a_loopback_that_the_microphone_has_not_is_told(clock_stt: Values) -> None:
    audio = {"channels": 2, "loopback": 2}
    with pytest.raises(FormatUnsupported, match="loopback"):
        tell({"audio": audio, "stt": clock_stt}, listening(1.0), array(QUESTION, QUESTION))


def test_volume_is_that_of_replies_at_start(clock_stt: Values) -> None:
    soft, loud = (
        tell({"stt": clock_stt, "audio": {"volume": volume}}, types("help", spoken=True)).said
        for volume in (0.3, 0.9)
    )
    assert dbfs(loud) > dbfs(soft) + 10


@pytest.mark.parametrize("earcons", [True, False])
def test_chimes_can_be_switched_off(clock_stt: Values, earcons: bool) -> None:
    config = {"stt": clock_stt, "audio": {"earcons": earcons}, "vad": {"no_speech_ms": 1000}}
    assert bool(len(tell(config, says(silence(1.0))).said)) is earcons


@pytest.mark.parametrize("backend", ["pyaudio", "subprocess"])
def test_devices_are_looked_for_by_name_or_index(backend: str) -> None:
    async def opened(**names: object) -> None:
        config = AudioConfig.model_validate({"backend": backend, **names})
        open_microphone(config) if "input" in names else open_speaker(config)

    for names in ({"input": "nobody's"}, {"output": "nobody's"}, {"input": 99}, {"output": 99}):
        with pytest.raises(DeviceError, match=r"nobody's|99"):
            asyncio.run(opened(**names))


JARVIS = words("hey jarvis")


def kept(clock_stt: Values, folder: Path, sound: Samples, audio: Values) -> Samples:
    """What woke the speaker, as it was kept after the front end."""
    tell({"wake": {"keep_clips": 1}, "stt": clock_stt, "audio": audio}, hears(sound))
    (clip,) = folder.rglob("*.wav")
    return read_sound(clip)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path


def spoken(before_seconds: float = 1.5) -> Samples:
    return np.concatenate((silence(before_seconds), JARVIS, silence(1.0)))


def with_hiss(amplitude: float) -> Samples:
    clean = spoken()
    hiss = np.random.default_rng(0).normal(0, amplitude, len(clean))
    return (clean + hiss).clip(-32_768, 32_767).astype(np.int16)


def below(sound: Samples, hertz: float) -> float:
    """Power below a frequency, dB."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return float(10 * np.log10(np.sum(power[np.fft.rfftfreq(len(sound), 1 / RATE) < hertz]) + 1))


def quietest(sound: Samples) -> float:
    """Level of the softest tenth of a second, dBFS."""
    tenth = RATE // 10
    return min(dbfs(sound[n : n + tenth]) for n in range(0, len(sound) - tenth, tenth))


@pytest.mark.parametrize("high_pass", [True, False])
def test_rumble_is_taken_away_where_that_is_wanted(
    clock_stt: Values, state: Path, high_pass: bool
) -> None:
    clean = spoken()
    rumble = 2_000 * np.sin(2 * np.pi * 25 * np.arange(len(clean)) / RATE)
    sound = (clean + rumble).clip(-32_768, 32_767).astype(np.int16)
    heard = kept(clock_stt, state, sound, {"high_pass": high_pass})
    assert (below(sound[: len(heard)], 40) - below(heard, 40) > 25) is high_pass


@pytest.mark.parametrize(("engine", "least"), [("off", -1), ("spectral", 4), ("webrtc", 4)])
def test_hiss_is_weakened_where_that_is_wanted(
    clock_stt: Values, state: Path, engine: str, least: float
) -> None:
    plain = quietest(with_hiss(60.0))
    heard = kept(clock_stt, state, with_hiss(60.0), {"noise_suppression": engine})
    assert plain - quietest(heard) > least
    assert engine != "off" or plain - quietest(heard) < 1


@pytest.mark.parametrize(("gate", "level", "shut"), [(False, -35, False), (True, -35, True),
                                                     (True, -80, False)])  # fmt: skip
def test_what_is_soft_is_silenced_where_that_is_wanted(
    clock_stt: Values, state: Path, gate: bool, level: float, shut: bool
) -> None:
    audio = {"noise_gate": gate, "noise_gate_dbfs": level}
    heard = kept(clock_stt, state, with_hiss(60.0), audio)
    assert (quietest(heard) < quietest(with_hiss(60.0)) - 20) is shut


@pytest.mark.parametrize(("control", "raised"), [("off", False), ("own", True), ("webrtc", True)])
def test_a_soft_voice_is_raised_where_that_is_wanted(
    clock_stt: Values, state: Path, control: str, raised: bool
) -> None:
    soft = (spoken() * 0.15).astype(np.int16)
    heard = kept(clock_stt, state, soft, {"gain_control": control})
    peaks = [int(np.max(np.abs(sound.astype(int)))) for sound in (soft, heard)]
    assert (peaks[1] > 1.5 * peaks[0]) is raised


@pytest.mark.parametrize(
    ("echo", "told"),
    [
        ("linear", "own (linear)"),
        ("nlms", "own (nlms)"),
        ("webrtc", "webrtc (livekit)"),
        ("off", "off"),
    ],
)
def test_doctor_tells_what_takes_the_echo_out(tmp_path: Path, echo: str, told: str) -> None:
    file = tmp_path / "parlor.toml"
    file.write_text(f'[audio]\necho = "{echo}"\n[mqtt]\nenabled = false\n')
    lines = CliRunner().invoke(app, ["doctor", "--json", "--config", str(file)]).stdout.splitlines()
    (finding,) = [json.loads(line) for line in lines if '"front end"' in line]
    assert f"echo: {told}" in finding["message"]


def test_doctor_tells_what_the_running_speaker_last_found_of_its_echo(
    tmp_path: Path, state: Path
) -> None:
    log = TurnLog(state)
    log.write(log.take(e.EchoMeasured(delay_ms=83.4, drift_ppm=-12.0, erle_db=44.6)))
    file = tmp_path / "parlor.toml"
    file.write_text("[mqtt]\nenabled = false\n")
    told = CliRunner().invoke(app, ["doctor", "--json", "--config", str(file)]).stdout
    assert "own voice came 83 ms late, -12 ppm, and was made 45 dB weaker" in told
