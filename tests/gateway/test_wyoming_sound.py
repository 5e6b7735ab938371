"""Sound of any rate, width and channels, and what is no sound."""

import numpy as np
import pytest
from wyoming.audio import AudioChunk as Theirs
from wyoming.audio import AudioChunkConverter
from wyoming.event import Event

from device.gateway.wyoming.frames import BadFrame, Frame
from device.gateway.wyoming.sound import frames_of, sound_of

RAMP = np.arange(-30_000, 30_000, 1_500, dtype=np.int16)


def frame(audio: bytes, **form: object) -> Frame:
    return Frame("audio-chunk", {"rate": 16_000, "width": 2, "channels": 1, **form}, audio)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_becomes_16_bit(width: int) -> None:
    wide = RAMP.astype(np.int32) << 16
    if width == 1:
        audio = ((RAMP >> 8) + 128).astype(np.uint8).tobytes()
    else:
        audio = b"".join(bytes(each.tobytes()[4 - width :]) for each in wide)
    heard = sound_of(frame(audio, width=width)).pcm()
    assert np.abs(heard.astype(int) - RAMP).max() <= (255 if width == 1 else 0)


def test_channels_are_mixed() -> None:
    both = np.column_stack((RAMP, np.zeros_like(RAMP))).tobytes()
    assert (sound_of(frame(both, channels=2)).pcm() == (RAMP / 2).astype(np.int16)).all()


def test_half_a_sample_is_left_out() -> None:
    assert sound_of(frame(b"\x01\x02\x03")).samples == 1


def test_the_package_hears_what_we_send() -> None:
    said = np.arange(4_000, dtype=np.int16)
    sent = [Theirs.from_event(Event(f.type, f.data, f.payload)) for f in frames_of(said, 22_050)]
    assert b"".join(chunk.audio for chunk in sent) == said.tobytes()
    assert [chunk.timestamp for chunk in sent] == [0, 72, 145]
    assert AudioChunkConverter(rate=22_050).convert(sent[0]) is sent[0]


@pytest.mark.parametrize(
    "form",
    [
        {"rate": 0}, {"rate": 10**9}, {"channels": 0}, {"channels": 99}, {"width": 0},
        {"width": 5}, {"rate": None}, {"width": "2"},
    ],
)  # fmt: skip
def test_what_is_no_sound_is_refused(form: dict[str, object]) -> None:
    with pytest.raises(BadFrame):
        sound_of(frame(b"1234", **form))
