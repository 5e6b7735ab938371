from device import events as e
from device.metrics import TurnTimes

ENDED = e.TurnEnded(
    turn_id=3, at=2.5, start_sample=16_000, stop_sample=36_000, speech_stop_sample=32_000,
    decided_sample=39_680, reason="silence",
)  # fmt: skip
HEARD = e.FinalTranscript(turn_id=3, text="x", language="en", engine="command", confidence=0.8)


def folded(*story: tuple[e.Event, float]) -> TurnTimes:
    times = TurnTimes()
    for event, now in story:
        times = times.fold(event, now)
    return times


def test_stage_times_of_a_command_are_told_apart() -> None:
    times = folded(
        (ENDED, 10.0),
        (HEARD, 10.2),
        (e.IntentRecognized(turn_id=3, name="HassTurnOn"), 10.21),
        (e.ActionRequested(turn_id=3, entity="l", service="s", topic="t", payload="p"), 10.22),
        (e.ReplyText(turn_id=3, text="done"), 10.3),
        (e.ReplyAudible(turn_id=3), 10.4),
        (e.ReplyMade(turn_id=3), 10.9),
    )
    assert times.stages() == {
        "vad": 500.0, "vad_lag": 20.0, "stt": 200.0, "agent": 10.0, "action": 80.0,
        "tts_first_chunk": 100.0, "tts_total": 600.0, "end_to_end": 900.0,
    }  # fmt: skip
    assert times.fold(e.FinalTranscript(turn_id=4, text="", language="en", engine="",
                                        confidence=0), 11.0).stages() == {}  # fmt: skip


def test_an_answer_that_is_no_command_was_thought_of_word_by_word() -> None:
    times = folded(
        (ENDED, 10.0),
        (HEARD, 10.2),
        (e.ReplyText(turn_id=3, text="Once", is_final=False), 10.5),
        (e.ReplyText(turn_id=3, text="upon a time."), 12.0),
        (e.ReplyAudible(turn_id=3), 10.6),
    )
    stages = times.stages()
    assert (stages["llm_first_token"], stages["llm_total"]) == (300.0, 1800.0)
    assert stages["tts_first_chunk"] == 100.0


def test_a_filler_is_no_answer() -> None:
    stages = folded(
        (ENDED, 10.0),
        (HEARD, 10.2),
        (e.ReplyAudible(turn_id=3), 11.2),
        (e.ReplyText(turn_id=3, text="Once", is_final=False), 12.5),
        (e.AnswerBegun(turn_id=3), 12.7),
    ).stages()
    assert stages["end_to_end"] == 3200.0
    assert stages["tts_first_chunk"] == 200.0


def test_an_answer_that_is_made_before_it_is_heard_is_counted_when_it_is_heard() -> None:
    stages = folded((ENDED, 10.0), (HEARD, 10.2), (e.AnswerBegun(turn_id=3), 10.3),
                    (e.ReplyAudible(turn_id=3), 10.4)).stages()  # fmt: skip
    assert stages["end_to_end"] == 900.0


def test_a_transcript_that_was_there_before_the_turn_ended_took_no_time() -> None:
    assert folded((HEARD, 9.8), (ENDED, 10.0)).stages()["stt"] == 0.0


def test_a_turn_tells_what_was_heard_and_what_was_understood_in_vain() -> None:
    pauses = [e.SpeechEnded(turn_id=3, start_sample=0, stop_sample=stop) for stop in (9, 32_000)]
    finished = e.PlaybackFinished(turn_id=3, heard_seconds=1.25)
    times = folded(*((pause, 9.0) for pause in pauses), (ENDED, 10.0), (HEARD, 10.1),
                   (finished, 12.0))  # fmt: skip
    measured = times.measured()
    assert measured.speculations_discarded == 1
    assert (measured.confidence, measured.language) == (0.8, "en")
    assert (measured.audio_seconds, measured.reply_seconds) == (1.0, 1.25)
    assert measured.turn_id == 3


def test_a_typed_turn_has_no_stages_of_speech() -> None:
    measured = folded((HEARD, 1.0), (e.ReplyText(turn_id=3, text="hi"), 1.1)).measured()
    assert set(measured.stages) == {"llm_first_token", "llm_total"}
    assert measured.audio_seconds == 0.0


def test_events_of_no_turn_change_nothing() -> None:
    times = folded((e.ReplyText(turn_id=1, text=""), 1.0))
    assert times.fold(e.VolumeChanged(volume=1.0), 2.0) == times
