"""The bill of materials of a release: what is in it, under which licence, needed by what.

    python -m device.releases.sbom locks/py3.13-aarch64.txt > parlor.cdx.json

CycloneDX 1.6 in JSON (cyclonedx.org). It follows from the lock and the source: no time, no chance.
Licences are those that the packages themselves state: a bundle's wheels, else those installed here.
"""

import json
import sys
import uuid
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from device import __version__
from device.errors import UsageError
from device.logs import exit_code
from device.releases.lock import EXTRAS, Pin, needed, normal, read_lock, roots

_SPEAKER: Final = "parlor-speaker"
_LICENCE: Final = "Apache-2.0"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "parlor.invalid")
_LONGEST_NAME: Final = 100
"""Some packages state the whole text of their licence as its name."""
_SAID_NOTHING: Final = ("", "UNKNOWN")


def bill(version: str, pins: Iterable[Pin], licences: Mapping[str, str]) -> dict[str, Any]:
    """The bill of a speaker of this version made of these packages. Pure.

    `licences` by package; those it does not name are left open. Of a package every file that the
    lock allows is listed by its sha256.
    """
    pins = sorted(pins, key=lambda pin: pin.name)
    speaker = Pin(_SPEAKER, version, (), frozenset())
    root = _component(speaker, "application", {_SPEAKER: _LICENCE})
    made = [_component(pin, "library", licences) for pin in pins]
    serial = uuid.uuid5(_NAMESPACE, json.dumps([root, made]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": root},
        "components": made,
        "dependencies": [_needs(one, pins) for one in (speaker, *pins)],
    }


def stated_licences(places: Iterable[str] | None = None) -> dict[str, str]:
    """What packages say, by their names: those of these wheels and folders, else the installed."""
    found: dict[str, str] = {}
    for package in metadata.distributions(path=sys.path if places is None else list(places)):
        if licence := _stated(package.metadata):
            found.setdefault(normal(package.name), licence)
    return found


def _stated(about: metadata.PackageMetadata) -> str:
    classified = [
        one.rpartition(" :: ")[2]
        for one in about.get_all("Classifier") or ()
        if one.startswith("License :: ")
    ]
    stated = (*(about.get_all("License-Expression") or ()), *(about.get_all("License") or ()))
    names = (
        text
        for text in stated
        if len(text) <= _LONGEST_NAME and "\n" not in text and text not in _SAID_NOTHING
    )
    return next(names, " and ".join(classified))


def _component(pin: Pin, kind: str, licences: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": kind, "bom-ref": _ref(pin), "name": pin.name, "version": pin.version,
        "purl": _ref(pin),
    }  # fmt: skip
    if licence := licences.get(pin.name):
        made["licenses"] = [{"license": {"name": licence}}]
    if pin.hashes:
        digests = sorted(one.rpartition(":")[2] for one in pin.hashes)
        made["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in digests]
    return made


def _needs(pin: Pin, pins: Iterable[Pin]) -> dict[str, Any]:
    return {
        "ref": _ref(pin),
        "dependsOn": [_ref(other) for other in pins if pin.name in other.needed_by],
    }


def _ref(pin: Pin) -> str:
    """As a package URL (github.com/package-url) says it; of versions only + needs an escape."""
    return f"pkg:pypi/{pin.name}@{pin.version.replace('+', '%2B')}"


def main(arguments: list[str]) -> None:
    """Write the bill of a release made with a lock to standard output. Raises UsageError."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        raise UsageError("use: python -m device.releases.sbom locks/py3.13-aarch64.txt")
    wanted = roots(Path("pyproject.toml").read_text(encoding="utf-8"), EXTRAS)
    pins = needed(read_lock(Path(arguments[0]).read_text(encoding="utf-8")), wanted)
    told = bill(__version__, pins, stated_licences())
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    with exit_code():
        main(sys.argv[1:])
