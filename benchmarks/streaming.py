"""The command recogniser while somebody speaks, beside the plain way that begins at the pause.

Every recording is heard up to the first pause in which nobody speaks on, as the speaker's own
endpointing cuts it. Work is time of the processor, and it is booked as audio time: what is not
done when the pause is found is waited for.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import numpy as np

from benchmarks.commands import COMMAND_SETS, OTHER_SETS, Bench
from benchmarks.recordings import recordings
from benchmarks.report import Figure, percentile, wilson
from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.config import VadConfig
from device.pipeline.stt.command import MOST_SECONDS
from device.pipeline.stt.local_agreement import LocalAgreement
from device.pipeline.vad import endpoint, open_endpointing, open_vad
from device.types import Transcript

T = TypeVar("T")

_STEP: Final = RATE // 5
"""What `Hearing.follow` waits for."""
_COMPARED: Final = RATE // 2
_NEVER: Final = 1 << 30
"""Take nothing that is no command."""
_PLAIN: Final = "the whole sentence is heard from the pause on"


@dataclass(frozen=True, slots=True)
class Followed:
    """One sentence, both ways."""

    wanted: object
    """What it means; None: it is no command."""
    plain: Transcript
    streamed: Transcript
    plain_ms: float
    """From the pause to the verdict."""
    streamed_ms: float
    plain_work: float
    """Processor seconds of all."""
    streamed_work: float
    stable: tuple[tuple[float, str], ...]
    """Seconds, and the words that were stable then."""


def measure(quick: bool) -> list[Figure]:
    """Right and wrong, time from pause to verdict, work, and how true stable words are."""
    bench = Bench()
    tried = [_try(bench, *one) for one in _said(bench, 4 if quick else 1)]
    if not tried:
        return []
    accepted = bench.config.stt.command_threshold
    return [*_verdicts(bench, tried, accepted), *_times(tried), *_partials(bench)]


def _said(bench: Bench, every: int) -> Iterator[tuple[object, Samples]]:
    """What each recording means, and what of it is to be understood."""
    for number, recording in enumerate(recordings(*COMMAND_SETS, *OTHER_SETS)):
        if recording.set not in COMMAND_SETS and number % (4 * every):
            continue
        if (said := until_pause(read_sound(recording.path))) is not None:
            yield bench.wanted(recording), said


def until_pause(samples: Samples) -> Samples | None:
    """What is to be understood when the last pause begins; None when nobody speaks."""
    vad = open_vad(VadConfig())
    stream, machine = vad.open(), open_endpointing(VadConfig(strategy="fixed"))
    said = None
    for stop in range(vad.chunk_samples, len(samples), vad.chunk_samples):
        block = samples[stop - vad.chunk_samples : stop]
        for found in machine.feed(stream.probability(block), len(block)):
            if isinstance(found, endpoint.SpeechEnded):
                said = samples[machine.padded_start : stop]
        if machine.over:
            break
    return said


def _try(bench: Bench, wanted: object, said: Samples, *, words: bool = False) -> Followed:
    engine = bench.recogniser
    plain, plain_seconds = _timed(lambda: engine.hear(said))
    stream, agreement = engine.stream(words=words), LocalAgreement()
    now = work = 0.0
    compared, stop, stable = 0, _STEP, []
    while stop < min(len(said), MOST_SECONDS * RATE):
        text, took = _timed(partial(stream.follow, said[:stop]))
        now, work = max(now, stop / RATE) + took, work + took
        if stop - compared >= _COMPARED:
            compared = stop
            stable.append((now, agreement.feed(text).stable))
        stop = max(stop + _STEP, int(now * RATE) // _STEP * _STEP)
    streamed, took = _timed(partial(engine.conclude, stream, said))
    late = max(0.0, now - len(said) / RATE) + took
    return Followed(
        wanted, plain, streamed, plain_seconds * 1000, late * 1000, plain_seconds, work + took,
        tuple(stable),
    )  # fmt: skip


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.thread_time()
    return work(), time.thread_time() - began


def _verdicts(bench: Bench, tried: list[Followed], threshold: float) -> list[Figure]:
    def right(one: Followed, heard: Transcript) -> bool:
        sure = heard.confidence >= threshold
        return sure and bench.meaning(heard.text) == one.wanted

    def wrong(one: Followed, heard: Transcript) -> bool:
        meant = bench.meaning(heard.text)
        return heard.confidence >= threshold and meant is not None and meant != one.wanted

    commands = [one for one in tried if one.wanted is not None]
    others = [one for one in tried if one.wanted is None]
    return [
        _share("streaming_command_right", commands, right, "higher"),
        _share("streaming_command_wrong", commands, wrong, "lower"),
        _share("streaming_other_taken", others, wrong, "lower"),
    ]


def _share(
    name: str,
    tried: list[Followed],
    holds: Callable[[Followed, Transcript], bool],
    better: str,
) -> Figure:
    n = len(tried)
    hits = sum(holds(one, one.streamed) for one in tried)
    plain = sum(holds(one, one.plain) for one in tried)
    return Figure(
        name, hits / max(n, 1), "share", better, n,  # type: ignore[arg-type]
        baseline=plain / max(n, 1), baseline_is=_PLAIN, interval=wilson(hits, n),
    )  # fmt: skip


def _times(tried: list[Followed]) -> list[Figure]:
    commands = [one for one in tried if one.wanted is not None] or tried
    plain, streamed = [one.plain_ms for one in commands], [one.streamed_ms for one in commands]
    figures = [
        Figure(
            f"pause_to_verdict_p{round(share * 100)}", round(percentile(streamed, share), 1),
            "ms (CPU)", "lower", len(commands),
            baseline=round(percentile(plain, share), 1), baseline_is=_PLAIN,
        )
        for share in (0.5, 0.95)
    ]  # fmt: skip
    work = sum(one.streamed_work for one in tried) / sum(one.plain_work for one in tried)
    return [
        *figures,
        Figure(
            "streaming_work", round(work, 2), "x plain (CPU)", "lower", len(tried),
            baseline=1.0, baseline_is=_PLAIN,
        ),
    ]  # fmt: skip


def _partials(bench: Bench) -> list[Figure]:
    """How often what was called stable was in the end, and how soon the first word was."""
    commands = [one for one in _said(bench, _NEVER) if one[0] is not None]
    tried = [_try(bench, *one, words=True) for one in commands]
    late = [one.streamed_ms for one in tried]
    held, delays = [], []
    for one in tried:
        final = one.streamed.text
        if not final:
            continue
        told = [(at, text) for at, text in one.stable if text]
        held += [final.startswith(text) for _, text in told]
        delays += [told[0][0]] if told else []
    if not held:
        return []
    kept = sum(held)
    return [
        Figure(
            "pause_to_verdict_with_partials_p50", round(percentile(late, 0.5), 1), "ms (CPU)",
            "lower", len(late),
        ),
        Figure(
            "partial_stable_held", kept / len(held), "share", "higher", len(held),
            interval=wilson(kept, len(held)),
        ),
        Figure(
            "partial_first_stable_word_p50", round(float(np.median(delays)), 2),
            "s after the sentence began", "lower", len(delays),
        ),
    ]  # fmt: skip
