"""How loud a room usually is."""

from device.pipeline.vad.prominence import Surroundings


def after(*levels: tuple[float, float]) -> float:
    surroundings = Surroundings()
    for level, seconds in levels:
        for _ in range(int(seconds * 10)):
            surroundings.push(level, 100)
    return surroundings.level_dbfs


def test_a_sentence_does_not_make_the_room_loud_but_a_television_does() -> None:
    assert after((-55, 8), (-25, 3)) == -55
    assert after((-55, 8), (-25, 5)) == -25


def test_what_is_long_over_is_forgotten() -> None:
    assert after((-25, 60), (-50, 5)) == -50


def test_who_speaks_before_anything_is_known_does_not_make_the_room_loud() -> None:
    assert after((-25, 3)) == -60
    assert after((-25, 6)) == -25


def test_nobody_speaks_as_softly_as_silence() -> None:
    assert after() == after((-120, 3)) == -60
