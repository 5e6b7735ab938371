import numpy as np

from device.audio.format import RATE, Samples
from device.pipeline.wake.cascade import CascadeEngine, CascadeStream
from device.pipeline.wake.fake import LOUD, LoudScorer, LoudStage
from device.pipeline.wake.gate import GatePolicy
from device.pipeline.wake.threshold import Thresholds

BLOCK = 1280
POLICY = GatePolicy(look_back_samples=4 * BLOCK, hold_samples=2 * BLOCK)


def stream(verifier: LoudScorer, *stages: LoudStage, refractory: int = 0) -> CascadeStream:
    return CascadeStream(verifier, stages, {"w": 0.5}, refractory, POLICY)


def ramp(blocks: int) -> Samples:
    """Every block has its own level, 1, 2, 3, ..."""
    return np.repeat(np.arange(1, blocks + 1, dtype=np.int16), BLOCK)


def test_the_verifier_gets_nothing_while_nothing_is_promising() -> None:
    verifier = LoudScorer("w")
    listening = stream(verifier, LoudStage(100))
    assert listening.feed(ramp(50)) is None
    assert verifier.blocks == []
    assert listening.verified_samples == 0


def test_the_verifier_gets_the_buffered_audio_from_before() -> None:
    verifier = LoudScorer("w")
    stream(verifier, LoudStage(30)).feed(ramp(30))
    assert [int(block[0]) for block in verifier.blocks] == [26, 27, 28, 29, 30]


def test_any_stage_opens_the_gate() -> None:
    verifier = LoudScorer("w")
    stream(verifier, LoudStage(1000), LoudStage(10)).feed(ramp(10))
    assert verifier.blocks


def test_a_word_in_the_buffered_audio_is_known_only_now() -> None:
    audio = ramp(20)
    audio[17 * BLOCK + 5] = LOUD
    audio[19 * BLOCK :] = 25_000
    heard = stream(LoudScorer("w"), LoudStage(25_000), refractory=RATE).feed(audio)
    assert heard is not None
    assert heard.at_sample == 20 * BLOCK
    assert heard.end_sample <= 18 * BLOCK


def test_the_first_stage_tells_where_the_word_ended_when_it_knows() -> None:
    audio = ramp(20)
    audio[-1] = LOUD
    stage = LoudStage(word_end=20 * BLOCK - 3000)
    heard = stream(LoudScorer("w"), stage).feed(audio)
    assert heard is not None
    assert heard.end_sample == 20 * BLOCK - 3000


def test_an_end_from_long_ago_is_not_believed() -> None:
    audio = ramp(30)
    audio[-1] = LOUD
    verifier = LoudScorer("w", trigger_delay_samples=1000)
    heard = stream(verifier, LoudStage(word_end=5)).feed(audio)
    assert heard is not None
    assert heard.end_sample == 30 * BLOCK - 1000


def test_detections_do_not_depend_on_how_the_audio_is_fed() -> None:
    audio = ramp(60)
    audio[[20 * BLOCK, 40 * BLOCK]] = LOUD
    whole = stream(LoudScorer("w"), LoudStage())
    at_once = [whole.feed(audio), whole.feed(audio[:0]), whole.feed(audio[:0])]
    pieces = stream(LoudScorer("w"), LoudStage())
    fed = [pieces.feed(part) for part in np.array_split(audio, 997)]
    assert [d for d in at_once if d] == [d for d in fed if d]
    assert len([d for d in fed if d]) == 2


def test_closing_closes_all_parts() -> None:
    verifier, stage = LoudScorer("w"), LoudStage()
    stream(verifier, stage).close()
    assert verifier.is_closed
    assert stage.is_closed


def test_streams_of_one_engine_do_not_share_what_they_heard() -> None:
    engine = CascadeEngine(
        lambda: LoudScorer("w"), lambda: [LoudStage()], Thresholds({"w": 0.5}), 10 * RATE, POLICY
    )
    loud = np.full(BLOCK, LOUD, dtype=np.int16)
    assert engine.open().feed(loud)
    assert engine.open().feed(loud)
    assert engine.words == ("w",)


def test_when_both_stages_agree_the_verifier_needs_less() -> None:
    audio = ramp(10)
    audio[-1] = LOUD
    assert stream(LoudScorer("w", score=0.25), LoudStage()).feed(audio) is None
    assert stream(LoudScorer("w", score=0.25), LoudStage(sure_of="other")).feed(audio) is None
    heard = stream(LoudScorer("w", score=0.25), LoudStage(sure_of="w")).feed(audio)
    assert heard is not None
    assert stream(LoudScorer("w", score=0.15), LoudStage(sure_of="w")).feed(audio) is None
    surely = stream(LoudScorer("w", score=0.9), LoudStage(sure_of="w")).feed(audio)
    assert surely is not None
    assert surely.score == 1.0
