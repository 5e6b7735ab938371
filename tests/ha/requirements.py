"""Prints what Home Assistant would fetch at its first start: `python requirements.py mqtt`.

Runs inside Home Assistant's own environment. Counts what it always loads, the integrations that
are named, and all that these depend on.
"""

import json
import sys
from pathlib import Path

from homeassistant import bootstrap, components  # type: ignore[import-not-found]

_FOLDER = Path(components.__path__[0])


def requirements(integrations: set[str]) -> set[str]:
    """What pip has to install for them."""
    found: set[str] = set()
    seen: set[str] = set()
    while waiting := integrations - seen:
        seen |= waiting
        for name in waiting:
            manifest = json.loads((_FOLDER / name / "manifest.json").read_text())
            found.update(manifest.get("requirements", []))
            integrations = integrations.union(manifest.get("dependencies", []))
    return found


if __name__ == "__main__":
    always = bootstrap.CORE_INTEGRATIONS | bootstrap.DEFAULT_INTEGRATIONS
    sys.stdout.write("\n".join(sorted(requirements(always | set(sys.argv[1:])))))
