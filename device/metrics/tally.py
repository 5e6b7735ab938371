"""What has happened since the speaker started, counted. Pure.

parlor_wakes_total{word}               wake words heard
parlor_wakes_left_total                of these, left to a speaker that heard better
parlor_false_wakes_total{by}           wakes that somebody called false
parlor_interruptions_total{by}         replies that were interrupted
parlor_errors_total{stage,code}        what failed, by its stable code
parlor_announcements_dropped_total{reason}
                                       announcements that nobody heard
"""

from collections import Counter
from collections.abc import Iterator

from device import events as e
from device.metrics.text import Labels, by, family, single


class Tally:
    """Counts; as small after a year as after a day, since every label is from a closed set."""

    def __init__(self) -> None:
        self._wakes: Counter[str] = Counter()
        self._left = 0
        self._false_wakes: Counter[str] = Counter()
        self._interruptions: Counter[str] = Counter()
        self._errors: Counter[tuple[str, str]] = Counter()
        self._dropped: Counter[str] = Counter()

    def take(self, event: e.Event) -> None:
        """Take one more event."""
        match event:
            case e.WakeWordDetected(word=word):
                self._wakes[word] += 1
            case e.BidLost():
                self._left += 1
            case e.FalseWakeReported(by=who):
                self._false_wakes[who] += 1
            case e.Interrupted(by=who):
                self._interruptions[who] += 1
            case e.StageFailed(stage=stage, code=code):
                self._errors[stage, code] += 1
            case e.HealthChanged(part=part, healthy=False, code=code):
                self._errors[part, code] += 1
            case e.AnnouncementDropped(reason=reason):
                self._dropped[reason] += 1

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them."""
        errors: list[tuple[Labels, float]] = [
            ({"stage": stage, "code": code}, count)
            for (stage, code), count in sorted(self._errors.items())
        ]
        counted = (
            ("wakes", "Wake words heard.", by("word", self._wakes)),
            ("false_wakes", "Wakes that somebody called false.", by("by", self._false_wakes)),
            ("interruptions", "Interrupted replies.", by("by", self._interruptions)),
            ("errors", "What failed.", errors),
            ("announcements_dropped", "Never said.", by("reason", self._dropped)),
        )
        for name, about, samples in counted:
            yield from family(f"parlor_{name}_total", "counter", about, samples)
        left = "Left to a speaker that heard better."
        yield from single("parlor_wakes_left_total", "counter", left, self._left)
