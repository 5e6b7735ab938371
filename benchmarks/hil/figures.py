"""The figures of a run: how well it was heard, how soon it answered, how loud it was. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Final

import numpy as np

from benchmarks.report import Figure, percentile, wilson
from benchmarks.scenario.account import Account, Said, Sound
from benchmarks.scenario.outcome import stages
from benchmarks.scenario.script import Sought
from benchmarks.scenario.sound import sounds_ms
from device.audio.level import dbfs
from device.event import TurnState

WAKE_SECONDS: Final = 1.0
"""A wake word may be told so long after the person has finished."""
_LATE_SECONDS: Final = 10.0
"""What is told later than that has nothing to do with it."""
_ONSET_SECONDS: Final = 2.0
"""In which a reply is heard, once the speaker responds."""
_EARLY_SECONDS: Final = 0.1
_BLOCK_SECONDS: Final = 0.1
_CLIPPED: Final = 32_700
_FLOOR_DBFS: Final = -96.0

_WAKE: Final = Sought(event="wake_word_detected")
_BEGINS: Final = Sought(event="playback_started")
_MEASURED: Final = Sought(event="turn_measured")


def figures(accounts: Sequence[Account], words: Sequence[str], *, wired: bool) -> list[Figure]:
    """Every figure that can be had.

    `words`: wake words by name; `wired`: what was recorded of the loudspeaker has nothing else in
    it.
    """
    found = [*_recall(accounts, words), *_false_wakes(accounts, words)]
    if wired:
        found += _times("reply_heard", list(_reply_times(accounts)))
    turns = [stages(one.told) for account in accounts for one in account.happenings
             if one.fits(_MEASURED)]  # fmt: skip
    found += _times("end_to_end", [turn["end_to_end"] for turn in turns if "end_to_end" in turn])
    return [*found, *_levels(accounts), *_delays(accounts)]


def wakes(said: Said, words: Iterable[str]) -> bool:
    """Whether somebody said a wake word."""
    spoken = re.sub(r"[^a-z0-9]+", "_", said.what.lower())
    return any(word in spoken for word in words)


def _recall(accounts: Sequence[Account], words: Sequence[str]) -> Iterator[Figure]:
    called = [(account, said) for account in accounts for said in account.said
              if wakes(said, words)]  # fmt: skip
    for name, over in (("wake_recall", False), ("wake_recall_over_reply", True)):
        tried = [one for one in called if _responding(*one) is over]
        if tried:
            heard = sum(_woke(*one) for one in tried)
            low, high = wilson(heard, len(tried))
            yield Figure(
                name, heard / len(tried), "", "higher", len(tried), interval=(low, high)
            )  # fmt: skip


def _false_wakes(accounts: Sequence[Account], words: Sequence[str]) -> Iterator[Figure]:
    """Wake words that nobody said."""
    if accounts:
        false = sum(
            not any(_within(one.at, said, _LATE_SECONDS) and wakes(said, words)
                    for said in account.said)
            for account in accounts for one in account.happenings if one.fits(_WAKE)
        )  # fmt: skip
        yield Figure("false_wakes", false, "", "lower", len(accounts))


def _woke(account: Account, said: Said) -> bool:
    return any(
        one.fits(_WAKE) and _within(one.at, said, WAKE_SECONDS) for one in account.happenings
    )


def _within(at: float, said: Said, seconds: float) -> bool:
    return said.start <= at <= said.stop + seconds


def _responding(account: Account, said: Said) -> bool:
    states = [one.told["new"] for one in account.happenings
              if one.told["event"] == "state_changed" and one.at < said.start]  # fmt: skip
    return bool(states) and states[-1] == TurnState.RESPONDING


def _reply_times(accounts: Iterable[Account]) -> Iterator[float]:
    """Milliseconds from the end of what somebody said to the first sound of the reply."""
    for account in accounts:
        ends = [*(one.start for one in account.said[1:]), float("inf")]
        for said, until in zip(account.said, ends, strict=False):
            begins = [one.at for one in account.happenings
                      if one.fits(_BEGINS) and said.stop < one.at < until]  # fmt: skip
            if begins:
                since = begins[0] - _EARLY_SECONDS
                onset = sounds_ms(account.played, since, since + _ONSET_SECONDS)
                if onset is not None:
                    yield (since - said.stop) * 1_000 + onset


def _times(name: str, values: list[float]) -> Iterator[Figure]:
    if values:
        for rank in (50, 95):
            at = percentile(values, rank / 100)
            yield Figure(f"{name}_p{rank}", at, "ms", "lower", len(values))


def _levels(accounts: Sequence[Account]) -> Iterator[Figure]:
    heard = [account for account in accounts if len(account.heard.samples)]
    if heard:
        noise = [percentile(_blocks(one.heard), 0.1) for one in heard]
        yield Figure("microphone_noise", median(noise), "dBFS", "lower", len(noise))
        voices = [dbfs(one.heard.between(said.start, said.stop)) for one in heard
                  for said in one.said if not _responding(one, said)]  # fmt: skip
        if voices:
            yield Figure("microphone_voice", median(voices), "dBFS", "higher", len(voices))
        whole = np.concatenate([one.heard.samples for one in heard])
        clipped = float(np.mean(np.abs(whole.astype(np.int32)) >= _CLIPPED))
        yield Figure("microphone_clipped", 100 * clipped, "%", "lower", len(whole))
    played = [max(_blocks(one.played), default=_FLOOR_DBFS) for one in accounts
              if any(happening.fits(_BEGINS) for happening in one.happenings)]  # fmt: skip
    if played:
        yield Figure("loudspeaker_loudest", median(played), "dBFS", "higher", len(played))


def _delays(accounts: Sequence[Account]) -> Iterator[Figure]:
    delays = [one for account in accounts for one in account.delays]
    found = {
        "delay_loop": [one.loop for one in delays],
        "delay_voice": [one.voice for one in delays],
    }
    for name, measured in found.items():
        values = [one for one in measured if one is not None]
        if values:
            yield Figure(
                name, 1_000 * median(values), "ms", "lower", len(values),
                interval=(1_000 * min(values), 1_000 * max(values)),
            )  # fmt: skip


def _blocks(sound: Sound) -> list[float]:
    """Levels of blocks of 0.1 s, dB of full scale."""
    step = round(_BLOCK_SECONDS * sound.rate)
    starts = range(0, len(sound.samples) - step + 1, step)
    return [dbfs(sound.samples[start : start + step]) for start in starts]
