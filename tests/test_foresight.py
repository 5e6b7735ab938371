"""Replies that are made before they are needed, and never while somebody talks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import pytest

from device import events as e
from device.bus import Bus
from device.clock import run_virtual
from device.errors import EngineError
from device.foresight import Foresight

IDLE, LISTENING = e.TurnState.IDLE, e.TurnState.LISTENING


class Voice:
    """Takes a second for a phrase."""

    def __init__(self, language: str, name: str) -> None:
        self.about = (language, name)
        self.made: list[str] = []

    async def render(self, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            await asyncio.sleep(1)
            if phrase == "fail":
                raise EngineError("cannot")
            self.made.append(phrase)


class Rig:
    def __init__(self, texts: dict[str, tuple[str, ...]]) -> None:
        self.bus = Bus()
        self.speaking = ("en", "")
        self.voices: list[Voice] = []
        self.foresight = Foresight(
            self.bus.subscribe(), lambda: self.speaking, texts.__getitem__, self._find
        )

    async def _find(self, language: str, name: str) -> Voice:
        self.voices.append(Voice(language, name))
        return self.voices[-1]

    def state(self, old: e.TurnState, new: e.TurnState) -> None:
        self.bus.tell(e.StateChanged(old=old, new=new))


def live(texts: dict[str, tuple[str, ...]], scene: Callable[[Rig], Awaitable[None]]) -> Rig:
    async def story() -> Rig:
        rig = Rig(texts)
        running = asyncio.create_task(rig.foresight.run())
        await scene(rig)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return rig

    return run_virtual(story())


def test_replies_are_made_at_start_as_they_will_be_said() -> None:
    async def scene(_rig: Rig) -> None:
        await asyncio.sleep(10)

    rig = live({"en": ("Done. It is 5 °C.", "Sorry, I do not know, so ask.")}, scene)
    assert [voice.made for voice in rig.voices] == [
        ["Done.", "It is five degrees Celsius.", "Sorry, I do not know,", "so ask."]
    ]


def test_nothing_is_made_while_somebody_talks_and_right_after() -> None:
    made: list[int] = []

    async def scene(rig: Rig) -> None:
        await asyncio.sleep(1.5)
        rig.state(IDLE, LISTENING)
        await asyncio.sleep(30)
        made.append(len(rig.voices[0].made))
        rig.state(LISTENING, IDLE)
        await asyncio.sleep(2.5)
        made.append(len(rig.voices[0].made))
        await asyncio.sleep(60)
        made.append(len(rig.voices[0].made))

    live({"en": ("One.", "Two.", "Three.", "Four.")}, scene)
    assert made == [2, 2, 4]


def test_another_voice_and_another_home_begin_anew() -> None:
    async def scene(rig: Rig) -> None:
        await asyncio.sleep(5)
        rig.speaking = ("de", "anna")
        rig.bus.tell(e.SettingChanged(name="voice", value="anna"))
        await asyncio.sleep(5)
        rig.bus.tell(e.HomeChanged(entities=3))
        await asyncio.sleep(5)

    rig = live({"en": ("Yes.",), "de": ("Ja.",)}, scene)
    assert [voice.about for voice in rig.voices] == [("en", ""), ("de", "anna"), ("de", "anna")]
    assert [voice.made for voice in rig.voices] == [["Yes."], ["Ja."], ["Ja."]]


def test_a_voice_that_fails_is_left_alone_until_something_changes() -> None:
    async def scene(rig: Rig) -> None:
        await asyncio.sleep(30)
        rig.bus.tell(e.HomeChanged(entities=1))
        await asyncio.sleep(30)

    rig = live({"en": ("Yes.", "fail", "No.")}, scene)
    assert [voice.made for voice in rig.voices] == [["Yes."], ["Yes."]]


def test_what_goes_wrong_by_mistake_ends_the_part_so_that_it_begins_again() -> None:
    async def story() -> None:
        rig = Rig({})
        with pytest.raises(ExceptionGroup) as ended:
            await asyncio.wait_for(rig.foresight.run(), 10)
        assert ended.group_contains(KeyError)

    run_virtual(story())
