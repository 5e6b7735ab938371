"""Makes whatever tests/fleet needs from the network, before it is taken away.

Every step is a function that does nothing when its work is already in the cache folder.
"""

import os
from pathlib import Path

from tests.fleet.root import prepare
from tests.fleet.supplies import prepare_debs, prepare_release


def main() -> None:
    """Fill the cache folder that scripts/test-fleet names."""
    cache = Path(os.environ["PARLOR_FLEET"])
    cache.mkdir(parents=True, exist_ok=True)
    prepare(cache, os.environ.get("PARLOR_DEBIAN_MIRROR", "http://deb.debian.org/debian"))
    prepare_debs(cache)
    prepare_release(cache)


if __name__ == "__main__":
    main()
