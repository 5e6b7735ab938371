"""What a server of releases says there is: one JSON file beside the bundles. Pure.

    {"version": "0.2.0", "summary": "What is new.", "url": "https://example.org/0.2.0",
     "bundles": [{"python": "3.11", "machine": "aarch64", "url": "parlor-0.2.0-....tar",
                  "size": 234946560, "sha256": "..."}]}

`summary` and `url` are for people and may be missing. `parlor release build` writes it.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from device.errors import ReleaseUnfit, UpdateMissing

INDEX: Final = "index.json"
LARGEST_BYTES: Final = 65_536
_LONGEST_SUMMARY: Final = 255
"""What Home Assistant shows."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A bundle for some computers."""

    python: str
    machine: str
    url: str
    """Relative to that of the index."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Index:
    """The newest version there is."""

    version: str
    summary: str = ""
    url: str = ""
    """A page about it."""
    bundles: tuple[Offered, ...] = ()

    def offer(self, python: str, machine: str, index_url: str) -> Offered:
        """The bundle for a computer, with its whole address. Raises ReleaseUnfit."""
        for one in self.bundles:
            if (one.python, one.machine) == (python, machine):
                return replace(one, url=urljoin(index_url, one.url))
        raise ReleaseUnfit(
            f"{index_url} has {self.version}, but not for Python {python} on {machine}"
        )

    def including(self, version: str, offered: Offered) -> "Index":
        """With one more bundle; of an older version nothing stays."""
        if version != self.version:
            return Index(version, bundles=(offered,))
        others = [
            one
            for one in self.bundles
            if (one.python, one.machine) != (offered.python, offered.machine)
        ]
        return replace(self, bundles=(*others, offered))

    def as_json(self) -> str:
        """What `read_index` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read_index(text: str | bytes) -> Index:
    """Read an index. Raises UpdateMissing for what is none."""
    try:
        told: Any = json.loads(text)
        bundles = tuple(Offered(**_offered(one)) for one in told["bundles"])
        version = str(told["version"])
        summary, url = str(told.get("summary", "")), str(told.get("url", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UpdateMissing(f"the index of releases cannot be read: {error!r}") from error
    page = url if urlsplit(url).scheme in ("http", "https") else ""
    return Index(version, summary[:_LONGEST_SUMMARY], page, bundles)


def _offered(one: Any) -> dict[str, Any]:
    named = {name: str(one[name]) for name in ("python", "machine", "url", "sha256")}
    return {**named, "size": int(one["size"])}
