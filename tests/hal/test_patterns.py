from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.hal.patterns import EFFECTS, HEARING, Look, Picture, Scene, moves, render

COLORS = st.tuples(*[st.integers(0, 255)] * 3)
LOOKS = st.builds(Look, st.booleans(), st.floats(0, 1), COLORS, st.sampled_from(["", *EFFECTS]))
SCENES = st.builds(Scene, st.sampled_from(Picture), st.floats(0, 1), st.booleans(), LOOKS)
COUNTS = st.integers(1, 40)
MOMENTS = [moment / 25 for moment in range(100)]
WARNINGS = [Picture.ERROR, Picture.NOT_READY, Picture.NO_CONNECTION, Picture.MUTED]


@given(SCENES, st.floats(0, 1e6), COUNTS)
def test_every_scene_is_a_color_for_every_light(scene: Scene, seconds: float, count: int) -> None:
    pixels = render(scene, seconds, count)
    assert len(pixels) == count
    assert all(0 <= part <= 255 for pixel in pixels for part in pixel)


@given(SCENES, st.floats(0, 1e6), COUNTS)
def test_what_is_still_looks_the_same_at_any_time(scene: Scene, seconds: float, count: int) -> None:
    if not moves(scene, count):
        assert render(scene, seconds, count) == render(scene, 0.0, count)


@pytest.mark.parametrize("count", [1, 3, 12])
@pytest.mark.parametrize("picture", [one for one in Picture if one is not Picture.IDLE])
def test_no_picture_looks_like_idle(picture: Picture, count: int) -> None:
    shown = [render(Scene(picture, share=0.5), moment, count) for moment in MOMENTS]
    assert any(part for pixels in shown for pixel in pixels for part in pixel)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_every_picture_can_be_told_from_every_other(count: int) -> None:
    films = {
        picture: tuple(render(Scene(picture, share=0.4), moment, count) for moment in MOMENTS)
        for picture in Picture
    }
    alike = {picture for picture, film in films.items() if list(films.values()).count(film) > 1}
    scales = {Picture.VOLUME, Picture.TIMER_TICKING} if count > 1 else set()
    faults = {Picture.NOT_READY, Picture.NO_CONNECTION} if count > 1 else set()
    assert alike <= scales | faults


@given(LOOKS, COUNTS, st.sampled_from(sorted(HEARING)))
def test_that_the_microphone_is_in_use_is_seen_whatever_people_set(
    look: Look, count: int, picture: Picture
) -> None:
    for moment in MOMENTS:
        assert any(max(pixel) >= 5 for pixel in render(Scene(picture, look=look), moment, count))


@given(LOOKS, COUNTS, st.sampled_from(Picture), st.floats(0, 1))
def test_no_picture_hides_that_something_leaves_the_speaker(
    look: Look, count: int, picture: Picture, share: float
) -> None:
    with_cloud = [
        render(Scene(picture, share, cloud=True, look=look), moment, count) for moment in MOMENTS
    ]
    lit = [pixels[-1] for pixels in with_cloud if _is_amber(pixels[-1])]
    assert len(lit) == len(MOMENTS) if count > 1 else len(lit) >= len(MOMENTS) // 5


def _is_amber(color: tuple[int, int, int]) -> bool:
    red, green, blue = color
    return red >= 20 and 0.3 * red < green < 0.7 * red and blue == 0


@pytest.mark.parametrize("picture", WARNINGS)
def test_what_is_wrong_is_red_whatever_color_people_chose(picture: Picture) -> None:
    look = Look(color=(0, 255, 0))
    for moment in MOMENTS:
        for red, green, blue in render(Scene(picture, look=look), moment, 12):
            assert green == blue == 0 <= red


@given(SCENES)
def test_a_light_alone_shines_fully_and_steadily_only_while_it_listens(scene: Scene) -> None:
    full = {max(render(scene, moment, 1)[0]) for moment in MOMENTS} == {255}
    assert not full or scene.picture is Picture.LISTENING_FOR_COMMAND


def test_everything_else_has_the_color_that_people_chose() -> None:
    pixels = render(Scene(Picture.TOUCHED, look=Look(color=(0, 128, 0))), 0.0, 3)
    assert pixels == ((0, 255, 0),) * 3


def test_brightness_is_set_apart_from_the_color() -> None:
    look = Look(brightness=0.5, color=(200, 100, 0))
    assert render(Scene(Picture.TOUCHED, look=look), 0.0, 2) == ((128, 64, 0),) * 2


def test_off_is_dark_while_nothing_listens() -> None:
    for picture in set(Picture) - HEARING:
        for moment in MOMENTS:
            dark = render(Scene(picture, 1.0, look=Look(on=False, effect="Solid")), moment, 5)
            assert dark == ((0, 0, 0),) * 5


def test_listening_turns_clockwise_and_replying_the_other_way() -> None:
    def heads(picture: Picture) -> list[int]:
        frames = [render(Scene(picture), moment, 12) for moment in MOMENTS[:25]]
        return [max(range(12), key=lambda place: frame[place][2]) for frame in frames]

    def steps(places: list[int]) -> set[int]:
        return {(b - a) % 12 for a, b in pairwise(places)}

    assert steps(heads(Picture.LISTENING_FOR_COMMAND)) <= {0, 1}
    assert steps(heads(Picture.REPLYING)) <= {0, 11}


def test_waiting_turns_slower_than_listening() -> None:
    def turned(picture: Picture) -> int:
        frames = [render(Scene(picture), moment, 12) for moment in MOMENTS]
        heads = [max(range(12), key=lambda place: frame[place][2]) for frame in frames]
        return sum(a != b for a, b in pairwise(heads))

    assert turned(Picture.WAITING_FOR_COMMAND) < turned(Picture.LISTENING_FOR_COMMAND)


@pytest.mark.parametrize("picture", [Picture.VOLUME, Picture.TIMER_TICKING])
def test_a_scale_fills_the_ring_from_the_top(picture: Picture) -> None:
    lit = [sum(1 for pixel in render(Scene(picture, share), 0.0, 12) if max(pixel))
           for share in (0.0, 0.25, 0.5, 1.0)]  # fmt: skip
    assert lit == [0, 3, 6, 12]


@pytest.mark.parametrize("count", [1, 3, 12])
@pytest.mark.parametrize("picture", Picture)
def test_no_light_flashes_more_than_three_times_a_second(picture: Picture, count: int) -> None:
    film = [render(Scene(picture, 0.5), moment / 100, count) for moment in range(400)]
    for place in range(count):
        levels = [max(pixels[place]) for pixels in film]
        middle = (max(levels) + min(levels)) / 2
        assert sum(a <= middle < b for a, b in pairwise(levels)) <= 3 * 4


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_shows_only_while_nothing_happens(effect: str) -> None:
    look = Look(effect=effect)
    assert any(max(pixel) for pixel in render(Scene(look=look), 0.0, 6))
    assert render(Scene(Picture.THINKING, look=look), 0.3, 6) == render(
        Scene(Picture.THINKING), 0.3, 6
    )
