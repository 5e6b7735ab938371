"""What people ask to be remembered."""

import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import device.dialog
from device.dialog.agent import LocalAgent
from device.dialog.base import Answer, Confirm, DialogContext
from device.dialog.intents import PROFILE_INTENTS
from device.dialog.profile import LONGEST_FACT, MOST_FACTS, Profile
from device.dialog.profile_skills import ProfileSkills
from device.dialog.templates import Templates
from device.dialog.writing import as_written
from device.errors import CommandInvalid
from tests.dialog.homes import HOME, NOON, RecordingHome

FOLDER = Path(device.dialog.__file__).parent / "personal"
LANGUAGES = ("en", "zh", "ja", "ko", "de", "fr", "es")


class Household:
    """People who talk to a speaker that remembers."""

    def __init__(self, path: Path, language: str = "en") -> None:
        self.profile = Profile(path)
        skills = ProfileSkills(self.profile).skills()
        self.agent = LocalAgent(
            HOME, RecordingHome(), language=language, now=lambda: NOON, skills=skills
        )
        self.language = language
        self.context = DialogContext()

    def say(self, *sentences: str) -> Answer:
        for text in sentences:
            answer = self.agent.answer(text, self.language, self.context)
            self.context = DialogContext(pending=answer.pending)
        return answer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile.sqlite"


@pytest.fixture
def people(path: Path) -> Household:
    return Household(path)


def test_what_is_to_be_remembered_is_told_again(people: Household) -> None:
    assert people.say("remember that I like tea").text == "I will remember: I like tea."
    people.say("remember that my sister is called Anna")
    told = people.say("what do you know about me").text
    assert told == "You told me: I like tea; my sister is called Anna."


def test_it_survives(people: Household, path: Path) -> None:
    people.say("remember that I like tea")
    assert Household(path).profile.facts == ("I like tea",)


def test_what_was_just_told_is_forgotten_by_forget_that(people: Household) -> None:
    people.say("remember that I like tea", "remember that I like beer")
    assert people.say("forget that").text == "I have forgotten: I like beer."
    assert people.profile.facts == ("I like tea",)


def test_forget_that_without_anything_told_is_never_mind(people: Household) -> None:
    people.profile.remember("I like tea")
    assert people.say("forget that").text == ""
    assert people.profile.facts == ("I like tea",)


def test_one_of_several_is_forgotten_by_its_words(people: Household) -> None:
    people.say("remember that I like green tea", "remember that Anna likes coffee")
    people.say("forget that Anna likes coffee")
    assert people.profile.facts == ("I like green tea",)
    people.say("forget what I said about green tea")
    assert not people.profile.facts


def test_what_several_sentences_fit_is_not_forgotten_before_it_is_clear(people: Household) -> None:
    people.say("remember that I like green tea", "remember that I like black tea")
    said = people.say("forget what I said about tea").text
    assert said.startswith("I remember several such things: I like green tea; I like black tea.")
    assert len(people.profile.facts) == 2


def test_what_was_never_told_is_not_forgotten(people: Household) -> None:
    people.say("remember that I like tea")
    said = people.say("forget that I own a yacht").text
    assert said == "I do not remember anything like that."
    assert len(people.profile.facts) == 1


@pytest.mark.parametrize(("decision", "left"), [("yes", 0), ("no", 1)])
def test_everything_is_forgotten_only_after_a_yes(
    people: Household, decision: str, left: int
) -> None:
    people.say("remember that I like tea")
    asked = people.say("forget everything about me")
    assert isinstance(asked.pending, Confirm)
    assert "yes" in asked.pending.expected
    assert len(people.profile.facts) == 1
    people.say(decision)
    assert len(people.profile.facts) == left


def test_a_thing_is_remembered_once(people: Household) -> None:
    people.say("remember that I like tea", "remember that I like Tea.")
    assert people.profile.facts == ("I like tea",)


def test_there_is_room_for_so_much_and_no_more(people: Household) -> None:
    for number in range(MOST_FACTS):
        people.profile.remember(f"fact {number}")
    with pytest.raises(CommandInvalid):
        people.profile.remember("one more")
    answer = people.say("remember that I like tea")
    assert answer.text.startswith("I cannot remember that.")
    assert "(+90)" in people.say("what do you know about me").text


def test_another_process_may_change_it(path: Path) -> None:
    ours, theirs = Profile(path), Profile(path)
    ours.remember("I like tea")
    assert theirs.facts == ("I like tea",)
    theirs.remember("I like beer")
    ours.forget(["I like tea"])
    assert theirs.facts == ours.facts == ("I like beer",)


def test_a_file_that_is_removed_is_forgotten_and_can_be_filled_again(path: Path) -> None:
    profile = Profile(path)
    profile.remember("I like tea")
    path.unlink()
    assert not profile.facts
    profile.remember("I like tea")
    assert Profile(path).facts == ("I like tea",)


def test_what_is_forgotten_is_not_left_in_the_file(path: Path) -> None:
    profile = Profile(path)
    profile.remember("my secret is a yacht")
    profile.forget_all()
    assert b"yacht" not in path.read_bytes()


def test_nobody_else_can_read_it(path: Path) -> None:
    Profile(path).remember("I like tea")
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_moved_aside(path: Path) -> None:
    path.write_bytes(b"no database at all, " * 100)
    profile = Profile(path)
    assert not profile.facts
    profile.remember("I like tea")
    assert Profile(path).facts == ("I like tea",)
    assert path.with_name("profile.sqlite.damaged").exists()


def test_rows_that_are_no_sentences_are_dropped(path: Path) -> None:
    Profile(path).remember("I like tea")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE records SET text = '{\"a\": 1}'")
    assert Profile(path).facts == ()


def test_where_nothing_can_be_written_it_is_kept_while_the_speaker_runs(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    people = Household(tmp_path / "state" / "profile.sqlite")
    answer = people.say("remember that I like tea")
    assert answer.text.endswith("I can remember it only until I am switched off.")
    assert people.profile.facts == ("I like tea",)


@given(st.lists(st.text(max_size=300), max_size=20))
@settings(max_examples=20, deadline=None)
def test_whatever_is_told_is_kept_short_or_refused(
    tmp_path_factory: pytest.TempPathFactory, told: list[str]
) -> None:
    profile = Profile(tmp_path_factory.mktemp("any") / "profile.sqlite")
    for text in told:
        try:
            profile.remember(text)
        except CommandInvalid:
            assert not text.split()
    assert all(0 < len(fact) <= LONGEST_FACT for fact in profile.facts)
    for fact in profile.facts:
        profile.forget([fact])
    assert not profile.facts


TALKS = {
    "en": ("remember that I like tea", "forget that", "forget everything", "yes",
           "what do you remember about me"),
    "de": ("merk dir, dass ich Tee mag", "vergiss das", "vergiss alles über mich", "ja",
           "was weißt du über mich"),
    "fr": ("retiens que j'aime le thé", "oublie ça", "oublie tout", "oui", "que sais-tu sur moi"),
    "es": ("recuerda que me gusta el té", "olvida eso", "olvídalo todo", "sí",
           "¿qué sabes de mí?"),
    "zh": ("记住我喜欢喝茶", "忘了这个", "忘掉一切", "是", "你知道我什么"),
    "ja": ("お茶が好きなことを覚えて", "今のを忘れて", "全部忘れて", "はい",
           "私のことを何か知っていますか"),
    "ko": ("차를 좋아한다고 기억해 줘", "방금 말 잊어", "모두 잊어", "네",
           "나에 대해 뭘 알아"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_remember_tell_and_forget(path: Path, language: str) -> None:
    remember, forget, forget_all, yes, known = TALKS[language]
    people = Household(path, language)
    people.say(remember)
    (fact,) = people.profile.facts
    assert fact in remember
    assert fact in people.say(known).text
    people.say(forget)
    assert not people.profile.facts
    people.say(remember, forget_all)
    assert len(people.profile.facts) == 1
    people.say(yes)
    assert not people.profile.facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_phrases_and_intents(language: str) -> None:
    own = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    english = tomllib.loads((FOLDER / "en.toml").read_text("utf-8"))
    assert own["phrases"].keys() == english["phrases"].keys()
    assert {block["intent"] for block in own["sentences"]} == PROFILE_INTENTS.keys()
    assert {one["intent"] for one in own["pleasantries"]} == {
        one["intent"] for one in english["pleasantries"]
    }
    assert PROFILE_INTENTS.keys() <= Templates(language, HOME).intents.intents.keys()


@given(st.text(max_size=60))
def test_a_part_of_a_text_gets_its_spaces_back(text: str) -> None:
    part = "".join(text.split())[3:]
    assert "".join(as_written(part, text).split()) == part
    assert as_written(part, text) in text


def test_spaces_come_from_where_a_part_stands() -> None:
    assert as_written("차를좋아", "나는 차를 좋아한다") == "차를 좋아"
    assert as_written("커피", "나는 차를 좋아한다") == "커피"
