"""Sound on its way to a WebRTC peer."""

import numpy as np
from av import AudioFrame

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.gateway.webrtc.track import RATE, Incoming, Playout


def chunk(samples: Samples) -> AudioChunk:
    return AudioChunk.from_samples(samples, RATE)


def ramp(count: int) -> Samples:
    return np.arange(1, count + 1, dtype=np.int16)


def test_what_was_said_in_any_pieces_goes_out_in_frames_of_20_ms() -> None:
    playout = Playout()
    said = ramp(480 * 3)
    for piece in np.split(said, [1, 350, 1_000]):
        playout.add(chunk(piece))
    assert np.array_equal(np.concatenate([playout.take() for _ in range(3)]), said)


def test_a_pause_is_silence_and_so_is_the_rest_of_the_last_frame() -> None:
    playout = Playout()
    assert not playout.take().any()
    playout.add(chunk(ramp(100)))
    frame = playout.take()
    assert np.array_equal(frame[:100], ramp(100))
    assert not frame[100:].any()
    assert not playout.take().any()


def test_an_interruption_is_heard_with_the_next_frame() -> None:
    playout = Playout()
    playout.add(chunk(ramp(9_600)))
    playout.take()
    playout.drop()
    assert not playout.take().any()


def test_who_is_not_connected_yet_misses_the_beginning_and_nothing_grows() -> None:
    playout = Playout()
    for number in range(1, 201):
        playout.add(chunk(np.full(480, number, np.int16)))
    frames = [int(playout.take()[0]) for _ in range(101)]
    assert frames == [*range(101, 201), 0]


def test_both_channels_of_what_is_decoded_are_mixed_at_our_rate() -> None:
    incoming = Incoming()
    interleaved = np.tile(np.array([1_000, 3_000], np.int16), 960).reshape(1, -1)
    frame = AudioFrame.from_ndarray(interleaved, "s16", "stereo")
    samples = np.concatenate([incoming.take(frame) for _ in range(50)])
    assert RATE - len(samples) < RATE // 20, "the filter holds the rest"
    assert np.abs(samples[1_000:] - 2_000).max() < 20
