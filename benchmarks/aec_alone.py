"""Replies at full volume with nobody in the room: the speaker must not hear itself.

A wrong wake is a detection of any built-in word; a wrong stop is speech that the interruption
policy confirms or the speaker finds worth understanding.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.aec_erle import Open
from benchmarks.echo_rivals import NoCanceller
from benchmarks.echo_scene import Canceller, Scene, drive, scene
from benchmarks.replies import reply
from benchmarks.report import Figure
from benchmarks.rooms import random_room
from benchmarks.wake_audio import PHRASES
from benchmarks.wake_track import Rig
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.interruptions import nobodys
from device.pipeline.vad.interruption import Block, Confirmed, Interruption, Said, Suspected
from device.pipeline.vad.own_voice import likeness
from device.pipeline.vad.silero import SileroVad
from device.pipeline.wake.tally import poisson_rate

_REPLY_SECONDS: Final = 13.0
_PAUSE_SECONDS: Final = 2.0
_REPLIES: Final = 4
_COUNTED: Final = ("wakes", "stops", "ducks")

Counts = dict[str, dict[str, int]]
"""How often each of wakes, stops and ducks happened, by canceller."""


def minute(open_ours: Open, seed: int, baseline: bool) -> Counts:
    """What four replies in a minute trigger, in a room of their own; loudspeakers distort in turn.

    Each minute begins with a canceller that knows nothing of the room.
    """
    one = _scene(seed)
    rivals: dict[str, Open] = {"ours": open_ours, **({"none": NoCanceller} if baseline else {})}
    return {name: dict(_triggered(opened(), one)) for name, opened in rivals.items()}


def alone_figures(minutes: Sequence[Counts]) -> list[Figure]:
    """Triggers a minute, beside those without echo cancellation in the minutes that had both."""
    figures = []
    beside = [counts["none"] for counts in minutes if "none" in counts]
    for what in _COUNTED:
        count = sum(counts["ours"].get(what, 0) for counts in minutes)
        low, high = poisson_rate(count, len(minutes))
        figures.append(
            Figure(
                f"own_reply_{what}",
                count / len(minutes),
                "a minute",
                "lower",
                len(minutes),
                target=None if what == "ducks" else 0.0,
                baseline=sum(none.get(what, 0) for none in beside) / max(1, len(beside)),
                baseline_is=f"no echo cancellation, same replies ({len(beside)} minutes)",
                interval=(low, high),
            )
        )
    return figures


def _scene(seed: int) -> Scene:
    room = random_room(200 + seed, distorted=seed % 2 == 1)
    pause = np.zeros(int(_PAUSE_SECONDS * RATE), np.int16)
    parts = [(reply(1_000 + 10 * seed + at, _REPLY_SECONDS), pause) for at in range(_REPLIES)]
    far = np.concatenate([piece for part in parts for piece in part])
    return scene(room, far, 0.5, 0.5 + len(far) / RATE)


def _triggered(canceller: Canceller, one: Scene) -> Counter[str]:
    counted: Counter[str] = Counter()
    wake = Rig(dict.fromkeys(PHRASES)).open("cascade")
    ear = _Ear(canceller)
    for chunk in drive(canceller, one):
        counted["wakes"] += wake.feed(chunk) is not None
        counted.update(ear.feed(chunk))
    wake.close()
    return counted


class _Ear:
    """Voice activity and the interruption policy, as in a session; plain data out."""

    def __init__(self, canceller: Canceller) -> None:
        self._canceller = canceller
        vad = SileroVad()
        self._vad, self._block = vad.open(), vad.chunk_samples
        self._policy = Interruption()
        self._heard: Samples = np.zeros(0, np.int16)
        self._judged = 0
        self._stopped_by = -1
        """First sample of the speech that stopped the reply last: it stops it once."""

    def feed(self, chunk: Samples) -> Counter[str]:
        """Take the next cleaned samples and tell what they triggered."""
        self._heard = np.concatenate((self._heard, chunk))
        found: Counter[str] = Counter()
        while self._judged + self._block <= len(self._heard):
            block = self._heard[self._judged : self._judged + self._block]
            found.update(self._judge(block))
            self._judged += self._block
        return found

    def _judge(self, block: Samples) -> list[str]:
        state = self._canceller.echo
        residual = state.residual_dbfs if state.playing else None
        probability = self._vad.probability(block)
        told = self._policy.feed(
            Block(self._judged, len(block), probability, dbfs(block), residual)
        )
        match told:
            case Suspected():
                return ["ducks"]
            case Confirmed() | Said() if told.start_sample != self._stopped_by:
                start, stop = told.start_sample, min(told.stop_sample, len(self._heard))
                heard = self._heard[start:stop]
                why = nobodys(told, heard, likeness(heard, self._canceller.played(start, stop)))
                if not why:
                    self._stopped_by = start
                    return ["stops"]
                if why == "echo":
                    self._policy.beware(dbfs(heard))
        return []
