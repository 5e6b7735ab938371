import numpy as np
import pytest

from device.audio.format import Samples
from device.clock import run_virtual
from device.errors import EngineError
from device.pipeline.stt.chain import ChainStt
from device.types import Transcript

_SILENCE: Samples = np.zeros(1_600, np.int16)


class FakeStt:
    """Understands one text, or nothing, or fails."""

    def __init__(self, name: str, text: str = "", fails: bool = False) -> None:
        self.name = name
        self.asked = 0
        self.closed = False
        self._text = text
        self._fails = fails

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        self.asked += 1
        if self._fails:
            raise EngineError("this engine is broken; mend it")
        return Transcript(self._text, language or "en", engine=self.name)

    def close(self) -> None:
        self.closed = True


def heard(*engines: FakeStt) -> Transcript:
    return run_virtual(ChainStt(engines).transcribe(_SILENCE, "en"))


def test_the_first_engine_that_understands_is_believed() -> None:
    first, second = FakeStt("command", "light on"), FakeStt("whisper", "like on")
    assert heard(first, second).engine == "command"
    assert second.asked == 0


def test_the_next_one_takes_what_one_rejects() -> None:
    assert heard(FakeStt("command"), FakeStt("whisper", "what is love")).engine == "whisper"


def test_an_engine_that_fails_is_passed_over() -> None:
    assert heard(FakeStt("command", fails=True), FakeStt("whisper", "hello")).text == "hello"


def test_when_none_understands_the_last_one_has_the_say() -> None:
    assert heard(FakeStt("command"), FakeStt("whisper")).text == ""
    with pytest.raises(EngineError, match="mend it"):
        heard(FakeStt("command"), FakeStt("whisper", fails=True))


def test_closing_closes_every_engine() -> None:
    engines = FakeStt("a"), FakeStt("b")
    chain = ChainStt(engines)
    run_virtual(chain.warm_up())
    chain.close()
    assert [engine.closed for engine in engines] == [True, True]
    assert chain.name == "a+b"
