"""Notes what leaves the device."""

from device import events as e
from device.outside import Outside

Left = list[tuple[bool, str]]
"""Whether something leaves from now on, and to which host."""


def noting(left: Left) -> Outside:
    """A door that notes what goes through it."""

    def note(event: e.Event) -> None:
        assert isinstance(event, e.CloudChanged)
        left.append((event.active, event.to))

    return Outside(note)
