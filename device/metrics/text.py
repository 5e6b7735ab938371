"""The text form in which Prometheus reads figures. Pure.

Source: Prometheus, text exposition format 0.0.4.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram", "summary"]
Labels = Mapping[str, str]


def family(
    name: str, kind: Kind, about: str, samples: Sequence[tuple[Labels, float]]
) -> Iterator[str]:
    """The lines of one metric and all its samples."""
    yield from head(name, kind, about)
    for labels, value in samples:
        yield sample(name, labels, value)


def single(name: str, kind: Kind, about: str, value: float) -> Iterator[str]:
    """A metric of one sample without labels."""
    return family(name, kind, about, [({}, value)])


def by(label: str, values: Mapping[str, float]) -> list[tuple[Labels, float]]:
    """Samples that differ in one label, in its order."""
    return [({label: key}, values[key]) for key in sorted(values)]


def head(name: str, kind: Kind, about: str) -> Iterator[str]:
    """What stands above a metric's samples."""
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def sample(name: str, labels: Labels, value: float) -> str:
    """One line."""
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{told}}} {value:.15g}" if told else f"{name} {value:.15g}"


def _escaped(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return escaped.encode("utf-8", "replace").decode("utf-8")
