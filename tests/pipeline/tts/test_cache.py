from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.chunk import AudioChunk
from device.clock import run_virtual
from device.errors import EngineError
from device.pipeline.tts.cache import CachedTts, PhraseStore
from device.pipeline.tts.prosody import Prosody
from device.types import Voice
from tests.pipeline.tts.fakes import FakeTts, spelt

_VOICE = Voice("v", "fake", "en", 16_000)


async def _said(tts: CachedTts, text: str) -> str:
    return spelt([chunk async for chunk in tts.synthesize(text)])


def test_the_second_time_comes_from_memory() -> None:
    async def flow() -> None:
        engine = FakeTts()
        tts = CachedTts(engine, PhraseStore(10_000))
        assert [await _said(tts, "Okay.") for _ in range(3)] == ["Okay."] * 3
        assert engine.begun == ["Okay."]
        assert tts.hits == 2

    run_virtual(flow())


def test_prerendered_phrases_are_made_once() -> None:
    async def flow() -> None:
        engine = FakeTts()
        tts = CachedTts(engine, PhraseStore(10_000))
        await tts.render(["Yes.", "No.", "Yes."])
        assert engine.begun == ["Yes.", "No."]
        assert await _said(tts, "No.") == "No."
        assert tts.hits == 1

    run_virtual(flow())


def test_voices_and_settings_do_not_mix_in_a_shared_store() -> None:
    async def flow() -> None:
        store = PhraseStore(10_000)
        one, other = FakeTts("one"), FakeTts("other")
        await _said(CachedTts(one, store), "Hi.")
        await _said(CachedTts(other, store), "Hi.")
        await _said(CachedTts(one, store, Prosody(rate=2)), "Hi.")
        assert (len(one.begun), len(other.begun), len(store)) == (2, 1, 3)

    run_virtual(flow())


def test_a_phrase_that_was_cut_is_not_kept() -> None:
    async def flow() -> None:
        engine, store = FakeTts(), PhraseStore(10_000)
        tts = CachedTts(engine, store)
        audio: Any = tts.synthesize("Good morning.")
        async with aclosing(audio):
            await anext(audio)
        assert len(store) == 0
        assert engine.finished == []
        assert await _said(tts, "Good morning.") == "Good morning."

    run_virtual(flow())


def test_a_failure_passes_through_and_is_not_kept() -> None:
    async def flow() -> None:
        store = PhraseStore(10_000)
        with pytest.raises(EngineError):
            await _said(CachedTts(FakeTts(), store), "fail here")
        assert len(store) == 0

    run_virtual(flow())


def test_a_store_of_no_bytes_keeps_nothing() -> None:
    store = PhraseStore(0)
    store.put((_VOICE, Prosody(), "a"), [AudioChunk(b"\0\0")])
    assert len(store) == 0


def test_the_phrase_not_used_for_longest_goes_first() -> None:
    store = PhraseStore(3 * 400)
    keys = [(_VOICE, Prosody(), name) for name in "abcd"]
    for key in keys[:3]:
        store.put(key, [AudioChunk(bytes(200))])
    assert store.get(keys[0]) is not None
    store.put(keys[3], [AudioChunk(bytes(200))])
    assert [key in store for key in keys] == [True, False, True, True]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 1_500))), st.integers(0, 3_000))
def test_the_store_never_holds_more_than_it_may(
    puts: list[tuple[str, int]], max_bytes: int
) -> None:
    store = PhraseStore(max_bytes)
    for name, size in puts:
        store.put((_VOICE, Prosody(), name), [AudioChunk(bytes(size))])
        held = [store.get((_VOICE, Prosody(), key)) for key in "abcdef"]
        assert store.held_bytes == sum(len(c.audio) + 200 for phrase in held for c in phrase or ())
        assert store.held_bytes <= max_bytes
