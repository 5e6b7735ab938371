"""The sound devices of a rig, by their ALSA names, as environment variables give them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.card import CUSHION_MS
from device.errors import UsageError

_LEAST_MS: Final = 20
_MOST_MS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Devices:
    """ALSA names; all but those of the speaker under test are opened more than once at a time."""

    player: str
    """PARLOR_HIL_PLAYER: what is played on it, the speaker's microphone hears."""
    ear: str
    """PARLOR_HIL_EAR: captures what the speaker's loudspeaker plays."""
    tap: str = ""
    """PARLOR_HIL_TAP: captures what the speaker's microphone hears; the ear itself where that is a
    microphone in the room. Empty: nothing does, and the delay of the player is not measured."""
    microphone: str = ""
    """PARLOR_HIL_MIC: [audio] input of a speaker that the rig starts."""
    loudspeaker: str = ""
    """PARLOR_HIL_SPEAKER: its [audio] output."""

    @property
    def in_a_room(self) -> bool:
        """Whether the ear hears people too, and the echo is a real one."""
        return self.tap == self.ear


def devices(environment: Mapping[str, str], *, daemon: bool) -> Devices | None:
    """The devices that are named; None: none is, and a virtual card takes their place.

    `daemon`: a speaker that runs already is judged, which has devices of its own. Raises UsageError
    that lists what is missing.
    """
    named = {
        key.removeprefix("PARLOR_HIL_"): environment.get(key, "")
        for key in (
            "PARLOR_HIL_PLAYER", "PARLOR_HIL_EAR", "PARLOR_HIL_TAP", "PARLOR_HIL_MIC",
            "PARLOR_HIL_SPEAKER",
        )
    }  # fmt: skip
    if not any(named.values()) and not daemon:
        return None
    needed = ("PLAYER", "EAR") if daemon else ("PLAYER", "EAR", "MIC", "SPEAKER")
    if absent := [f"PARLOR_HIL_{name}" for name in needed if not named[name]]:
        raise UsageError(f"set {', '.join(absent)}; docs/hil.md tells how a rig is wired")
    if daemon:
        named |= {"MIC": "", "SPEAKER": ""}
    return Devices(
        named["PLAYER"], named["EAR"], named["TAP"], named["MIC"], named["SPEAKER"]
    )  # fmt: skip


def cushion_ms(environment: Mapping[str, str]) -> int:
    """PARLOR_HIL_CUSHION_MS: sound held ahead of the microphone. Raises UsageError."""
    said = environment.get("PARLOR_HIL_CUSHION_MS") or str(CUSHION_MS)
    if not said.isdecimal() or not _LEAST_MS <= int(said) <= _MOST_MS:
        raise UsageError(f"PARLOR_HIL_CUSHION_MS is {said}; give {_LEAST_MS} to {_MOST_MS}")
    return int(said)
