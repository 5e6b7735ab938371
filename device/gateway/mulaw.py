"""Sound as telephones carry it: mu-law, 8 bit, 8 kHz (ITU-T G.711). Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt

from device.audio.format import Samples

PHONE_RATE: Final = 8_000
"""Samples a second on the line."""

_BIAS: Final = 0x84
"""Added before the logarithm is taken, so that the smallest step is not endlessly small."""
_MOST: Final = 32_635


def decode(sound: bytes) -> Samples:
    """One sample for each byte, shape (n,)."""
    return _LINEAR[np.frombuffer(sound, np.uint8)]


def encode(samples: Samples) -> bytes:
    """One byte for each sample, shape (n,)."""
    return _CODES[samples.astype(np.int16, copy=False).view(np.uint16)].tobytes()


def _linear() -> Samples:
    """The value of each of the 256 codes; on the line all bits are inverted."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, (code & 15).astype(np.int32)
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _codes() -> npt.NDArray[np.uint8]:
    """The code of each 16-bit value, in the order of its bits read as unsigned."""
    value = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(value), _MOST) + _BIAS
    exponent = np.log2(magnitude).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    sign = np.where(value < 0, 0x80, 0)
    code: npt.NDArray[np.int32] = sign | exponent << 4 | mantissa
    return (~code).astype(np.uint8)


_LINEAR: Final = _linear()
_CODES: Final = _codes()
