"""What is said over a reply: what ducks it, what holds it, what stops it, and what it ignores."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest

from device import clock
from device import events as e
from device.audio.format import RATE, Samples
from device.audio.timeline import Timeline
from device.config import VadConfig
from device.conversation.cascade import Cascade
from device.dialog.agent import LocalAgent
from device.errors import EngineBusy
from device.events import BargeIn
from device.executor import InlineExecutor
from device.hearing import Hearing
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import SimulatedHome
from device.interruptions import Interruptions
from device.pipeline.frontend.base import EchoState
from device.pipeline.mock import MockStt, MockTts, MockVad, MockWake
from device.pipeline.vad import open_endpointing
from tests.flow import LAMP, silence, speech

TURN = 7
QUIET = EchoState()
PLAYING = EchoState(playing=True, residual_dbfs=-60.0)


@dataclass
class Ear:
    """An ear over a reply, and what it told."""

    timeline: Timeline
    hearing: Hearing
    interruptions: Interruptions
    posted: list[e.Event] = field(default_factory=list)

    async def hear(self, *sounds: Samples) -> None:
        """Let sounds be captured, 10 ms at a time."""
        for start in range(0, sum(map(len, sounds)), 160):
            self.timeline.write(np.concatenate(sounds)[start : start + 160])
            await asyncio.sleep(0.01)

    @property
    def told(self) -> list[str]:
        """Names of the events, with what they say of why."""
        return [f"{event.kind} {getattr(event, 'reason', '')}".strip() for event in self.posted]


Story = Callable[[Ear], Awaitable[None]]


def listens(
    story: Story, *, stt: MockStt | None = None, mode: BargeIn = BargeIn.FULL,
    echo: EchoState = PLAYING, played: Samples | None = None, saying: str = "",
    asked: e.StartConversation | None = None,
) -> Ear:  # fmt: skip
    """Let the ear listen while a story is told; it must be gone afterwards."""

    async def run() -> Ear:
        ear = _open(stt or MockStt(), echo, played, saying)
        running = asyncio.create_task(ear.interruptions.run(TURN, mode, asked))
        await asyncio.sleep(0)
        await story(ear)
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.wait([running])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return ear

    return clock.run_virtual(run())


def _open(stt: MockStt, echo: EchoState, played: Samples | None, saying: str) -> Ear:
    timeline, posted = Timeline(), list[e.Event]()
    hearing = Hearing(
        timeline, MockWake(), MockVad(), partial(open_endpointing, VadConfig()),
        InlineExecutor(), posted.append,
    )  # fmt: skip
    devices = load_devices((LAMP,))
    home = Home(devices)
    cascade = Cascade(
        stt, LocalAgent(home.entities, home), Actuator(SimulatedHome(devices)), MockTts(),
        InlineExecutor(), "en",
    )  # fmt: skip
    loudspeaker = np.zeros(0, dtype=np.int16) if played is None else played

    def played_then(start: int, stop: int) -> Samples:
        return np.concatenate((loudspeaker, np.zeros(stop, dtype=np.int16)))[start:stop]

    interruptions = Interruptions(
        hearing, cascade, posted.append, lambda: echo, lambda: saying, played_then
    )
    return Ear(timeline, hearing, interruptions, posted)


def says(*sounds: Samples) -> Story:
    async def story(ear: Ear) -> None:
        await ear.hear(*sounds)

    return story


def of(ear: Ear, kind: type[e.Event]) -> list[e.Event]:
    return [event for event in ear.posted if isinstance(event, kind)]


def test_who_goes_on_speaking_interrupts() -> None:
    ear = listens(says(silence(1.0), speech(1.5)))
    suspected, overlap, interrupted = ear.posted
    begin = RATE - RATE % MockVad.chunk_samples
    assert suspected == e.SpeechSuspected(start_sample=begin, turn_id=TURN)
    assert isinstance(overlap, e.Overlap)
    assert (overlap.manner, overlap.turn_id) == ("interruption", TURN)
    assert overlap.as_dict()["event"] == "overlap"
    assert overlap.as_dict()["kind"] == "interruption"
    assert interrupted == e.Interrupted(by="speech", start_sample=begin, turn_id=TURN)


@pytest.mark.parametrize("played", [True, False])
def test_it_knows_what_is_only_what_the_speaker_played(played: bool) -> None:
    async def story(ear: Ear) -> None:
        await ear.hear(speech(2.0))
        assert ear.interruptions.is_ours(RATE // 2, RATE * 3 // 2) is played

    listens(story, played=speech(2.0) if played else None)


def test_a_click_ducks_and_no_more() -> None:
    ear = listens(says(silence(1.0), speech(0.06), silence(1.0)))
    assert ear.told == ["speech_suspected", "speech_rejected noise"]


@pytest.mark.parametrize("word", ["mhm", "yeah", "okay", "I see"])
def test_a_word_of_agreement_is_no_interruption(word: str) -> None:
    ear = listens(says(silence(1.0), speech(0.4), silence(1.0)), stt=MockStt(["", word.lower()]))
    assert ear.told == ["speech_suspected", "overlap", "speech_rejected backchannel"]


def test_a_sound_without_words_is_agreement_when_it_is_no_noise() -> None:
    ear = listens(says(silence(1.0), speech(0.4), silence(1.0)))
    assert ear.told[-1] == "speech_rejected backchannel"
    ear = listens(says(silence(1.0), speech(0.12), silence(1.0)))
    assert ear.told[-1] == "speech_rejected noise"


def test_a_stop_word_stops_and_needs_no_confirmation() -> None:
    ear = listens(says(silence(1.0), speech(0.4), silence(1.0)), stt=MockStt(["stop"]))
    assert ear.posted[1:] == [e.StopRequested(by="voice", turn_id=TURN)]


def test_only_words_that_may_be_said_over_a_reply_are_listened_for() -> None:
    stt = MockStt(["", "mhm"])
    listens(says(silence(1.0), speech(0.4), silence(1.0)), stt=stt)
    assert stt.phrases[0] == ("stop", "be quiet")
    assert "okay" in stt.phrases[1]
    assert "snooze" not in stt.phrases[1]


def test_a_short_command_interrupts() -> None:
    stt = MockStt(["", "", "turn on the kitchen light"])
    ear = listens(says(silence(1.0), speech(0.5), silence(1.0)), stt=stt)
    assert ear.told[-1] == "interrupted"


def test_short_words_that_are_no_command_are_let_go() -> None:
    ear = listens(
        says(silence(1.0), speech(0.5), silence(1.0)), stt=MockStt(["", "", "did you see that"])
    )
    assert "interrupted" not in ear.told
    assert ear.told[-1].startswith("speech_rejected")


def test_an_answer_to_the_question_that_is_being_asked_is_no_agreement() -> None:
    yes = (e.PossibleAnswer(id="yes", sentences=("yes",)),)
    asked = e.StartConversation(text="Shall I?", question_id="1", answers=yes)
    story = says(silence(1.0), speech(0.4), silence(1.0))
    assert listens(story, stt=MockStt(["", "yes"]), asked=asked).told[-1] == "interrupted"
    assert "interrupted" not in listens(story, stt=MockStt(["", "yes"])).told


def syllables(seconds: float) -> Samples:
    """Two tones that come and go in a manner of their own."""
    time = np.arange(int(seconds * RATE)) / RATE
    swell = 1.2 + np.sin(2 * np.pi * 3.1 * time) + 0.7 * np.sin(2 * np.pi * 7.7 * time + 1)
    low, high = np.sin(2 * np.pi * 700 * time), np.sin(2 * np.pi * 1_900 * time)
    tones = np.where(np.sin(2 * np.pi * 4.3 * time) > 0, low, high)
    return (2_500 * swell * tones).astype(np.int16)


def test_our_own_voice_does_not_interrupt_us() -> None:
    played = np.concatenate((silence(1.0), syllables(1.2)))
    ear = listens(says(played // 2, silence(0.5)), played=played)
    assert ear.told == ["speech_suspected", "speech_rejected echo"]


def test_a_person_interrupts_while_we_say_something_else() -> None:
    played = np.concatenate((silence(1.0), syllables(2.5)))
    person = np.concatenate((silence(1.0), speech(0.15), silence(0.1), speech(0.3), speech(1.5)))
    assert listens(says(person), played=played).told[-1] == "interrupted"


def test_words_we_are_saying_do_not_stop_us_unless_somebody_else_says_them() -> None:
    said = np.concatenate((silence(1.0), syllables(0.45), silence(1.0)))
    rng = np.random.default_rng(1)
    blurred = (said // 2 + rng.normal(0, 600, len(said)) * (said != 0)).astype(np.int16)
    saying = "the next bus stop"
    ours = listens(says(blurred), stt=MockStt(["stop"]), played=said, saying=saying)
    assert ours.told == ["speech_suspected", "speech_rejected echo"]
    elsewhere = listens(says(blurred), stt=MockStt(["stop"]), saying=saying)
    assert elsewhere.told[-1] == "stop_requested"


def test_nothing_overlaps_while_the_speaker_thinks() -> None:
    ear = listens(says(silence(1.0), speech(1.5)), echo=QUIET)
    assert ear.told == ["speech_suspected", "interrupted"]


def test_an_interruption_that_comes_too_early_is_told_again() -> None:
    """The turn ignores it between understanding and the first sound of the reply."""
    ear = listens(says(silence(1.0), speech(2.5)), echo=QUIET)
    first, *_, last = of(ear, e.Interrupted)
    assert first == last


def test_with_wake_words_only_stop_words_count() -> None:
    story = says(silence(1.0), speech(1.2), silence(1.0), speech(0.4), silence(1.0))
    stt = MockStt(["", "", "turn on the kitchen light", "stop"])
    ear = listens(story, stt=stt, mode=BargeIn.WAKE_WORD)
    assert [event.kind for event in ear.posted] == ["stop_requested"]


@pytest.mark.parametrize("mode", [BargeIn.BUTTON, BargeIn.OFF])
def test_nothing_is_listened_for_where_speech_may_not_interrupt(mode: BargeIn) -> None:
    stt = MockStt(["stop"])
    ear = listens(says(silence(1.0), speech(0.4), silence(1.0), speech(2.0)), stt=stt, mode=mode)
    assert ear.posted == []
    assert stt.heard == []


def test_what_cannot_be_understood_lets_the_reply_go_on() -> None:
    busy = MockStt(error=EngineBusy("too much to do"))
    ear = listens(says(silence(1.0), speech(0.4), silence(1.0), speech(1.0)), stt=busy)
    assert ear.told[1:3] == ["overlap", "speech_rejected backchannel"]
    assert ear.told[-1] == "interrupted"


def test_a_microphone_that_is_gone_ends_it() -> None:
    async def story(ear: Ear) -> None:
        await ear.hear(speech(0.1))
        ear.timeline.close()

    assert listens(story).told == ["speech_suspected"]


def test_speech_in_the_very_first_chunk_and_before_it_is_heard_from_its_beginning() -> None:
    async def main() -> Ear:
        ear = _open(MockStt(), PLAYING, None, "")
        await ear.hear(silence(1.0), speech(0.1))
        running = asyncio.create_task(ear.interruptions.run(TURN))
        await asyncio.sleep(0)
        await ear.hear(speech(1.0))
        running.cancel()
        return ear

    interrupted = clock.run_virtual(main()).posted[-1]
    assert isinstance(interrupted, e.Interrupted)
    assert interrupted.start_sample == pytest.approx(RATE, abs=600)


def test_what_is_cut_off_in_the_middle_of_a_word_leaves_nothing_behind() -> None:
    ear = listens(says(silence(1.0), speech(0.1)))
    assert ear.told == ["speech_suspected"]


def test_fifty_interruptions_in_a_row_are_fifty() -> None:
    async def main() -> Sequence[e.Event]:
        ear = _open(MockStt(), PLAYING, None, "")
        for _ in range(50):
            running = asyncio.create_task(ear.interruptions.run(TURN))
            await asyncio.sleep(0)
            await ear.hear(silence(0.5), speech(0.9))
            running.cancel()
            await asyncio.wait([running])
            await ear.hear(silence(4.0))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return of(ear, e.Interrupted)

    assert len(clock.run_virtual(main())) == 50


def test_a_television_that_talks_all_the_time_interrupts_nobody() -> None:
    async def main() -> Ear:
        ear = _open(MockStt(), PLAYING, None, "")
        await ear.hear(speech(8.0))
        running = asyncio.create_task(ear.interruptions.run(TURN))
        await asyncio.sleep(0)
        await ear.hear(speech(3.0))
        running.cancel()
        return ear

    assert clock.run_virtual(main()).posted == []


def test_how_readily_it_hears_can_be_turned() -> None:
    def told(sensitivity: float) -> list[str]:
        async def story(ear: Ear) -> None:
            ear.interruptions.set_sensitivity(sensitivity)
            running = asyncio.create_task(ear.interruptions.run(TURN))
            await asyncio.sleep(0)
            await ear.hear(silence(1.0), speech(0.5))
            running.cancel()

        return listens(story, mode=BargeIn.OFF).told

    assert told(0.0) == ["speech_suspected"]
    assert told(1.0)[-1] == "interrupted"


def clatter(seconds: float) -> Samples:
    """Loud, and the same all along."""
    return np.random.default_rng(2).normal(0, 3_000, int(seconds * RATE)).astype(np.int16)


@pytest.mark.parametrize("seconds", [0.4, 2.0])
def test_what_sounds_the_same_all_along_is_noise_and_is_not_listened_to(seconds: float) -> None:
    stt = MockStt(["stop"])
    ear = listens(says(silence(1.0), clatter(seconds), silence(1.0)), stt=stt)
    assert {*ear.told} == {"speech_suspected", "speech_rejected noise"}
    assert stt.heard == []


def test_who_speaks_out_of_a_noise_interrupts() -> None:
    ear = listens(says(silence(1.0), clatter(1.0), speech(2.0)))
    assert ear.told[1] == "speech_rejected noise"
    assert ear.told[-1] == "interrupted"
