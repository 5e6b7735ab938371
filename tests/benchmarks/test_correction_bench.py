"""What `parlor bench correction` counts, and the errors that it makes up."""

from benchmarks.correction import Neighbours, Tried, _figures
from device.dialog.sense import Meaning
from device.types import Intent

ON = Meaning(Intent("HassTurnOn", {"name": "lamp"}), possible=True)
OFF = Meaning(Intent("HassTurnOff", {"name": "lamp"}), possible=True)


def share(name: str, *trials: Tried) -> tuple[float, int] | None:
    """Percent and count of one figure; None where there is nothing to count."""
    found = {figure.name: figure for figure in _figures("x", list(trials))}
    return (found[name].value, found[name].n) if name in found else None


def test_what_was_lost_is_mended_mistaken_or_left() -> None:
    lost = [Tried(ON, None, after, 0.0) for after in (ON, ON, OFF, None)]
    assert share("mended_x", *lost) == (50.0, 4)
    assert share("mistaken_x", *lost) == (25.0, 4)


def test_what_is_no_command_must_not_become_one() -> None:
    others = [Tried(None, None, None, 0.0), Tried(None, None, ON, 0.0)]
    assert share("others_made_commands_x", *others) == (50.0, 2)
    assert share("mended_x", *others) is None


def test_what_was_understood_is_counted_apart() -> None:
    understood = [Tried(ON, ON, ON, 0.0), Tried(ON, OFF, OFF, 0.0), Tried(ON, ON, OFF, 0.0)]
    value, n = share("understood_and_changed_x", *understood) or (0.0, 0)
    assert (round(value), n) == (33, 3)


def test_neighbours_are_other_words_that_sound_the_same_or_nearly() -> None:
    found = Neighbours()("ceiling")
    assert {"sealing", "feeling", "dealing"} <= set(found)
    assert not {"ceiling", "kitchen"} & set(found)
