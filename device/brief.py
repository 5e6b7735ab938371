"""What somebody who comes over the network asks of the conversation he has."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Brief:
    """Wishes that hold until there are others; what nobody wishes is as configured."""

    instructions: str = ""
    """What a language model is told besides."""
    tools: Sequence[Json] = ()
    """What it may use besides: {"name", "description", "parameters"}, the last a JSON schema."""
    call: Callable[[str, str], Awaitable[str]] | None = None
    """Uses one of these, by its name and its arguments as JSON; gives what came of it."""
    acts: bool = True
    """False: a model is given no tools at all."""
    temperature: float | None = None
    """How freely it answers; None: as usual."""
    voice: str = ""
    """Voice that answers; empty: by language."""
    answers: bool = True
    """False: what is said is only written down; it is answered when it is given as text."""
    interruptible: bool = True
    """Whether speech interrupts a reply."""
    silence_ms: int | None = None
    """Silence that ends a sentence; None: as configured."""


Exchanges = Sequence[tuple[str, str]]
"""What was said and what was answered to it, the oldest first."""
