"""`parlor support`: what helps is in the bundle, and no canary of those in every place."""

import json
import os
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.care.support.bundle import Item, write
from device.care.support.redaction import SET, private_words, redacted
from device.care.support.scrubbing import Scrubber
from device.config import Config
from device.dialog.listbook import ListBook
from device.dialog.profile import PROFILE_FILE, Profile
from device.errors import StorageError
from device.health import Health, Part, State
from tests.test_cli import parlor

CANARIES = (
    "quince", "mirabelle", "damson", "medlar", "loquat", "salak", "rambutan", "longan", "soursop",
    "tamarillo", "jabuticaba", "pitanga", "cherimoya", "durian", "kiwano", "feijoa", "lucuma",
    "s3cr3t", "203.0.113.7", "2001:db8::17",
)  # fmt: skip
CONFIG = """
[device]
name = "Quince"
area = "mirabelle room"
[mqtt]
host = "damson.example"
username = "medlar"
password_file = "{secret}"
[home.floors]
loquat = ["salak hall"]
[[home.entity]]
name = "rambutan lamp"
domain = "light"
preset = "zigbee2mqtt"
[stt]
keywords = {{ longan = 0.5 }}
[llm]
base_url = "https://soursop.example/v1"
model = "m"
key_file = "tamarillo-key"
"""
LOG = """\
2026-11-21T20:00:00+0100 quincehost parlor[7]: <6>device.care.words: turn 1, said: jabuticaba please
2026-11-21T20:00:01+0100 quincehost parlor[7]: <6>device.mqtt.client: connected to 203.0.113.7:8883
<4>device.mqtt.client: broker-unreachable: damson.example cannot be reached ([2001:db8::17])
<6>device.home.actions: turning on rambutan lamp in the Mirabelle Room
<4>device.home.learned: something is not used: homeassistant/light/pitanga/config: no topic
<6>device.care.measuring: turn 3: stt=120ms end_to_end=900ms
<4>httpx: GET https://soursop.example/v1?key=cherimoya
<3>device.running: a part of the speaker failed; it begins again in 1 s
Traceback (most recent call last):
  File "/opt/parlor/current/venv/lib/device/running.py", line 94, in supervised
    return await part("durian")
ValueError: what was said was "kiwano, please"
kiwano: durian
<4>device.folders: cannot read the secret s3cr3t-feijoa-99
<6>device.hooks: sent to "lucuma" and to anna@lucuma.example
"""


@pytest.fixture
def bundle(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The bundle of a speaker with a canary in every place."""
    secret, config, log = (tmp_path / name for name in ("password", "parlor.toml", "log"))
    secret.touch(mode=0o600)
    secret.write_text("s3cr3t-feijoa-99\n")
    config.write_text(CONFIG.format(secret=secret))
    log.write_text(LOG)
    state.mkdir()
    ListBook(state / "lists.sqlite").add("kiwano")
    Profile(state / PROFILE_FILE).remember("likes durian")
    lamp = {"name": "pitanga", "command_topic": "pitanga/set", "state_topic": "pitanga"}
    told = {"homeassistant/light/pitanga/config": json.dumps(lamp)}
    (state / "home.json").write_text(json.dumps({"retained": told}))
    (state / "usage.json").write_text('{"2026-11-21": {"soursop.example": {"requests": 3.0}}}')
    ill = Part(State.FAILED, "broker-unreachable", "damson.example does not answer; check [mqtt]")
    health = Health(time.time(), "1.0", os.getpid(), parts={"broker": ill})
    (tmp_path / "health.json").write_text(json.dumps(health.as_dict()))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    file = tmp_path / "bundle.tar.gz"
    told_of = parlor("support", "--json", "--output", file, "--log", log, "--config", config)
    assert told_of.returncode == 0, told_of.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as found:
        texts = {one.name: (found.extractfile(one) or log.open("rb")).read().decode()
                 for one in found.getmembers()}  # fmt: skip
    inside = {name.removeprefix("bundle/"): text for name, text in texts.items()}
    assert inside.keys() == json.loads(told_of.stdout)["contents"].keys()
    return inside


def test_no_canary_gets_out_and_what_helps_does(bundle: dict[str, str]) -> None:
    whole = "\n".join((*bundle, *bundle.values())).lower()
    assert [canary for canary in CANARIES if canary in whole] == []
    log = bundle["log.txt"]
    assert "device.care.measuring: turn 3: stt=120ms end_to_end=900ms\n" in log
    assert "2026-11-21T20:00:01+0100 device.mqtt.client: connected to <address>" in log
    assert "device.home.actions: turning on <name> in the <name>\n" in log
    assert "  in running.py, line 94, supervised\n" in log
    assert "httpx: (left out)\n" in log
    assert "ValueError: (left out)\n" in log
    assert "device.care.words: (left out)\n" in log
    assert json.loads(bundle["config.json"])["mqtt"]["host"] == SET
    assert json.loads(bundle["config.json"])["mqtt"]["port"] == 1883
    assert json.loads(bundle["health.json"])["parts"]["broker"]["code"] == "broker-unreachable"
    assert "check [mqtt]" in json.loads(bundle["health.json"])["parts"]["broker"]["message"]
    assert "numpy" in json.loads(bundle["versions.json"])["packages"]
    assert json.loads(bundle["hardware.json"])["cores"] == os.cpu_count()
    assert json.loads(bundle["kept.json"])["lists"]["files"] == 1
    assert "parlor_degradation_level 0\n" in bundle["metrics.txt"]


def test_what_would_be_written_is_shown_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = Health(time.time(), "1.0", os.getpid())
    (tmp_path / "health.json").write_text(json.dumps(health.as_dict()))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    file = tmp_path / "bundle.tar.gz"
    refused = parlor("support", "--output", file)
    assert refused.returncode == 1
    assert "the last of its log, names and words left out" in refused.stdout
    assert not file.exists()


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    there = tmp_path / "bundle.tar.gz"
    there.write_text("older")
    with pytest.raises(StorageError, match="--output"):
        write([Item("a", "b", "c")], there)
    assert there.read_text() == "older"


def test_the_defaults_are_told_as_they_are() -> None:
    assert redacted(Config()) == Config().model_dump(mode="json")
    assert list(private_words(Config())) == []


def test_choices_and_languages_stay_and_texts_of_ones_own_go() -> None:
    told = redacted(
        Config.model_validate(
            {
                "device": {"language": "de", "name": "Anna"},
                "stt": {"engines": ["whisper"]},
                "metrics": {"enabled": True, "host": "192.168.1.2"},
                "hooks": {"command": {"transcript": ["/home/anna/log", "--x"]}},
            }
        )
    )
    assert (told["device"]["language"], told["device"]["name"]) == ("de", SET)
    assert told["stt"]["engines"] == ["whisper"]
    assert (told["metrics"]["enabled"], told["metrics"]["host"]) == (True, SET)
    assert told["hooks"]["command"] == {f"{SET} 1": [SET, SET]}


@given(st.text(st.characters(codec="utf-8"), min_size=3, max_size=30), st.text(max_size=20))
def test_what_is_known_to_be_private_never_stays(word: str, around: str) -> None:
    private = word.strip()
    if len(private) < 3 or private.casefold() in "<name> <topic> <address> (left out) device":
        return
    line = f"device.x: {around} {private} {around}"
    kept = "\n".join(Scrubber([word]).log([line]))
    assert f" {private} " not in kept


def test_a_line_without_end_takes_no_time() -> None:
    (kept,) = Scrubber(["anna"]).log(["device.x: " + "a" * 1_000_000])
    assert len(kept) < 3_000


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_log_can_be_scrubbed(lines: list[str]) -> None:
    assert len(list(Scrubber(["anna"]).log(lines))) == len(lines)
