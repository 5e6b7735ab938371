"""The command line as people and programs use it: good input, bad input, exit codes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.broker import Broker
from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from device.audio.files import write_sound
from device.audio.format import RATE
from tests.config.observer import Observer

QUIET = np.zeros(RATE, dtype=np.int16)


def parlor(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `parlor` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "device", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, **environment},
    )


def fails(result: subprocess.CompletedProcess[str], code: str, status: int = 1) -> str:
    """Check that a command failed as promised and give its message."""
    assert result.returncode == status, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.strip().endswith(f"[{code}]")
    return result.stderr


def config(folder: Path, text: str) -> Path:
    path = folder / "parlor.toml"
    path.write_text(text)
    return path


def offline(folder: Path, text: str = "") -> Path:
    """A configuration that needs no broker."""
    return config(folder, f"[mqtt]\nenabled = false\n{text}")


def test_every_mistake_in_a_configuration_is_told_at_once(tmp_path: Path) -> None:
    file = config(tmp_path, '[device]\nnmae = "x"\n[mqtt]\nport = 99999\n[audoi]\n')
    message = fails(parlor("config", "check", file), "config-invalid", 2)
    assert "device.nmae: unknown key; did you mean 'name'?" in message
    assert "mqtt.port" in message
    assert "audoi: unknown key; did you mean 'audio'?" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[device", "is not TOML"),
        ('[device]\nid = "Küche"', "device.id"),
        ("[[wake.word]]\n", "a wake word needs a name or a path"),
        ('[[home.entity]]\nname = "a"\ndomain = "toaster"', "home.entity.0.domain"),
    ],
)
def test_a_wrong_configuration_is_explained(tmp_path: Path, text: str, told: str) -> None:
    assert told in fails(parlor("config", "check", config(tmp_path, text)), "config-invalid", 2)


def test_an_entity_named_twice_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    lamp = '[[home.entity]]\nname = "lamp"\ndomain = "light"\npreset = "zigbee2mqtt"\n'
    assert "lamp" in fails(parlor("ask", "hello", "--config", offline(tmp_path, lamp * 2)),
                           "config-invalid", 2)  # fmt: skip


def test_a_missing_configuration_file_is_told() -> None:
    assert "/nowhere.toml" in fails(
        parlor("config", "show", "--config", "/nowhere.toml"), "config-invalid", 2
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = config(tmp_path, "[mqtt]\nport = 1\n")
    shown = parlor("config", "show", "--json", "--config", file, PARLOR_MQTT__PORT="1999")
    assert json.loads(shown.stdout)["mqtt"]["port"] == 1999
    assert "port = 1999" in parlor("config", "show", PARLOR_MQTT__PORT="1999").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("bench", "nothing"),
        ("bench", "wake", "--quick", "--full"),
        ("ask", " "),
        ("say", ""),
        ("transcribe", "x.wav", "--engine", "crystal-ball"),
        ("voices", "--engine", "crystal-ball"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    fails(parlor(*arguments), "usage", 2)


def test_unknown_options_end_with_2() -> None:
    assert parlor("listen", "--loudly", "x.wav").returncode == 2


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\x24\0\0\0WAVEfmt ", b"no sound at all"])
def test_a_broken_sound_file_is_told(tmp_path: Path, content: bytes) -> None:
    sound = tmp_path / "broken.wav"
    sound.write_bytes(content)
    for command in ("listen", "vad", "transcribe"):
        assert "broken.wav" in fails(parlor(command, sound), "audio-file-unreadable")


def test_a_missing_sound_file_is_told() -> None:
    assert "nowhere.wav" in fails(parlor("listen", "nowhere.wav"), "audio-file-unreadable")


def test_a_missing_device_is_told_with_what_there_is(tmp_path: Path) -> None:
    file = offline(tmp_path, '[audio]\ninput = "no such microphone"\n')
    assert "no such microphone" in fails(parlor("run", "--config", file), "audio-device-missing")


@pytest.mark.parametrize(
    ("content", "code"), [(None, "model-missing"), (b"garbage", "model-invalid")]
)
def test_an_unreadable_wake_model_is_told(tmp_path: Path, content: bytes | None, code: str) -> None:
    model = tmp_path / "word.tflite"
    if content is not None:
        model.write_bytes(content)
    file = offline(tmp_path, f'[wake]\nfallback = false\n[[wake.word]]\npath = "{model}"\n')
    fails(parlor("ask", "what time is it", "--config", file), code)


def test_porcupine_without_a_key_falls_back_when_told_to(tmp_path: Path) -> None:
    text = '[wake]\nengine = "porcupine"\nfallback = {}\n[[wake.word]]\nname = "hey_jarvis"\n'
    strict = parlor("ask", "help", "--config", offline(tmp_path, text.format("false")))
    assert strict.returncode == 1
    assert "[wake-key-missing]" in strict.stderr or "[engine-not-installed]" in strict.stderr
    assert parlor("ask", "help", "--config", offline(tmp_path, text.format("true"))).returncode == 0


def test_a_missing_whisper_model_is_told(tmp_path: Path) -> None:
    file = offline(tmp_path, '[stt]\nengines = ["whisper"]\nwhisper_model = "no-such-model"\n')
    fails(parlor("ask", "help", "--config", file, PARLOR_MODELS=str(tmp_path)), "model-missing")


def test_a_typed_question_is_answered_with_the_broker_away(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    lamp = '[[home.entity]]\nname = "lamp"\ndomain = "light"\npreset = "zigbee2mqtt"\n'
    file = config(tmp_path, f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\n{lamp}')
    told = events(parlor("ask", "turn on the lamp", "--json", "--config", file))
    assert "intent_recognized" in names(told)
    assert "action_confirmed" not in names(told)
    time = events(parlor("ask", "what time is it", "--json", "--config", file))
    assert next(event["text"] for event in time if event["event"] == "reply_text")


def events(result: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    """The JSON lines a command printed."""
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def names(told: list[dict[str, object]]) -> list[object]:
    return [event["event"] for event in told]


def test_speech_is_listed(tmp_path: Path) -> None:
    sound = tmp_path / "two.wav"
    write_sound(sound, np.concatenate((QUIET, speak("turn on the light").samples, QUIET)))
    (segment,) = events(parlor("vad", sound, "--json"))
    assert 0.5 < float(str(segment["start"])) < 1.2


def test_brackets_in_a_text_are_shown_as_they_are(tmp_path: Path) -> None:
    shown = parlor("ask", "turn on [/lamp] [red]", "--config", offline(tmp_path))
    assert shown.returncode == 0, shown.stderr
    assert "turn on [/lamp] [red]" in shown.stdout


def test_a_recording_is_written_down_with_language_and_length(tmp_path: Path) -> None:
    sound = tmp_path / "asked.wav"
    write_sound(sound, np.concatenate((QUIET, speak("what time is it").samples, QUIET)))
    whole, segment = events(parlor("transcribe", sound, "--json"))
    assert (whole["event"], whole["language"]) == ("recording", "en")
    assert float(str(whole["duration_seconds"])) > 2.5
    assert segment["engine"] == "command"


@pytest.mark.broker
def test_a_typed_command_reaches_the_broker(tmp_path: Path, broker: Broker) -> None:
    lamp = '[[home.entity]]\nname = "lamp"\ndomain = "light"\npreset = "zigbee2mqtt"\n'
    file = config(tmp_path, f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n{lamp}')
    with Lamps("127.0.0.1", broker.port) as lamps:
        told = events(parlor("ask", "turn on the lamp", "--json", "--config", file))
    assert lamps.commands == [("lamp", {"state": "ON"})]
    assert "action_confirmed" in names(told)


@pytest.mark.broker
def test_a_home_is_told_in_its_own_language(tmp_path: Path, broker: Broker) -> None:
    text = (
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n[device]\nlanguage = "ja"\n'
        '[[home.entity]]\nname = "キッチンの電気"\ndomain = "light"\npreset = "zigbee2mqtt"\n'
    )
    with Observer(broker) as observer:
        asked = parlor("ask", "キッチンの電気をつけて", "--config", config(tmp_path, text))
        assert asked.returncode == 0, asked.stderr
        assert observer.wait_for("zigbee2mqtt/キッチンの電気/set") == '{"state": "ON"}'
    assert "オンになりました" in asked.stdout


def test_noise_for_a_minute_wakes_nobody_and_ends(tmp_path: Path) -> None:
    sound = tmp_path / "noise.wav"
    noise = np.random.default_rng(1).normal(0, 3_000, 60 * RATE).astype(np.int16)
    write_sound(sound, noise)
    told = names(events(parlor("listen", sound, "--json", "--config", offline(tmp_path))))
    assert "ready" in told
    assert not {"wake_word_detected", "state_changed", "stage_failed"} & set(told)


def test_speech_that_never_ends_is_cut(tmp_path: Path) -> None:
    sound = tmp_path / "endless.wav"
    talk = speak("the quick brown fox jumps over the lazy dog and " * 12).samples
    write_sound(sound, np.concatenate((QUIET, speak("hey jarvis").samples, talk, QUIET)))
    told = events(parlor("listen", sound, "--json", "--config", offline(tmp_path)))
    assert "max_length" in [event.get("reason") for event in told]
    assert "turn_measured" in names(told)
