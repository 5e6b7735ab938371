"""Parts of the command recogniser: graph, pronunciation, cepstra, what is kept on disk."""

from collections import Counter, defaultdict
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.format import RATE
from device.errors import EngineMissing, ModelMissing
from device.grammar import Arc, Grammar
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.cepstra import FrontEnd
from device.pipeline.stt.command_graph import command_graph
from device.pipeline.stt.pronunciation import pronounce
from device.stored import content_hash, stored

TENS = ("twenty", "thirty", "forty")
ONES = ("one", "two", "three")
NUMBERS = tuple(f"{ten} {one}" for ten in TENS for one in ONES) + TENS
COUNTING = Grammar(
    language="en",
    arcs=(Arc(0, 1, "count", 1.0), Arc(1, 2, "{number}", 0.4), Arc(1, 2, "nothing", 0.2)),
    ends={1: 0.4, 2: 1.0},
    classes={"{number}": NUMBERS},
    courtesies=("please", "would you"),
)
_NAMES = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH "
    "UH UW V W Y Z ZH"
)
PHONES = set(_NAMES.split())


@cache
def front_end() -> FrontEnd:
    return FrontEnd(acoustic_model("en").folder)


def sentences(grammar: Grammar) -> dict[str, float]:
    """Every sentence of the graph with its share, for small graphs without loops."""
    graph = command_graph(grammar)
    steps = defaultdict(list)
    for source, target, share, word in graph.transitions:
        steps[source].append((target, share, word))
    said: dict[str, float] = defaultdict(float)
    waiting: list[tuple[int, float, tuple[str, ...]]] = [(graph.start, 1.0, ())]
    while waiting:
        state, share, words = waiting.pop()
        if state == graph.final:
            said[" ".join(words)] += share
        for target, part, word in steps[state]:
            waiting.append((target, share * part, (*words, word) if word else words))
    return said


def test_the_graph_says_every_phrase_of_a_class() -> None:
    said = sentences(COUNTING)
    assert {f"count {number}" for number in NUMBERS} <= said.keys()
    assert {"count", "count nothing", "please count twenty one", "count thirty would you"} <= set(
        said
    )
    assert "count one" not in said


def test_the_shares_of_all_sentences_make_one() -> None:
    assert sum(sentences(COUNTING).values()) == pytest.approx(1, abs=1e-3)


def test_equal_endings_are_written_once() -> None:
    words = [word for _, _, _, word in command_graph(COUNTING).transitions]
    assert words.count("two") == 1


def test_many_ways_into_a_class_share_its_phrases() -> None:
    names = tuple(f"{room} lamp {number}" for room in TENS for number in ONES)
    ways = [Arc(0, 1, f"verb{way}", 0.1) for way in range(10)]
    arcs = (*ways, *(Arc(0, 2, f"noun{way}", 0.1) for way in range(10)))
    both = Grammar("en", (*arcs, Arc(1, 3, "{n}"), Arc(2, 3, "{n}")), {3: 1.0}, {"{n}": names})
    words = [word for _, _, _, word in command_graph(both).transitions]
    assert [words.count(word) for word in ("lamp", *TENS)] == [1, 1, 1, 1]


def test_the_text_is_what_sphinx_reads() -> None:
    lines = command_graph(COUNTING).text.splitlines()
    assert lines[0].startswith("FSG_BEGIN")
    assert lines[-1] == "FSG_END"
    states = int(lines[1].removeprefix("NUM_STATES "))
    steps = [line.split() for line in lines if line.startswith("TRANSITION")]
    assert {len(step) for step in steps} == {4, 5}
    assert all(int(state) < states for step in steps for state in step[1:3])
    assert all(0 < float(step[3]) <= 1 for step in steps)


def test_the_dictionary_comes_before_the_guess(tmp_path: Path) -> None:
    dictionary = tmp_path / "words.dict"
    dictionary.write_text("lamp L AE M P\nlive L AY V\nlive(2) L IH V\nbroken\n", encoding="utf-8")
    said = pronounce(["lamp", "live", "broken"], dictionary, "en-us")
    assert said["lamp"] == ["L AE M P"]
    assert said["live"] == ["L AY V", "L IH V"]
    assert set(said["broken"][0].split()) <= PHONES


@pytest.mark.parametrize(
    ("word", "phones"),
    [("zigbee", "Z IH G B IY"), ("dishwasher", "D IH SH W AA SH ER")],
)
def test_unknown_names_are_pronounced(tmp_path: Path, word: str, phones: str) -> None:
    empty = tmp_path / "empty.dict"
    empty.write_text("", encoding="utf-8")
    (guess,) = pronounce([word, "lamp"], empty, "en-us")[word]
    assert guess == phones


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüßéñ'.", min_size=1), max_size=4))
def test_any_name_gets_phones_of_the_model(names: list[str]) -> None:
    said = pronounce(names, Path("/dev/null"), "en-us")
    assert said.keys() == set(names)
    assert all(set(ways[0].split()) <= PHONES and ways[0] for ways in said.values())


def test_a_name_is_guessed_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pronounce(["zlibrak"], Path("/dev/null"), "en-us", tmp_path)
    monkeypatch.setenv("PATH", "")
    assert pronounce(["zlibrak"], Path("/dev/null"), "en-us", tmp_path) == first
    with pytest.raises(EngineMissing, match="apt install espeak-ng"):
        pronounce(["zlibrak", "quorvex"], Path("/dev/null"), "en-us", tmp_path)


@pytest.mark.parametrize("damage", ["", "[]", '{"zlibrak": []}', '{"zlibrak": ["X9"]}'])
def test_damaged_guesses_are_made_anew(tmp_path: Path, damage: str) -> None:
    first = pronounce(["zlibrak"], Path("/dev/null"), "en-us", tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_text(damage, encoding="utf-8")
    assert pronounce(["zlibrak"], Path("/dev/null"), "en-us", tmp_path) == first


def test_a_missing_dictionary_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no dictionary"):
        pronounce(["lamp"], tmp_path / "none.dict", "en-us")


def test_loudness_does_not_change_the_cepstra() -> None:
    tone = np.sin(np.arange(RATE) * 0.3) * np.hanning(RATE) * 8_000
    noise = np.random.default_rng(1).normal(0, 200, RATE)
    loud = front_end()((tone + noise).astype(np.int16)).vectors
    quiet = front_end()(((tone + noise) / 3).astype(np.int16)).vectors
    assert np.abs(loud - quiet).mean() < 0.1 * np.abs(loud).mean()


@given(st.integers(410, 6_000), st.integers(0, 2**32 - 1))
def test_cepstra_are_finite_for_any_sound(length: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    sound = random.integers(-32_768, 32_768, length).astype(np.int16)
    vectors = front_end()(sound).vectors
    assert vectors.shape == (1 + (length - 410) // 160, 39)
    assert np.isfinite(vectors).all()


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    made = iter([1, 2])
    values = [stored(tmp_path, "one", lambda: next(made)) for _ in range(3)]
    assert values == [1, 1, 1]


def test_the_oldest_of_a_kind_are_forgotten(tmp_path: Path) -> None:
    for number in range(20):
        stored(tmp_path, f"grammar-{number}", partial(int, number))
    stored(tmp_path, "words-0", lambda: 0)
    kinds = Counter(file.name.partition("-")[0] for file in tmp_path.iterdir())
    assert kinds == {"grammar": 8, "words": 1}
    assert stored(tmp_path, "grammar-19", lambda: -1) == 19


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert stored(file / "below", "one", lambda: 5) == 5


def test_different_contents_have_different_names() -> None:
    names = [content_hash(*parts) for parts in (("a", "b"), ("ab",), ("a", "b", ""), (1,), ("1",))]
    assert all(a != b for a, b in pairwise(sorted(names)))
