"""Finding and opening PortAudio's devices, quietly and with errors that help."""

import ctypes
import importlib
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, Final

from device.errors import (
    AudioError,
    DeviceBusy,
    DeviceMissing,
    EngineMissing,
    FormatUnsupported,
)
from device.hal.base import DeviceInfo

_LOGGER = logging.getLogger(__name__)

_USING: Final = threading.RLock()
_PATIENCE_SECONDS: Final = 2.0

_PULSE_LATENCY_MS: Final = "30"
_UNAVAILABLE: Final = -9985
_INVALID_DEVICE: Final = -9996
_UNSUPPORTED: Final = (-9997, -9998, -9994)
_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)


def _ignore(file: bytes, line: int, function: bytes, code: int, text: bytes) -> None:
    """Say nothing of what ALSA tries and fails on its way."""


_IGNORE = _HANDLER(_ignore)


def load() -> ModuleType:
    """Import PyAudio. Raises EngineMissing."""
    try:
        return importlib.import_module("pyaudio")
    except ImportError as error:
        raise EngineMissing(
            "PyAudio is not installed: apt install portaudio19-dev and pip install "
            "'parlor-speaker[pyaudio]', or set [audio] backend = \"subprocess\""
        ) from error


def start() -> Any:
    """Start PortAudio with a fresh list of devices, if nothing else has it running."""
    os.environ.setdefault("PULSE_LATENCY_MSEC", _PULSE_LATENCY_MS)
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    pyaudio = load()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_IGNORE)
    with quiet():
        return pyaudio.PyAudio()


@contextmanager
def using() -> Iterator[None]:
    """Open or close streams one after the other: PortAudio does it for one thread only.

    A stream whose card died in the wrong moment never closes; it holds up the others for a while.
    """
    mine = _USING.acquire(timeout=_PATIENCE_SECONDS)
    try:
        yield
    finally:
        if mine:
            _USING.release()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what C libraries print to stderr for the debug log; for moments only."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as said:
        kept = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            if text := said.read().decode(errors="replace").strip():
                _LOGGER.debug("the audio libraries say: %s", text)


def devices(audio: Any) -> list[DeviceInfo]:
    """Everything PortAudio sees."""
    found = (audio.get_device_info_by_index(i) for i in range(audio.get_device_count()))
    return [
        DeviceInfo(
            name=str(info["name"]),
            backend="pyaudio",
            index=int(info["index"]),
            inputs=int(info["maxInputChannels"]),
            outputs=int(info["maxOutputChannels"]),
            rate=int(info["defaultSampleRate"]),
        )
        for info in found
    ]


def find(audio: Any, wanted: str | int, *, captures: bool) -> DeviceInfo:
    """The device of this name, part of a name, or index. Raises DeviceMissing."""
    usable = [
        device for device in devices(audio) if (device.inputs if captures else device.outputs)
    ]
    if wanted == "default":
        wanted = _default(audio, captures)
    if isinstance(wanted, str) and wanted.isdecimal():
        wanted = int(wanted)
    if isinstance(wanted, int):
        matches = [device for device in usable if device.index == wanted]
    else:
        name = wanted.casefold()
        exact = [device for device in usable if device.name.casefold() == name]
        matches = exact or [device for device in usable if name in device.name.casefold()]
    if matches:
        return matches[0]
    kind = "microphone" if captures else "loudspeaker"
    there = ", ".join(f"{device.index}: {device.name}" for device in usable) or "none at all"
    raise DeviceMissing(
        f"no {kind} is called {wanted!r}; plug it in, or name one of these in [audio]: {there}"
    )


def open_stream(
    audio: Any, device: DeviceInfo, rates: list[int], channels: list[int], **options: Any
) -> tuple[Any, int, int]:
    """Open the first combination that the device offers; gives stream, rate and channels.

    Raises FormatUnsupported, DeviceBusy, DeviceMissing or AudioError.
    """
    for rate in rates:
        for count in channels:
            try:
                with quiet():
                    stream = audio.open(rate=rate, channels=count, **options)
            except (OSError, ValueError) as error:
                _judge(device, error)
            else:
                return stream, rate, count
    raise FormatUnsupported(
        f"{device.name} offers none of the rates {rates} with {channels} channels; "
        f"set [audio] rate and channels to what it has (its own rate is {device.rate})"
    )


def _judge(device: DeviceInfo, error: Exception) -> None:
    """Return when another format is worth a try, else raise what it was."""
    code = next((argument for argument in error.args if isinstance(argument, int)), 0)
    if code in _UNSUPPORTED:
        return
    if code == _UNAVAILABLE:
        raise DeviceBusy(
            f"{device.name} is in use by another program; stop that, or share it through "
            "PulseAudio, PipeWire or ALSA's dsnoop and dmix"
        ) from error
    if code == _INVALID_DEVICE:
        raise DeviceMissing(f"{device.name} is gone; plug it in again") from error
    raise AudioError(f"{device.name} cannot be opened: {error}; try another in [audio]") from error


def _default(audio: Any, captures: bool) -> int | str:
    try:
        info = (
            audio.get_default_input_device_info()
            if captures
            else audio.get_default_output_device_info()
        )
    except OSError:
        return "default"
    return int(info["index"])
