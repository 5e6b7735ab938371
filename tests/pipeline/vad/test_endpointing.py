from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.config import VadConfig
from device.pipeline.vad import TurnTaking
from device.pipeline.vad.endpoint import (
    Endpoint,
    EndpointSettings,
    NoSpeech,
    Reason,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
)
from device.pipeline.vad.endpointing import STEP_SAMPLES, Endpointing
from device.pipeline.vad.silence import Limits, dynamic, fixed, semantic

MS = 16
SILENCE = 800 * MS
LIMITS = Limits(300 * MS, SILENCE, 1200 * MS)

Run = tuple[bool, int]
"""Speech or not, and for how many milliseconds."""


def feed(machine: Endpointing, runs: Iterable[Run], chunk_ms: int = 10) -> list[Endpoint]:
    told: list[Endpoint] = []
    for speech, ms in runs:
        for _ in range(ms // chunk_ms):
            told.extend(machine.feed(1.0 if speech else 0.0, chunk_ms * MS))
    return told


def test_a_sentence_is_started_paused_and_ended_on_exact_samples() -> None:
    told = feed(Endpointing(), [(False, 500), (True, 1000), (False, 1000)])
    assert told == [
        SpeechStarted(500 * MS),
        SpeechEnded(1500 * MS),
        TurnEnded(200 * MS, 1800 * MS, 500 * MS, 1500 * MS, Reason.SILENCE),
    ]


def test_speech_shorter_than_the_minimum_is_a_noise() -> None:
    told = feed(Endpointing(), [(False, 500), (True, 240), (False, 4500)])
    assert told == [NoSpeech(5000 * MS)]


def test_speech_of_just_the_minimum_counts() -> None:
    assert feed(Endpointing(), [(False, 500), (True, 250)]) == [SpeechStarted(500 * MS)]


def test_flicker_under_the_start_share_never_starts_a_turn() -> None:
    flicker = [(True, 70), (False, 30)] * 300
    assert feed(Endpointing(), flicker) == [NoSpeech(5000 * MS)]


def test_a_suspicion_near_the_time_out_is_heard_out() -> None:
    told = feed(Endpointing(), [(False, 4755), (False, 5), (True, 500)], chunk_ms=5)
    assert told == [SpeechStarted(4760 * MS)]


def test_a_false_suspicion_falls_back_to_waiting() -> None:
    settings = EndpointSettings(min_speech_ms=400)
    told = feed(Endpointing(settings), [(True, 290), (False, 600), (True, 400)])
    assert told == [SpeechStarted(890 * MS)]


def test_a_pause_shorter_than_the_silence_belongs_to_the_turn() -> None:
    told = feed(Endpointing(), [(True, 500), (False, 700), (True, 500), (False, 800)])
    assert told == [
        SpeechStarted(0),
        SpeechEnded(500 * MS),
        SpeechStarted(1200 * MS),
        SpeechEnded(1700 * MS),
        TurnEnded(0, 2000 * MS, 0, 1700 * MS, Reason.SILENCE),
    ]


def test_a_click_in_a_pause_does_not_prolong_the_turn() -> None:
    told = feed(Endpointing(), [(True, 500), (False, 400), (True, 50), (False, 1000)])
    ended = told[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.speech_stop_sample == 500 * MS


def test_a_turn_does_not_end_on_a_sample_of_speech() -> None:
    told = feed(Endpointing(), [(True, 500), (False, 760), (True, 90), (True, 300)])
    assert told[-1] == SpeechStarted(1260 * MS)


def test_speech_that_never_ends_is_cut_at_the_maximum() -> None:
    told = feed(Endpointing(), [(False, 1000), (True, 60_000)])
    assert told[-1] == TurnEnded(700 * MS, 15_700 * MS, 1000 * MS, 15_700 * MS, Reason.MAX_LENGTH)


def test_a_turn_with_endless_pauses_is_cut_at_the_maximum() -> None:
    told = feed(Endpointing(), [(True, 500), (False, 700)] * 50)
    ended = told[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.reason is Reason.MAX_LENGTH
    assert ended.stop_sample == 15_000 * MS


def test_a_minute_without_speech_gives_up_once() -> None:
    machine = Endpointing(begin_sample=160)
    assert feed(machine, [(False, 60_000)]) == [NoSpeech(160 + 5000 * MS)]
    assert machine.over
    assert machine.position == 160 + 60_000 * MS


def test_probability_just_under_the_threshold_continues_but_does_not_start() -> None:
    waiting, speaking = Endpointing(), Endpointing()
    assert feed(speaking, [(True, 300)]) == [SpeechStarted(0)]
    for _ in range(100):
        assert waiting.feed(0.4, 160) == ()
        assert speaking.feed(0.4, 160) == ()


def test_the_chime_never_counts_as_speech_nor_is_it_in_the_audio() -> None:
    machine = Endpointing()
    machine.ignore(0, 400 * MS)
    told = feed(machine, [(True, 400), (False, 100), (True, 500), (False, 800)])
    assert told[0] == SpeechStarted(500 * MS)
    ended = told[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.start_sample == 400 * MS


def test_a_chime_alone_is_no_speech() -> None:
    machine = Endpointing()
    machine.ignore(100 * MS, 900 * MS)
    assert feed(machine, [(False, 100), (True, 800), (False, 5000)]) == [NoSpeech(5000 * MS)]


def test_the_audio_of_a_turn_never_begins_before_the_turn() -> None:
    machine = Endpointing(begin_sample=1000)
    told = feed(machine, [(True, 500), (False, 800)])
    ended = told[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.start_sample == 1000


def test_a_whole_command_ends_sooner() -> None:
    machine = Endpointing(silence=semantic(LIMITS))
    feed(machine, [(True, 500), (False, 200)])
    machine.judge(1.0)
    told = feed(machine, [(False, 100)])
    assert told == [TurnEnded(0, 800 * MS, 0, 500 * MS, Reason.SILENCE)]


def test_a_judgement_is_forgotten_when_the_person_speaks_on() -> None:
    machine = Endpointing(silence=semantic(LIMITS))
    feed(machine, [(True, 500), (False, 200)])
    machine.judge(1.0)
    told = feed(machine, [(True, 500), (False, 540)])
    assert not any(isinstance(event, TurnEnded) for event in told)


def test_a_late_judgement_counts_for_its_own_pause_only() -> None:
    machine = Endpointing(silence=semantic(LIMITS))
    feed(machine, [(True, 500), (False, 200), (True, 500), (False, 200)])
    machine.judge(1.0, stop_sample=500 * MS)
    assert feed(machine, [(False, 300)]) == []
    machine.judge(1.0, stop_sample=1200 * MS)
    assert [type(event) for event in feed(machine, [(False, 10)])] == [TurnEnded]


def test_a_late_judgement_ends_a_turn_that_has_been_silent_long_enough() -> None:
    machine = Endpointing(silence=semantic(LIMITS))
    feed(machine, [(True, 500), (False, 500)])
    machine.judge(1.0)
    assert [type(event) for event in feed(machine, [(False, 10)])] == [TurnEnded]


def test_who_made_long_pauses_in_the_last_turns_is_given_time() -> None:
    hasty = Endpointing(silence=dynamic(LIMITS))
    slow = Endpointing(silence=dynamic(LIMITS), usual_pauses=(900 * MS,) * 6)
    story = [(True, 1000), (False, 900)]
    assert any(isinstance(event, TurnEnded) for event in feed(hasty, story))
    assert not any(isinstance(event, TurnEnded) for event in feed(slow, story))


def test_the_pauses_of_a_turn_are_told() -> None:
    machine = Endpointing()
    feed(machine, [(True, 500), (False, 400), (True, 500), (False, 800)])
    assert machine.pauses == (400 * MS,)


def test_a_closure_inside_a_word_is_told_and_is_no_pause_of_the_person() -> None:
    machine = Endpointing()
    told = feed(machine, [(True, 1000), (False, 100), (True, 20), (False, 1000)])
    assert [type(event) for event in told] == [
        SpeechStarted, SpeechEnded, SpeechStarted, SpeechEnded, TurnEnded,
    ]  # fmt: skip
    assert machine.pauses == ()
    assert machine.speech_start == 0


def test_syllables_count_while_somebody_speaks() -> None:
    def ended(syllables: int) -> int:
        machine = Endpointing(silence=dynamic(LIMITS))
        for voiced in (*[True] * 200, *[False] * 200):
            if machine.feed(float(voiced), 160, syllables if voiced else 0) and machine.over:
                break
        return machine.position

    assert ended(syllables=1) < ended(syllables=0)


def test_closing_ends_a_turn_that_had_begun() -> None:
    machine = Endpointing()
    feed(machine, [(True, 500)])
    assert machine.close() == (TurnEnded(0, 500 * MS, 0, 500 * MS, Reason.CLOSED),)
    assert machine.close() == ()


def test_closing_without_speech_tells_that_there_was_none() -> None:
    machine = Endpointing()
    feed(machine, [(True, 100)])
    assert machine.close() == (NoSpeech(100 * MS),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0.0},
        {"start_share": 0.5},
        {"window_ms": 0},
        {"resume_ms": 400},
        {"max_ms": 500},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"threshold|take some time|fits"):
        EndpointSettings(**wrong)


Pattern = list[Run]
patterns = st.lists(
    st.tuples(st.booleans(), st.integers(1, 60).map(lambda n: n * 30)), min_size=1, max_size=30
)


def _whole(runs: Pattern) -> Pattern:
    return [*runs, (False, 6000)]


@given(patterns)
def test_every_turn_terminates_and_nothing_follows(runs: Pattern) -> None:
    machine = Endpointing()
    told = feed(machine, _whole(runs), chunk_ms=30)
    last = [event for event in told if isinstance(event, TurnEnded | NoSpeech)]
    assert machine.over
    assert last == [told[-1]]


@given(patterns)
def test_no_turn_ends_by_silence_before_the_silence(runs: Pattern) -> None:
    machine, voiced = Endpointing(silence=fixed(SILENCE)), set[int]()
    for speech, ms in _whole(runs):
        for _ in range(ms // 30):
            if speech:
                voiced.add(machine.position // (30 * MS))
            for event in machine.feed(float(speech), 30 * MS):
                if isinstance(event, TurnEnded) and event.reason is Reason.SILENCE:
                    first_quiet = -(-event.speech_stop_sample // (30 * MS))
                    quiet = range(first_quiet, first_quiet + SILENCE // (30 * MS))
                    clicks = [chunk for chunk in quiet if chunk in voiced]
                    assert event.speech_stop_sample + SILENCE <= machine.position
                    assert all({n, n + 1, n + 2, n + 3} - voiced for n in clicks)


@given(patterns, st.integers(1000, 20_000))
def test_no_turn_is_longer_than_the_maximum(runs: Pattern, max_ms: int) -> None:
    machine = Endpointing(EndpointSettings(max_ms=max_ms, min_speech_ms=400))
    for event in feed(machine, _whole(runs), chunk_ms=30):
        if isinstance(event, TurnEnded):
            assert 0 < event.stop_sample - event.start_sample <= max_ms * MS
            assert event.start_sample <= event.speech_start_sample
            assert event.speech_stop_sample <= event.stop_sample


@given(patterns)
def test_events_do_not_depend_on_the_size_of_the_chunks(runs: Pattern) -> None:
    told = [feed(Endpointing(), _whole(runs), chunk_ms=ms) for ms in (30, 10)]
    assert told[0] == told[1]


@given(patterns, st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 800)), max_size=3))
def test_ignored_sound_is_never_the_beginning_of_speech(
    runs: Pattern, chimes: list[tuple[int, int]]
) -> None:
    machine = Endpointing()
    for start, length in chimes:
        machine.ignore(start * MS, (start + length) * MS)
    for event in feed(machine, _whole(runs), chunk_ms=30):
        if isinstance(event, SpeechStarted):
            assert not any(
                start * MS <= event.start_sample < (start + length) * MS for start, length in chimes
            )


def test_the_step_divides_the_chunks_of_every_engine() -> None:
    assert all(chunk % STEP_SAMPLES == 0 for chunk in (160, 320, 480, 512))


def test_a_turn_ends_after_the_silence_that_somebody_wishes() -> None:
    turns = TurnTaking(VadConfig())

    def waits(silence_ms: int | None) -> int:
        """Milliseconds from the end of speech to that of the turn."""
        turns.wait(silence_ms)
        endpointing, waited = turns.open(), 0
        for _ in range(50):
            endpointing.feed(0.95, 512, 2)
        while not endpointing.over:
            endpointing.feed(0.01, 512, 0)
            waited += 32
        return waited

    usual = waits(None)
    assert waits(2_000) - waits(600) == pytest.approx(1_400, abs=64)
    assert waits(None) == usual
