from collections.abc import Callable, Sequence

import numpy as np
import pytest

from device.audio.format import Samples
from device.clock import run_virtual
from device.errors import EngineError
from device.grammar import Arc, Grammar
from device.pipeline.stt.chain import ChainStt
from device.types import Transcript

_SILENCE: Samples = np.zeros(1_600, np.int16)


class FakeStt:
    """Understands one text, or nothing, or fails."""

    def __init__(self, name: str, text: str = "", fails: bool = False) -> None:
        self.name = name
        self.asked = 0
        self.phrases: tuple[str, ...] = ()
        self.names: list[Sequence[str]] = []
        self.closed = False
        self._text = text
        self._fails = fails

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        self.asked += 1
        self.phrases = phrases
        if self._fails:
            raise EngineError("this engine is broken; mend it")
        return Transcript(self._text, language or "en", engine=self.name)

    async def adopt(self, grammar: Callable[[], Grammar], names: Sequence[str]) -> None:
        if self._fails:
            raise EngineError("this engine is broken; mend it")
        self.names.append((*names, *sorted(grammar().words)))

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


def test_every_engine_is_told_what_is_expected() -> None:
    engines = [FakeStt("command"), FakeStt("whisper", "stop")]
    run_virtual(ChainStt(engines).transcribe(_SILENCE, "en", ("stop", "snooze")))
    assert [engine.phrases for engine in engines] == [("stop", "snooze")] * 2


def test_every_engine_of_the_language_learns_that_the_home_changed() -> None:
    english, any_language = FakeStt("command"), FakeStt("whisper")
    chain = ChainStt([english, any_language], {"command": "en"})
    run_virtual(chain.adopt("en", _changed, ["lamp"]))
    run_virtual(chain.adopt("de-DE", _changed, ["Lampe"]))
    assert english.names == [("lamp", "on")]
    assert any_language.names == [("lamp", "on"), ("Lampe", "on")]


def test_an_engine_that_cannot_learn_says_so() -> None:
    with pytest.raises(EngineError):
        run_virtual(ChainStt([FakeStt("command", fails=True)]).adopt("en", _changed, []))


def _changed() -> Grammar:
    return Grammar("en", (Arc(0, 1, "on"),), {1: 1.0})


@pytest.mark.parametrize(
    ("several", "language", "engine"),
    [
        (True, None, "whisper"),
        (True, "en", "command"),
        (True, "de", "whisper"),
        (False, None, "command"),
    ],
)
def test_who_knows_one_language_is_not_asked_which_of_several_is_spoken(
    several: bool, language: str | None, engine: str
) -> None:
    engines = FakeStt("command", "is it on"), FakeStt("whisper", "Licht an")
    chain = ChainStt(engines, {"command": "en"}, several=several)
    assert run_virtual(chain.transcribe(_SILENCE, language)).engine == engine


def test_who_knows_one_language_is_asked_where_there_is_nobody_else() -> None:
    chain = ChainStt([FakeStt("command", "light on")], {"command": "en"}, several=True)
    assert run_virtual(chain.transcribe(_SILENCE)).engine == "command"
