"""PURE: which audio the expensive verifier gets to hear.

The gate opens on a candidate of the first stage and stays open for a while after the last one.
On opening, the verifier gets the buffered audio from before, so that it hears the whole word.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """How much audio a candidate is worth."""

    look_back_samples: int = 28_160
    """Audio from before the candidate that the verifier hears first, at least 0."""
    hold_samples: int = 19_200
    """How long the gate stays open after the last candidate, at least 0."""

    def __post_init__(self) -> None:
        if self.look_back_samples < 0 or self.hold_samples < 0:
            raise ValueError(f"not a gate policy: {self}")


@dataclass(frozen=True, slots=True)
class GateState:
    """What the gate remembers."""

    fed_until: int = 0
    """The verifier has heard nothing from this sample on."""
    open_until: int = -1
    """Open for audio before this sample."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Audio that the verifier gets now."""

    start: int
    """First sample."""
    stop: int
    """The sample after the last."""


def advance(
    policy: GatePolicy, state: GateState, begin: int, end: int, is_candidate: bool
) -> tuple[GateState, Feed | None]:
    """Take the block `begin`..`end` and the first stage's opinion of it; blocks come in order."""
    open_until = end + policy.hold_samples if is_candidate else state.open_until
    if begin >= open_until:
        return GateState(state.fed_until, open_until), None
    start = max(state.fed_until, begin - policy.look_back_samples, 0)
    return GateState(end, open_until), Feed(start, end)
