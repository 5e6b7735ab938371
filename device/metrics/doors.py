"""Who was spoken with over the network, counted by door. Pure.

parlor_gateway_sessions{door}          conversations now
parlor_gateway_sessions_total{door}    conversations so far
parlor_gateway_full_total{door}        who found the house full
parlor_gateway_expired_total{door}     conversations that were idle, or took too long
parlor_gateway_refused_total{status}   who was not let in, by HTTP status
parlor_gateway_answer_seconds{door}    end of speech to first sound of the answer: sum and count
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from device.metrics.text import by, family, head, sample


class DoorTally:
    """Counts; every label is from a closed set."""

    def __init__(self) -> None:
        self._inside: Counter[str] = Counter()
        self._welcomed: Counter[str] = Counter()
        self._full: Counter[str] = Counter()
        self._expired: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @property
    def inside(self) -> int:
        """Conversations now."""
        return self._inside.total()

    def enters(self, door: str) -> None:
        """Somebody is let in."""
        self._inside[door] += 1
        self._welcomed[door] += 1

    def leaves(self, door: str) -> None:
        """Somebody who was let in goes."""
        self._inside[door] -= 1

    def finds_it_full(self, door: str) -> None:
        """Somebody may come in, and there is no room."""
        self._full[door] += 1

    def expires(self, door: str) -> None:
        """Somebody is shown out."""
        self._expired[door] += 1

    def refuses(self, status: int) -> None:
        """Somebody may not come in."""
        self._refused[str(status)] += 1

    def answers(self, door: str, seconds: float) -> None:
        """Somebody was answered so long after the end of speech."""
        self._answers[door] += 1
        self._seconds[door] += seconds

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them."""
        now = by("door", self._inside)
        yield from family("parlor_gateway_sessions", "gauge", "Conversations now.", now)
        for name, about, samples in (
            ("sessions", "Conversations so far.", by("door", self._welcomed)),
            ("full", "Found the house full.", by("door", self._full)),
            ("expired", "Idle, or too long.", by("door", self._expired)),
            ("refused", "Not let in.", by("status", self._refused)),
        ):
            yield from family(f"parlor_gateway_{name}_total", "counter", about, samples)
        name = "parlor_gateway_answer_seconds"
        yield from head(name, "summary", "End of speech to the first sound of the answer.")
        for door in sorted(self._answers):
            yield sample(f"{name}_sum", {"door": door}, self._seconds[door])
            yield sample(f"{name}_count", {"door": door}, self._answers[door])
