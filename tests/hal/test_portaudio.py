"""Choosing and opening PortAudio's devices, over a PortAudio that a test furnishes."""

from typing import Any

import pytest

from device.errors import AudioError, DeviceBusy, DeviceMissing, FormatUnsupported
from device.hal import portaudio
from device.hal.base import DeviceInfo


class Furnished:
    """PortAudio with the given devices (name, inputs, outputs) and formats (rate, channels)."""

    def __init__(
        self,
        devices: list[tuple[str, int, int]],
        formats: set[tuple[int, int]] | None = None,
        error: OSError | None = None,
    ) -> None:
        self.devices = devices
        self.formats = formats or set()
        self.error = error

    def get_device_count(self) -> int:
        return len(self.devices)

    def get_device_info_by_index(self, index: int) -> dict[str, Any]:
        name, inputs, outputs = self.devices[index]
        return {
            "index": index,
            "name": name,
            "maxInputChannels": inputs,
            "maxOutputChannels": outputs,
            "defaultSampleRate": 48_000.0,
        }

    def get_default_input_device_info(self) -> dict[str, Any]:
        if not self.devices:
            raise OSError("No Default Input Device Available")
        return self.get_device_info_by_index(1)

    get_default_output_device_info = get_default_input_device_info

    def open(self, rate: int, channels: int, **options: object) -> str:
        if self.error is not None:
            raise self.error
        if (rate, channels) not in self.formats:
            raise OSError(-9997, "Invalid sample rate")
        return f"{rate}/{channels}"


CARDS = Furnished(
    [("HDMI: 0", 0, 2), ("seeed-4mic: hw:1,0", 4, 0), ("USB: hw:2", 1, 2), ("USB", 1, 2)]
)
DEVICE = DeviceInfo("USB", "pyaudio", 2, 1, 2, 48_000)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("SEEED", "seeed-4mic: hw:1,0"),
        ("usb", "USB"),
        ("hw:2", "USB: hw:2"),
        (2, "USB: hw:2"),
        ("3", "USB"),
        ("default", "seeed-4mic: hw:1,0"),
    ],
)
def test_a_device_is_found_by_name_part_or_index(wanted: str | int, name: str) -> None:
    assert portaudio.find(CARDS, wanted, captures=True).name == name


@pytest.mark.parametrize("wanted", ["hdmi", 0, 99, "nonesuch"])
def test_what_cannot_capture_is_no_microphone_and_others_are_named(wanted: str | int) -> None:
    with pytest.raises(DeviceMissing, match="1: seeed-4mic") as caught:
        portaudio.find(CARDS, wanted, captures=True)
    assert "HDMI" not in str(caught.value)


def test_no_device_at_all_is_said() -> None:
    with pytest.raises(DeviceMissing, match="none at all"):
        portaudio.find(Furnished([]), "default", captures=False)


def test_the_first_offered_format_is_opened() -> None:
    audio = Furnished([], formats={(48_000, 2), (44_100, 1)})
    opened = portaudio.open_stream(audio, DEVICE, [16_000, 48_000], [1, 2])
    assert opened == ("48000/2", 48_000, 2)


def test_a_format_that_is_not_offered_is_explained() -> None:
    with pytest.raises(FormatUnsupported, match="its own rate is 48000"):
        portaudio.open_stream(Furnished([]), DEVICE, [16_000], [1])


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (OSError(-9985, "Device unavailable"), DeviceBusy),
        (OSError(-9996, "Invalid device"), DeviceMissing),
        (OSError(-9999, "Unanticipated host error"), AudioError),
    ],
)
def test_errors_of_opening_say_what_to_do(error: OSError, becomes: type[AudioError]) -> None:
    with pytest.raises(becomes, match="USB") as caught:
        portaudio.open_stream(Furnished([], error=error), DEVICE, [16_000], [1])
    assert caught.value.__cause__ is error


def test_stderr_is_quiet_inside_and_back_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    import os

    with portaudio.quiet():
        os.write(2, b"ALSA lib confmisc.c:855: cannot find card\n")
    os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"
