import numpy as np
import pytest

from benchmarks.endpoint import Tally, tally
from benchmarks.endpoint_corpus import BEFORE_SAMPLES, Hesitant, hesitant, places
from benchmarks.endpoint_ear import Block, Heard, Turn, Verdict
from benchmarks.endpoint_fit import fit
from device.audio.format import RATE, SAMPLES_PER_MS
from device.pipeline.vad.endpoint import EndpointSettings
from device.pipeline.vad.silence import Limits, fixed, semantic

SECOND = RATE
BLOCK = 512


def heard(over_at_pause: float | None, late_seconds: float = 0.0) -> Heard:
    """One second of speech, half a second of pause, one second of speech, two of silence."""
    said = Hesitant(
        np.zeros(0, np.int16), "command", "", 5 * SECOND // 2, (SECOND, 3 * SECOND // 2)
    )
    stops = (SECOND, 5 * SECOND // 2)
    blocks = tuple(
        Block(float(at < stops[0] or 3 * SECOND // 2 <= at < stops[1]), BLOCK, 0)
        for at in range(0, 9 * SECOND // 2, BLOCK)
    )
    verdicts = tuple(
        Verdict(_rounded(stop), _rounded(stop) + SECOND // 5 + round(late_seconds * SECOND),
                late_seconds, over, "")
        for stop, over in zip(stops, (over_at_pause, 1.0), strict=True)
    )  # fmt: skip
    return Heard(said, EndpointSettings(), blocks, verdicts)


def _rounded(sample: int) -> int:
    """First sample of the silence, as voice activity detection sees it."""
    return -(-sample // BLOCK) * BLOCK


def ms(milliseconds: int) -> int:
    return milliseconds * SAMPLES_PER_MS


LIMITS = Limits(ms(300), ms(800), ms(1200))


def test_a_turn_that_ends_in_the_pause_is_cut_off() -> None:
    turn = heard(None).turn(fixed(ms(300)))
    assert turn is not None
    assert turn.cut_off


def test_the_delay_counts_from_the_labelled_end() -> None:
    turn = heard(None).turn(fixed(ms(700)))
    assert turn is not None
    assert not turn.cut_off
    assert turn.delay_ms == pytest.approx(700, abs=70)


def test_a_wrong_verdict_cuts_off_and_a_right_one_hurries() -> None:
    right, wrong = (heard(over).turn(semantic(LIMITS)) for over in (0.0, 1.0))
    assert right is not None
    assert wrong is not None
    assert wrong.cut_off
    assert not right.cut_off
    assert right.delay_ms == pytest.approx(300, abs=70)


def test_a_verdict_that_takes_time_comes_later() -> None:
    late = heard(0.0, late_seconds=0.4)
    turn, prompt = late.turn(semantic(LIMITS)), late.at_once.turn(semantic(LIMITS))
    assert turn is not None
    assert prompt is not None
    assert turn.delay_ms == pytest.approx(600, abs=70)
    assert prompt.delay_ms == pytest.approx(300, abs=70)


def test_who_is_not_heard_is_left_out() -> None:
    silent = Heard(Hesitant(np.zeros(0, np.int16), "command", "", 0), EndpointSettings(), (), ())
    assert len(tally([heard(None), silent], fixed(ms(700))).turns) == 1


def test_delays_of_turns_that_were_cut_off_do_not_count() -> None:
    said = heard(None).utterance
    early, late = Turn(said, said.pause[0]), Turn(said, said.speech_stop + ms(500))
    both = Tally((early, late))
    assert both.cut_off == [True, False]
    assert both.delays_ms == [500.0]


def test_the_corpus_puts_silence_where_it_says() -> None:
    for one in hesitant("judge", 3):
        start, stop = one.pause
        assert BEFORE_SAMPLES < start < stop < one.speech_stop < len(one.samples)
        assert 200 <= (stop - start) / SAMPLES_PER_MS < 900


def test_the_corpus_is_the_same_every_time() -> None:
    once, again = (next(iter(hesitant("fit", 1))) for _ in range(2))
    assert np.array_equal(once.samples, again.samples)
    assert once.text == again.text


def test_the_halves_share_no_home() -> None:
    assert not {id(home) for home in places("fit")} & {id(home) for home in places("judge")}


def test_the_fit_finds_the_weights_that_made_the_data() -> None:
    chance = np.random.default_rng(5)
    table = chance.normal(size=(4000, 2)) * (3.0, 0.5) + (1.0, 2.0)
    likely = 1 / (1 + np.exp(-(table @ (-0.8, 2.0) - 1.0)))
    found = fit(table, (chance.random(4000) < likely).astype(float))
    assert found == pytest.approx((-0.8, 2.0, -1.0), abs=0.35)
