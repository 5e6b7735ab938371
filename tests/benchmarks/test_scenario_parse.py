"""Scenario files: what is a mistake is told with its line."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scenario.parse import parse, read
from benchmarks.scenario.shipped import FOLDER, find
from device.errors import UsageError

GOOD = """\
name: hello
shows: Somebody says hello.
script:
  - say: hello
expect:
  - event: wake_word_detected
"""


def test_what_is_short_may_be_written_short() -> None:
    scenario = parse(GOOD)
    assert scenario.script[0].say[0].text == "hello"
    assert scenario.expect[0].event is not None
    assert scenario.expect[0].event.event == "wake_word_detected"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("say: hello", "sya: hello"), 4, "unknown key"),
        (("say: hello", "{say: hello, ask: hello}"), 4, "give one of"),
        (("say: hello", "{say: hello, at: 1, after: ready}"), 4, "not both"),
        (("say: hello", "{say: {text: a, dbfs: 12}}"), 4, "less than or equal to 0"),
        (("say: hello", "fault: sunburn"), 4, "microphone_unplugged"),
        (("wake_word_detected", "wake_word_detectd"), 6, "did you mean 'wake_word_detected'?"),
        (
            ("event: wake_word_detected", "event: {event: ready, fields: {wrods: 1}}"),
            6,
            "did you mean 'words'?",
        ),
        (("event: wake_word_detected", "{silent_within_ms: 5, within_ms: 5}"), 6, "belongs to"),
        (("event: wake_word_detected", "{event: ready, of: nobody}"), 1, "called 'nobody'"),
        (("shows:", "room: {sead: 1}\nshows:"), 2, "did you mean 'seed'?"),
        (("hello\nshows", "Hello You\nshows"), 1, "pattern"),
    ],
)
def test_a_mistake_is_told_with_its_line(change: tuple[str, str], line: int, words: str) -> None:
    with pytest.raises(UsageError) as told:
        parse(GOOD.replace(*change), "a.yaml")
    assert f"a.yaml:{line}:" in str(told.value)
    assert words in str(told.value)


def test_all_mistakes_are_told_at_once_in_their_order() -> None:
    with pytest.raises(UsageError) as told:
        parse("name: A B\nshow: x\nscript: [{at: -1, say: a}]\n", "a.yaml")
    lines = [line.split(":")[1] for line in str(told.value).splitlines()]
    assert lines == sorted(lines)
    assert len(lines) == 4


@given(st.text())
def test_any_text_is_a_scenario_or_a_mistake(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(("script", "expect", "room", "noise", "config", "heard", "told")), nested)
def test_any_value_anywhere_is_taken_or_told(key: str, value: object) -> None:
    text = yaml.safe_dump({**yaml.safe_load(GOOD), key: value})
    try:
        taken = parse(text)
    except UsageError:
        taken = None
    assert taken is None or taken == parse(text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="there is no scenario"):
        find(["none"])


def test_what_ships_is_found_by_its_name() -> None:
    assert find(["stop-word"]) == [FOLDER / "stop-word.yaml"]
    assert find([str(FOLDER)]) == find([]) == sorted(FOLDER.glob("*.yaml"))
