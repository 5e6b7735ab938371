"""What is kept and written down of people."""

from typing import Annotated

from pydantic import Field

from device.config.section import Section


class PrivacyConfig(Section):
    """[privacy] what is kept and written down of people."""

    keep_days: Annotated[int, Field(ge=0, le=3_650)] = 30
    """So many days recordings of wake words and damaged files are kept; 0: until they are purged.
    """
    log_words: bool = False
    """Write into the log what is said and answered."""
