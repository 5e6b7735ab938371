import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.topics import TALK, Topics, content_words, kind_of


def noted(*said: tuple[str, str]) -> Topics:
    topics = Topics()
    for kind, text in said:
        topics.note(kind, text)
    return topics


def test_an_intent_belongs_to_a_topic_or_to_none() -> None:
    assert kind_of("HassTurnOn") == kind_of("HassGetState") == "home"
    assert kind_of("HassStartTimer") == "timers"
    assert kind_of("HassSetVolume") == kind_of("HassGetCurrentTime") == ""


def test_another_kind_is_another_topic_and_one_of_before_comes_back() -> None:
    topics = Topics()
    assert topics.note("home", "turn on the lamp")
    assert not topics.note("home", "turn off the fan")
    assert topics.note("timers", "set a timer for five minutes")
    assert topics.note("home", "turn off the lamp")
    assert topics.current.number == 1
    assert [one.kind for one in topics.past] == ["timers"]


def test_what_is_about_nothing_changes_no_topic() -> None:
    topics = noted(("home", "turn on the lamp"))
    assert not topics.note("", "louder")
    assert topics.current.kind == "home"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("how high is the eiffel tower", "when was the eiffel tower opened to everybody"),
        ("how high is the eiffel tower", "and when was it opened to the people of paris"),
        ("how high is the eiffel tower", "in winter"),
        ("埃菲尔铁塔有多高", "它是什么时候建成的"),
        ("エッフェル塔の高さは", "それはいつ建てられましたか"),
        ("wie hoch ist der eiffelturm", "und warum wurde er damals in paris gebaut"),
    ],
)
def test_talk_goes_on_about_the_same(first: str, then: str) -> None:
    topics = noted((TALK, first))
    assert not topics.note(TALK, then)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("how high is the eiffel tower", "which vegetables grow best during winter months"),
        ("埃菲尔铁塔有多高", "冬天种什么蔬菜最好"),
        ("エッフェル塔の高さは", "冬に育つ野菜は何ですか"),
    ],
)
def test_talk_about_something_else_is_another_topic(first: str, then: str) -> None:
    topics = noted((TALK, first))
    assert topics.note(TALK, then)


def test_talk_comes_back_to_what_was_spoken_of() -> None:
    topics = noted(
        (TALK, "how high is the eiffel tower"),
        (TALK, "which vegetables grow best during winter months"),
    )
    assert topics.of(TALK, "who designed the eiffel tower back in that century").number == 1
    assert topics.current.number == 2


@given(st.lists(st.tuples(st.sampled_from(["", "home", TALK]), st.text(max_size=400)), max_size=40))
def test_whatever_is_said_topics_stay_bounded(said: list[tuple[str, str]]) -> None:
    topics = noted(*said)
    assert len(topics.past) <= 10
    numbers = [one.number for one in (*topics.past, topics.current)]
    assert len(set(numbers)) == len(numbers)
    assert all(len(one.words) <= 60 for one in (*topics.past, topics.current))


def test_long_words_and_pairs_of_signs_tell_what_a_sentence_is_about() -> None:
    assert content_words("How high is the Eiffel tower?") == {"high", "eiffel", "tower"}
    assert content_words("铁塔高") == {"铁塔", "塔高"}
