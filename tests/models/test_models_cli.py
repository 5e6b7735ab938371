"""`parlor models` from a server that misbehaves to an engine that works with what came."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.espeak import speak
from benchmarks.local_server import serving
from benchmarks.scripted_whisper import make_whisper
from benchmarks.toy_piper import make_piper_voice
from device.audio.files import write_sound
from device.cli.app import app
from device.errors import DeviceError, FetchMismatch, ModelInvalid, ModelMissing, UsageError
from tests.fakes.file_server import FileServer, Manners
from tests.models.shelves import blob, manifest_text, shelve

TOY = {"model.bin": blob(1, 150_000), "config.json": b"{}"}


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer({})) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    (folder / "manifests").mkdir(parents=True)
    monkeypatch.setenv("PARLOR_MODELS", str(folder))
    return folder


def parlor(*arguments: str | Path) -> str:
    """What `parlor` says. Raises what it tells on standard error."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(result.exception, DeviceError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def models(*arguments: str | Path) -> list[dict[str, Any]]:
    """What `parlor models ... --json` says."""
    return [json.loads(line) for line in parlor("models", *arguments, "--json").splitlines()]


def publish(
    server: FileServer, home: Path, name: str, files: dict[str, bytes], **facts: Any
) -> None:
    """Put a model on the server, and its manifest where the owner's are."""
    server.files.update({f"{name}/{path}": content for path, content in files.items()})
    text = manifest_text(name, files, server.url(f"{name}/"), **facts)
    (home / "manifests" / f"{name}.toml").write_text(text)


def files_of(folder: Path) -> dict[str, bytes]:
    """The largest first."""
    files = sorted(folder.iterdir(), key=lambda file: -file.stat().st_size)
    return {file.name: file.read_bytes() for file in files}


def test_a_whisper_that_came_through_three_cut_connections_understands_speech(
    server: FileServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_whisper(tmp_path / "made", "turn on the light <|endoftext|>")
    publish(server, home, "faster-whisper-toy", files_of(made))
    speech = tmp_path / "speech.wav"
    write_sound(speech, speak("turn on the light").samples, 16_000)
    monkeypatch.setenv("PARLOR_STT__WHISPER_MODEL", "toy")
    asked = ("transcribe", speech, "--engine", "whisper", "--json")
    advice = "run: sudo parlor models fetch faster-whisper-toy .* licence: CC0-1.0"
    with pytest.raises(ModelMissing, match=advice):
        parlor(*asked)
    server.manners = [Manners(cut_after=size) for size in (100_000, 200_000, 300_000)]
    (told,) = models("fetch", "faster-whisper-toy", "--jobs", "1")
    assert told["changed"]
    assert [piece for _, piece in server.asked[:4]] == [
        "", "bytes=100000-", "bytes=300000-", "bytes=600000-",
    ]  # fmt: skip
    _, segment = map(json.loads, parlor(*asked).splitlines())
    assert segment["text"] == "turn on the light"


def test_a_piper_voice_speaks_until_it_is_damaged_and_again_when_it_is_fetched_anew(
    server: FileServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_TTS__ENGINE", "piper")
    make_piper_voice(tmp_path / "made", "en_US-toy-low")
    publish(server, home, "en_US-toy-low", files_of(tmp_path / "made"), engine="piper")
    models("fetch", "en_US-toy-low")
    said = tmp_path / "said.wav"
    speaking = ("say", "hello", "--output", said)
    parlor(*speaking)
    assert said.stat().st_size > 1_000
    voice = home / "en_US-toy-low" / "en_US-toy-low.onnx"
    voice.write_bytes(voice.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelInvalid, match="run: sudo parlor models fetch en_US-toy-low"):
        parlor(*speaking)
    models("fetch", "en_US-toy-low")
    assert models("verify", "en_US-toy-low") == [
        {"model": "en_US-toy-low", "sound": True, "faults": {}}
    ]


def test_every_model_is_listed_with_its_licence_and_what_there_is_of_it(
    server: FileServer, home: Path
) -> None:
    publish(server, home, "toy", TOY, languages=["ko"])
    listed = {one["model"]: one for one in models("list", "--language", "ko")}
    assert listed["toy"]["state"] == "absent"
    assert listed["ko_KR-kss-medium"]["licence"] == "CC BY-NC-SA 4.0"
    assert "faster-whisper-tiny" in listed
    assert "faster-whisper-tiny.en" not in listed
    models("fetch", "toy")
    assert {one["model"]: one["state"] for one in models("list")}["toy"] == "installed"


def test_the_table_shows_whole_names_and_what_suits_the_computer(
    server: FileServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, home, "en_US-toy-with-a-long-name-low", TOY, engine="piper", languages=["eo"])
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PARLOR_DEVICE__LANGUAGE", "eo")
    shown = parlor("models", "list", "--language", "eo")
    (row,) = (line for line in shown.splitlines() if "toy" in line)
    assert row.split()[:3] == ["★", "en_US-toy-with-a-long-name-low", "eo"]
    assert {one["model"] for one in models("list") if one["recommended"]} >= {
        "en_US-toy-with-a-long-name-low"
    }


def test_the_second_fetch_changes_nothing(server: FileServer, home: Path) -> None:
    publish(server, home, "toy", TOY)
    assert [one["changed"] for one in models("fetch", "toy") + models("fetch", "toy")] == [
        True, False,
    ]  # fmt: skip


def test_what_was_trusted_is_said(server: FileServer, home: Path) -> None:
    publish(server, home, "toy", TOY, unknown=["model.bin"])
    (told,) = models("fetch", "toy")
    assert told["trusted"] == ["model.bin"]
    assert "licence: CC0-1.0" in parlor("models", "fetch", "toy")


def test_a_wrong_file_is_refused_and_not_kept(server: FileServer, home: Path) -> None:
    publish(server, home, "toy", TOY)
    server.files["toy/model.bin"] = blob(2, 150_000)
    with pytest.raises(FetchMismatch, match="is not the file that was meant"):
        models("fetch", "toy")
    assert not (home / "toy" / "model.bin").exists()


@pytest.mark.parametrize("given", ["option", "configuration"])
def test_a_mirror_is_asked_instead(
    server: FileServer, home: Path, tmp_path: Path, given: str
) -> None:
    publish(server, home, "toy", TOY)
    with serving(FileServer({f"all/toy/{path}": one for path, one in TOY.items()})) as mirror:
        config = tmp_path / "parlor.toml"
        config.write_text(f'[mirror]\nmodels = "{mirror.url("all")}"\n')
        option = (
            ("--config", config) if given == "configuration" else ("--mirror", mirror.url("all"))
        )
        models("fetch", "toy", *option)
        assert {path for path, _ in mirror.asked} == {"/all/toy/model.bin", "/all/toy/config.json"}
    assert server.asked == []


def test_a_bundle_takes_models_to_a_speaker_without_a_network(
    server: FileServer, home: Path, tmp_path: Path
) -> None:
    publish(server, home, "toy", TOY)
    models("fetch", "toy")
    bundle = tmp_path / "models.tar"
    (told,) = models("bundle", bundle, "toy")
    assert told["models"] == ["toy"]
    models("remove", "toy")
    assert not (home / "toy").exists()
    server.files.clear()
    models("fetch", "--from", bundle)
    assert (home / "toy" / "model.bin").read_bytes() == TOY["model.bin"]


def test_what_suits_the_computer_is_fetched_from_a_folder(home: Path, tmp_path: Path) -> None:
    (home / "manifests" / "en_US-toy-low.toml").write_text(
        manifest_text("en_US-toy-low", TOY, "https://models.example/toy/", engine="piper")
    )
    shelve(tmp_path / "usb", "en_US-toy-low", TOY)
    pi = ("fetch", "--recommended", "--board", "pi4", "--memory-mb", "300")
    (told,) = models(*pi, "--from", tmp_path / "usb")
    assert (told["model"], told["changed"]) == ("en_US-toy-low", True)


def test_verify_fails_for_a_model_that_is_not_as_it_should_be(
    server: FileServer, home: Path
) -> None:
    publish(server, home, "toy", TOY)
    models("fetch", "toy")
    (home / "toy" / "config.json").write_text("[]")
    with pytest.raises(ModelInvalid, match="parlor models fetch toy"):
        models("verify")


def test_models_are_read_where_they_are_and_written_where_one_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARLOR_MODELS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    mine = tmp_path / ".local/share/parlor/models"
    shelve(mine, "faster-whisper-tiny", TOY)
    if Path("/var/lib/parlor/models").is_dir():
        pytest.skip("this machine has a models folder of its own")
    listed = {one["model"]: one for one in models("list")}
    assert listed["faster-whisper-tiny"]["state"] == "begun"
    assert listed["faster-whisper-tiny"]["folder"] == str(mine)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fetch"], "name models, or give --recommended"),
        (["fetch", "toy", "--recommended"], "name models, or give --recommended"),
        (["fetch", "tiny"], "did you mean faster-whisper-tiny"),
        (["fetch", "--recommended", "--board", "pi9"], "there is no board 'pi9'"),
        (["fetch", "--recommended", "--board", "pi4"], "give both"),
        (["fetch", "--recommended", "--memory-mb", "900"], "give both"),
        (["fetch", "--recommended", "--board", "zero2", "--memory-mb", "430"], "need none"),
        (["remove", "faster-whisper-tiny"], "is not in"),
    ],
)
def test_what_cannot_be_is_explained(home: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        models(*arguments)
