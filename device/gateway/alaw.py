"""Sound as telephones outside of America and Japan carry it: A-law, 8 bit (ITU-T G.711). Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt

from device.audio.format import Samples

_TOGGLED: Final = 0x55
"""Every other bit is inverted on the line."""


def decode(sound: bytes) -> Samples:
    """One sample for each byte, shape (n,)."""
    return _LINEAR[np.frombuffer(sound, np.uint8)]


def encode(samples: Samples) -> bytes:
    """One byte for each sample, shape (n,)."""
    return _CODES[samples.astype(np.int16, copy=False).view(np.uint16)].tobytes()


def _linear() -> Samples:
    """The value of each of the 256 codes: the middle of its step."""
    code = np.arange(256, dtype=np.int32) ^ _TOGGLED
    exponent, mantissa = (code >> 4) & 7, code & 15
    step = np.where(exponent > 0, 0x108, 8)
    magnitude = ((mantissa << 4) + step) << np.maximum(exponent - 1, 0)
    linear: Samples = np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
    return linear


def _codes() -> npt.NDArray[np.uint8]:
    """The code of each 16-bit value, in the order of its bits read as unsigned."""
    value = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(value < 0, -value - 1, value) >> 4
    exponent = np.maximum(np.log2(np.maximum(magnitude, 1)).astype(np.int32) - 3, 0)
    mantissa = (magnitude >> np.maximum(exponent - 1, 0)) & 15
    sign = np.where(value < 0, 0, 0x80)
    codes: npt.NDArray[np.uint8] = ((sign | exponent << 4 | mantissa) ^ _TOGGLED).astype(np.uint8)
    return codes


_LINEAR: Final = _linear()
_CODES: Final = _codes()
