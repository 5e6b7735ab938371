"""One server of language models: whether it may be asked now, and what was used of it."""

import asyncio
from collections.abc import Sequence
from typing import Final

from device.breaker import Breaker, BreakerState
from device.config import LlmServerConfig
from device.dialog.budget import Budget, NothingSpent, Spent
from device.dialog.completion import Completion, Limits
from device.dialog.llm_client import LlmClient
from device.dialog.tools import Json
from device.errors import LlmError
from device.outside import Outside

_TEMPERATURE: Final = 0.7


class LlmServer:
    """Takes requests, unless it fails again and again or its budget is spent."""

    def __init__(
        self, client: LlmClient, config: LlmServerConfig, outside: Outside,
        spent: Spent | None = None, breaker: Breaker | None = None,
    ) -> None:  # fmt: skip
        """`spent` knows what was used of it so far."""
        self.client = client
        """The way to it."""
        self._limits = Limits(config.first_token_seconds, config.total_seconds)
        self._budget = Budget(
            config.requests_per_minute, config.requests_per_day,
            config.tokens_per_minute, config.tokens_per_day,
        )  # fmt: skip
        self._outside = outside
        self._spent = spent or NothingSpent()
        self._breaker = breaker or Breaker()

    @property
    def rests(self) -> bool:
        """Whether it is let be, because it failed."""
        return self._breaker.state is not BreakerState.CLOSED

    def is_open(self) -> bool:
        """Whether it may be asked something that is no question of a person."""
        return not self.rests and self._budget.exceeded(self.client.host, self._spent) is None

    def check(self) -> None:
        """Raise LlmError when it must not be asked now. Who is not refused must ask."""
        self._check_budget()
        if not self._breaker.allows(_now()):
            wait = self._breaker.rests_seconds(_now())
            raise LlmError(
                f"the language model at {self.client.host} failed several times in a row; it is "
                f"asked again in {wait:.0f} s"
            )

    def complete(
        self, messages: Sequence[Json], tools: Sequence[Json] = (), *, may_repeat: bool = True,
        temperature: float | None = None,
    ) -> Completion:  # fmt: skip
        """Ask now; `may_repeat`: once more where it fails before it has said anything.

        Raises LlmHurried and LlmSpent.
        """
        self._check_budget()
        # Handed over as it is sent: the package would look at every part of every message and
        # schema, which takes longer than sending them.
        body: Json = {"messages": list(messages)}
        if tools:
            body["tools"] = [{"type": "function", "function": tool} for tool in tools]
        request = {
            "model": self.client.model, "messages": (),
            "temperature": _TEMPERATURE if temperature is None else temperature,
            "stream_options": {"include_usage": True}, "extra_body": body,
        }  # fmt: skip
        return Completion(
            self.client, request, self._limits, self._outside, self._ended, may_repeat
        )

    def _check_budget(self) -> None:
        error = self._budget.exceeded(self.client.host, self._spent)
        if error is not None:
            raise error

    def _ended(self, error: LlmError | None, dropped: bool) -> None:
        if dropped:
            self._breaker.dropped(_now())
        elif error is not None:
            self._breaker.failed(_now())
        else:
            self._breaker.succeeded()


def _now() -> float:
    return asyncio.get_running_loop().time()
