"""The recorded speech and noise that benches and tests are judged on; it stays outside."""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of the manifest."""

    path: Path
    set: str
    """Name of the set, e.g. cmd_home_en."""
    origin: str
    """human, tts, noise or uncertain."""
    language: str
    label: str
    """What is said, or what the manifest knows instead."""
    seconds: float
    """0 where unknown."""


def folder() -> Path | None:
    """Where the recordings are, or None where there are none."""
    named = os.environ.get("PARLOR_RECORDINGS")
    for place in (Path(named) if named else None, _ROOT.parent / "shared" / "recordings"):
        if place is not None and (place / "MANIFEST.csv").is_file():
            return place
    return None


def recordings(*sets: str, language: str | None = None) -> Iterator[Recording]:
    """Every recording of the named sets, or of all; nothing when there is no folder."""
    place = folder()
    if place is None:
        return
    with (place / "MANIFEST.csv").open(newline="", encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest):
            if sets and row["set"] not in sets:
                continue
            if language is None or row["language"] == language:
                yield Recording(
                    place / row["path"],
                    row["set"],
                    row["human_or_tts_or_noise"],
                    row["language"],
                    row["transcript_or_label"],
                    float(row["seconds"] or 0),
                )
