"""[hooks]: programs that run when something happens."""

import asyncio
from pathlib import Path

import pytest

from device import clock
from device import events as e
from device.config_file import load
from device.errors import ConfigError
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.story import Values, tell


def test_a_program_gets_what_was_said(tmp_path: Path, clock_stt: Values) -> None:
    told = tmp_path / "told"

    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        parlor.session.post(e.UtteranceGiven(text="what time is it", spoken=False))
        with clock.hold(10):
            while not told.exists():
                await asyncio.sleep(0.01)

    argv = ["/bin/sh", "-c", f"cat > {told}.new && mv {told}.new {told}"]
    tell({"stt": clock_stt, "hooks": {"command": {"transcript": argv}}}, scene)
    assert told.read_text() == "what time is it"


def test_a_program_that_takes_too_long_is_ended(clock_stt: Values) -> None:
    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        events = parlor.bus.subscribe()
        parlor.session.post(e.UtteranceGiven(text="what time is it", spoken=False))
        with clock.hold(20):
            async for event in events:
                if isinstance(event, e.StageFailed):
                    break

    hooks = {"timeout_seconds": 0.2, "command": {"transcript": ["sleep", "60"]}}
    failed = tell({"stt": clock_stt, "hooks": hooks}, scene).the(e.StageFailed)
    assert (failed.stage, failed.code) == ("hooks", "hook-failed")


@pytest.mark.parametrize("command", ['transkript = ["true"]', "transcript = []"])
def test_an_unknown_hook_and_an_empty_program_are_mistakes(tmp_path: Path, command: str) -> None:
    file = tmp_path / "parlor.toml"
    file.write_text(f"[hooks.command]\n{command}\n")
    with pytest.raises(ConfigError, match=r"hooks\.command"):
        load(file)
