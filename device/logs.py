"""What goes into the log.

Nothing that somebody said or was answered, unless [privacy] log_words asks for it, and no key.
Libraries tell both below INFO, and some the whole address of a request, which for some services
holds a key: so they are listened to from INFO on, and those from WARNING on.
"""

import logging
from typing import Final

_TELL_ADDRESSES: Final = ("httpx", "httpx2")


def set_up_log(verbose: bool) -> None:
    """Log to standard error; verbose: what the speaker's own parts do, too."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("device").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _TELL_ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)
