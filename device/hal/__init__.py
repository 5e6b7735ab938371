"""Opens the microphone and the loudspeaker that the configuration names."""

from functools import partial
from types import ModuleType

from device.config import AudioConfig
from device.hal.base import DeviceInfo, Microphone, Speaker
from device.hal.reopen import ReopeningMicrophone, ReopeningSpeaker


def open_microphone(config: AudioConfig) -> Microphone:
    """Open the configured microphone, in a running loop; it comes back when it was unplugged.

    Raises AudioError or EngineMissing when it cannot be opened now.
    """
    return ReopeningMicrophone(partial(_backend(config).open_microphone, config))


def open_speaker(config: AudioConfig) -> Speaker:
    """Open the configured loudspeaker, in a running loop; it comes back when it was unplugged.

    Raises AudioError or EngineMissing when it cannot be opened now.
    """
    return ReopeningSpeaker(partial(_backend(config).open_speaker, config))


def list_devices(config: AudioConfig) -> list[DeviceInfo]:
    """Everything the configured backend could open. Raises EngineMissing."""
    devices: list[DeviceInfo] = _backend(config).list_devices()
    return devices


def _backend(config: AudioConfig) -> ModuleType:
    if config.backend == "subprocess":
        from device.hal import subprocess

        return subprocess
    from device.hal import alsa

    return alsa
