"""What people turn while the speaker runs."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from device import events as e
from device.bus import Bus
from device.clock import run_virtual
from device.config import Config
from device.controls import Controls, configured
from device.hal.wav import WavMicrophone
from device.pipeline.mock import MockWake
from device.running import Parlor
from device.settings import Settings, SettingsFile
from tests.config.story import tell

RESPONDING = e.StateChanged(old=e.TurnState.PROCESSING, new=e.TurnState.RESPONDING)
IDLE = e.StateChanged(old=e.TurnState.RESPONDING, new=e.TurnState.IDLE)


class Desk:
    """Controls with everything they turn, as it was turned."""

    def __init__(self, folder: Path, **sections: Any) -> None:
        self.config = Config(**sections)
        self.file = SettingsFile(folder, configured(self.config))
        self.wake = MockWake()
        self.languages: list[tuple[str, str]] = []
        self.follow_ups: list[float] = []
        self.posted: list[e.Event] = []
        self.interruptible: list[float] = []

    def speak_in(self, language: str, voice: str) -> None:
        self.languages.append((language, voice))

    def hear(self, *events: e.Event) -> "Desk":
        """Be started, and let all this happen."""

        async def main() -> None:
            bus = Bus()
            controls = Controls(
                self.config, self.file, bus.subscribe(), self.wake, self,
                self.follow_ups.append, self.posted.append, self.interruptible.append,
            )  # fmt: skip
            controls.restore()
            running = asyncio.create_task(controls.run())
            for event in events:
                bus.tell(event)
            bus.close()
            await running

        run_virtual(main())
        return self


def test_nothing_is_turned_at_a_first_start(tmp_path: Path) -> None:
    desk = Desk(tmp_path).hear()
    assert desk.posted == []
    assert desk.wake.thresholds == {"mock": 0.5}
    assert desk.languages == [("en", "")]
    assert desk.follow_ups == [0.0]


def test_everything_is_as_it_was_left_after_a_restart(tmp_path: Path) -> None:
    light = e.LightChanged(on=False, brightness=0.3, color=(1, 2, 3), effect="Rainbow")
    Desk(tmp_path).hear(
        e.MuteChanged(muted=True), e.VolumeChanged(volume=0.2), light,
        e.SettingChanged(name="wake_sensitivity", value=0.7),
        e.SettingChanged(name="language", value="de"),
        e.SettingChanged(name="follow_up", value=True),
    )  # fmt: skip
    desk = Desk(tmp_path).hear()
    assert desk.posted == [e.MuteChanged(muted=True), e.VolumeChanged(volume=0.2), light]
    assert round(desk.wake.thresholds["mock"], 3) == 0.3
    assert desk.languages == [("de", "")]
    assert desk.follow_ups == [4.0]


def test_a_speaker_that_was_muted_is_so_before_it_hears_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Desk(tmp_path).hear(e.MuteChanged(muted=True))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await asyncio.sleep(1)

    told = tell({}, scene).events
    first = [event.kind for event in told if isinstance(event, e.MuteChanged | e.Ready)]
    assert first == ["mute_changed", "ready"]
    assert told[0].at == 0.0


def test_the_switch_on_the_device_is_no_setting(tmp_path: Path) -> None:
    Desk(tmp_path).hear(e.MuteChanged(muted=True, by_switch=True))
    assert Desk(tmp_path).hear().posted == []


def test_a_wake_word_is_heard_otherwise_while_the_speaker_speaks(tmp_path: Path) -> None:
    louder = {"barge_in": {"sensitivity": 0.8}}
    assert round(Desk(tmp_path, **louder).hear(RESPONDING).wake.thresholds["mock"], 3) == 0.2
    assert Desk(tmp_path, **louder).hear(RESPONDING, IDLE).wake.thresholds["mock"] == 0.5


def test_a_setting_that_is_changed_while_the_speaker_speaks_leaves_the_wake_word_to_that(
    tmp_path: Path,
) -> None:
    louder = {"barge_in": {"sensitivity": 0.8}}
    voice = e.SettingChanged(name="voice", value="en+f3")
    assert round(Desk(tmp_path, **louder).hear(RESPONDING, voice).wake.thresholds["mock"], 3) == 0.2


def test_a_word_gets_its_own_threshold_back_after_a_reply(tmp_path: Path) -> None:
    word = {"name": "mock", "threshold": 0.6}
    sections = {"barge_in": {"sensitivity": 0.8}, "wake": {"word": [word]}}
    assert Desk(tmp_path, **sections).hear(RESPONDING, IDLE).wake.thresholds["mock"] == 0.6


def test_how_readily_speech_interrupts_can_be_turned(tmp_path: Path) -> None:
    eager = e.SettingChanged(name="barge_in_sensitivity", value=0.9)
    assert Desk(tmp_path, wake={"threshold": 0.7}).hear(eager).interruptible == pytest.approx(
        [0.3, 0.9]
    )
    assert Desk(tmp_path).hear().interruptible == [0.9]


def test_what_may_interrupt_is_as_configured_until_somebody_chooses(tmp_path: Path) -> None:
    def posted(mode: str) -> e.SettingChanged:
        return e.SettingChanged(name="barge_in", value=mode)

    off = {"barge_in": {"mode": "off"}}
    assert Desk(tmp_path, **off).hear().posted == []
    assert Desk(tmp_path, **off).hear(posted("full")).file.current.barge_in is e.BargeIn.FULL
    assert Desk(tmp_path, **off).hear().posted == [posted("full")]
    Desk(tmp_path).hear(posted("wake_word"))
    assert Desk(tmp_path).hear().posted == [posted("wake_word")]


def test_a_configured_time_is_how_long_it_listens_on(tmp_path: Path) -> None:
    sections = {"dialog": {"follow_up_seconds": 7}}
    off = e.SettingChanged(name="follow_up", value=False)
    on = e.SettingChanged(name="follow_up", value=True)
    assert Desk(tmp_path, **sections).hear(off, on).follow_ups == [7.0, 0.0, 7.0]


def test_a_setting_that_cannot_be_kept_holds_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk(tmp_path / "file").hear(e.SettingChanged(name="voice", value="en+f3"))
    assert desk.languages[-1] == ("en", "en+f3")
    (failed,) = desk.posted
    assert isinstance(failed, e.StageFailed)
    assert failed.code == "storage-failed"


def test_the_configuration_is_what_settings_begin_with() -> None:
    sections: dict[str, Any] = {
        "audio": {"volume": 0.4}, "wake": {"threshold": 0.3}, "tts": {"voice": "en+f3"},
        "device": {"language": "de"}, "dialog": {"follow_up_seconds": 3},
        "barge_in": {"mode": "button"},
    }  # fmt: skip
    config = Config(**sections)
    assert configured(config) == Settings(
        volume=0.4, wake_sensitivity=0.7, barge_in_sensitivity=0.7, follow_up=True,
        language="de", voice="en+f3", barge_in=e.BargeIn.BUTTON,
    )  # fmt: skip


def test_the_highest_sensitivity_still_asks_for_something(tmp_path: Path) -> None:
    loudest = e.SettingChanged(name="wake_sensitivity", value=1.0)
    assert 0.0 < Desk(tmp_path).hear(loudest).wake.thresholds["mock"] <= 0.1
