"""A speaker that loads everything one after the other before it listens: what start is compared
with. Run as a program, it writes a line when it would listen."""

import asyncio
import sys
from pathlib import Path

from device.config import Config
from device.config_file import load
from device.daemon import open_parlor as open_parlor  # what the speaker imports, this one does too
from device.engines import open_recognisers, open_voices
from device.knowledge import open_knowledge
from device.pipeline.vad import open_vad
from device.pipeline.wake import open_wake


async def load_all(config: Config) -> None:
    """Load and warm up every engine in a row."""
    known = open_knowledge(config)
    open_wake(config.wake)
    open_vad(config.vad)
    stt = open_recognisers(config, known.agent, known.home)
    voices = open_voices(config)
    await stt.warm_up()
    await voices.main.warm_up()


if __name__ == "__main__":
    asyncio.run(load_all(load(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
    sys.stdout.write('{"event": "ready"}\n')
