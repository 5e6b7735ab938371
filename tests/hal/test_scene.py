import pytest

from device import events as e
from device.hal.patterns import Look, Picture
from device.hal.scene import Status
from device.pipeline.mock import MockStt
from tests.flow import Rig, flow, silence, speech, wake_word

IDLE, LISTENING, PROCESSING, RESPONDING = e.TurnState


def after(*events: e.Event, now: float = 0.0) -> Status:
    status = Status(volume=0.7)
    for event in (e.Ready(), *events):
        status = status.fold(event, now)
    return status


def picture(status: Status, now: float = 0.1, *, capturing: bool = True) -> Picture:
    return status.scene(now, capturing).picture


def to(state: e.TurnState) -> e.StateChanged:
    return e.StateChanged(old=IDLE, new=state)


BROKER_LOST = e.HealthChanged(part="broker", healthy=False)
DEAF = e.HealthChanged(part="microphone", healthy=False)
TIMERS = e.TimersChanged(
    timers=(
        {"kind": "alarm", "is_active": True, "total_seconds": 0, "seconds_left": 5},
        {"kind": "timer", "is_active": True, "total_seconds": 100, "seconds_left": 50},
        {"kind": "timer", "is_active": False, "total_seconds": 100, "seconds_left": 20},
    )
)
FAILED = e.StageFailed(stage="tts", code="engine-failed", message="")
LADDER: tuple[tuple[Picture, tuple[e.Event, ...]], ...] = (
    (Picture.MUTED, (e.MuteChanged(muted=True),)),
    (Picture.NO_CONNECTION, (BROKER_LOST,)),
    (Picture.TIMER_TICKING, (TIMERS,)),
    (Picture.NOT_READY, (DEAF,)),
    (Picture.ERROR, (FAILED,)),
    (Picture.REPLYING, (to(RESPONDING),)),
    (Picture.THINKING, (to(PROCESSING),)),
    (Picture.LISTENING_FOR_COMMAND, (e.MuteChanged(muted=False), to(LISTENING), e.SpeechStarted())),
    (Picture.WAITING_FOR_COMMAND, (to(LISTENING),)),
    (Picture.TIMER_RINGING, (e.TimerFinished(id="1"),)),
    (Picture.VOLUME, (e.VolumeChanged(volume=0.3),)),
    (Picture.TOUCHED, (e.ButtonGestured(gesture="long_press"),)),
)


def test_the_first_picture_that_fits_wins() -> None:
    events: tuple[e.Event, ...] = ()
    assert picture(after()) is Picture.IDLE
    for expected, more in LADDER:
        events += more
        assert picture(after(*events)) is expected


def test_until_the_speaker_is_ready_it_boots() -> None:
    assert picture(Status(volume=0.7).fold(to(LISTENING), 0.0)) is Picture.BOOTING


@pytest.mark.parametrize("heard", [(), (e.SpeechStarted(),)])
def test_a_speaker_that_captures_nothing_never_seems_to_listen(heard: tuple[e.Event, ...]) -> None:
    status = after(to(LISTENING), *heard)
    assert picture(status, capturing=False) is Picture.NOT_READY
    assert picture(status, capturing=True) is not Picture.NOT_READY


def test_a_muted_microphone_never_seems_to_listen() -> None:
    assert picture(after(to(LISTENING), e.MuteChanged(muted=True))) is Picture.NOT_READY


def test_software_does_not_seem_to_open_what_the_switch_closed() -> None:
    locked = after(e.MuteChanged(muted=True, by_switch=True), e.MuteChanged(muted=False))
    assert picture(locked) is Picture.MUTED
    opened = locked.fold(e.MuteChanged(muted=False, by_switch=True), 0.0)
    assert picture(opened) is Picture.IDLE


def test_silence_looks_like_mute() -> None:
    status = after(e.VolumeChanged(volume=0.0))
    assert picture(status, now=3.0) is Picture.MUTED


@pytest.mark.parametrize(
    ("event", "shown", "seconds"),
    [
        (e.VolumeChanged(volume=0.4), Picture.VOLUME, 2.0),
        (FAILED, Picture.ERROR, 1.0),
        (e.ButtonGestured(gesture="double_press"), Picture.TOUCHED, 0.3),
        (BROKER_LOST, Picture.NO_CONNECTION, 10.0),
    ],
)
def test_some_pictures_last_for_a_while(event: e.Event, shown: Picture, seconds: float) -> None:
    status = after(event, now=50.0)
    assert picture(status, 50.0 + seconds - 0.01) is shown
    assert picture(status, 50.0 + seconds) is Picture.IDLE


@pytest.mark.parametrize("state", [LISTENING, PROCESSING, RESPONDING])
def test_a_lost_broker_hides_nothing_that_somebody_waits_for(state: e.TurnState) -> None:
    assert picture(after(BROKER_LOST, to(state))) is picture(after(to(state)))


def test_a_broker_that_is_back_is_no_news() -> None:
    assert picture(after(BROKER_LOST, e.HealthChanged(part="broker", healthy=True))) is Picture.IDLE


def test_what_failed_outside_a_turn_does_not_flash() -> None:
    failed = e.StageFailed(stage="mqtt", code="command-invalid", message="", turn_id=-1)
    assert picture(after(failed)) is Picture.IDLE


def test_ringing_ends_with_the_ringing_and_with_the_turn() -> None:
    rings = after(to(RESPONDING), e.TimerFinished(id="1"))
    assert picture(rings) is Picture.TIMER_RINGING
    assert picture(rings.fold(e.RingingEnded(timer_id="1"), 0.0)) is Picture.REPLYING
    assert picture(rings.fold(to(IDLE), 0.0)) is Picture.IDLE


def test_the_countdown_shows_the_first_timer_that_runs() -> None:
    status = after(TIMERS, now=1000.0)
    assert status.scene(1000.0, True).share == 0.5
    assert status.scene(1025.0, True).share == 0.25
    assert picture(status, 1050.0) is Picture.IDLE


def test_the_volume_is_a_scale() -> None:
    assert after(e.VolumeChanged(volume=0.3)).scene(0.1, True).share == 0.3


def test_the_cloud_is_shown_over_whatever_happens() -> None:
    status = after(e.CloudChanged(active=True, to="example.org"), to(LISTENING))
    assert status.scene(0.1, True).cloud
    assert not status.fold(e.CloudChanged(active=False), 0.2).scene(0.3, True).cloud


def test_people_set_how_the_ring_shines() -> None:
    status = after(e.LightChanged(on=False, brightness=0.2, color=(1, 2, 3), effect="Solid"))
    assert status.scene(0.1, True).look == Look(False, 0.2, (1, 2, 3), "Solid")


def test_a_real_turn_goes_through_its_pictures() -> None:
    async def turn(session: Rig) -> None:
        await session.hear(silence(0.5), wake_word(), silence(0.6), speech(1.0), silence(1.5))
        await session.settle()

    status, seen = Status(volume=0.7), [Picture.BOOTING]
    for event in flow(turn, stt=MockStt(["turn on the kitchen light"])).events:
        status = status.fold(event, event.at)
        shown = status.scene(event.at, capturing=True).picture
        if shown is not seen[-1]:
            seen.append(shown)
    assert seen == [
        Picture.BOOTING, Picture.IDLE, Picture.WAITING_FOR_COMMAND, Picture.LISTENING_FOR_COMMAND,
        Picture.THINKING, Picture.REPLYING, Picture.IDLE,
    ]  # fmt: skip
