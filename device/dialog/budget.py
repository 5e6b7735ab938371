"""How much a language model may be asked. Pure."""

from dataclasses import dataclass
from typing import Protocol

from device.errors import LlmError, LlmHurried, LlmSpent
from device.outside import Unit


class Spent(Protocol):
    """What was used of a service."""

    def spent(self, service: str, unit: Unit) -> float:
        """This local day."""
        ...

    def spent_lately(self, service: str, unit: Unit) -> float:
        """In the last minute."""
        ...


class NothingSpent:
    """For who counts nothing."""

    def spent(self, service: str, unit: Unit) -> float:
        """None."""
        return 0.0

    def spent_lately(self, service: str, unit: Unit) -> float:
        """None."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """Of one service; 0: no limit."""

    requests_per_minute: int = 0
    requests_per_day: int = 0
    tokens_per_minute: int = 0
    tokens_per_day: int = 0

    def exceeded(self, service: str, spent: Spent) -> LlmError | None:
        """Why it must not be asked now; None: it may be."""
        today, lately = (
            (spending(service, Unit.REQUESTS),
             spending(service, Unit.INPUT_TOKENS) + spending(service, Unit.OUTPUT_TOKENS))
            for spending in (spent.spent, spent.spent_lately)
        )  # fmt: skip
        if _is_used_up(today, (self.requests_per_day, self.tokens_per_day)):
            return LlmSpent(f"the budget of [llm] for {service} is used up for today")
        if _is_used_up(lately, (self.requests_per_minute, self.tokens_per_minute)):
            return LlmHurried(f"the budget of [llm] for {service} is used up for this minute")
        return None


def _is_used_up(used: tuple[float, ...], limits: tuple[int, ...]) -> bool:
    return any(limit and amount >= limit for amount, limit in zip(used, limits, strict=True))
