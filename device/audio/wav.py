"""Sound as a WAV file in memory."""

import io
import wave

from device.audio.format import RATE, Samples


def wav(samples: Samples, rate: int = RATE) -> bytes:
    """Sound of shape (n,) as a WAV file: mono, 16 bit."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()
