"""Answers of models that are given again."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.clock import run_virtual
from device.dialog.base import Answer, Calls
from device.dialog.history import History
from device.dialog.reply_cache import Known, RememberingModel, ReplyCache, key_of, may_be_kept
from device.errors import LlmError

SKY = "why is the sky blue"
BLUE = ["Air scatters ", "blue light most."]


class Hand:
    """The hand of a clock."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Stream:
    """An answer in pieces, some of which may be an error."""

    def __init__(self, pieces: list[str | Calls | LlmError]) -> None:
        self._pieces = iter(pieces)
        self.closed = False

    def __aiter__(self) -> AsyncIterator[str | Calls]:
        return self

    async def __anext__(self) -> str | Calls:
        piece = next(self._pieces, None)
        if piece is None:
            raise StopAsyncIteration
        if isinstance(piece, LlmError):
            raise piece
        return piece

    async def aclose(self) -> None:
        self.closed = True


class Model:
    """Answers the same each time and counts how often it was asked."""

    def __init__(self, *pieces: str | Calls | LlmError) -> None:
        self.pieces = list(pieces or BLUE)
        self.asked = 0
        self.begun = 0

    def begin(self, text: str, language: str) -> None:
        self.begun += 1

    def drop(self) -> None:
        """Nothing was begun."""

    async def answer(self, text: str, language: str) -> Answer | None:
        self.asked += 1
        return Answer("", language, stream=Stream(self.pieces))


class Lab:
    def __init__(self, model: Model, size: int = 10, profile: tuple[str, ...] = ()) -> None:
        self.model = model
        self.now = Hand()
        self.history = History()
        self.cache = ReplyCache(size, self.now)
        self.remembering = RememberingModel(model, Known(self.history, lambda: profile), self.cache)

    def ask(self, text: str = SKY, language: str = "en", pieces: int = 99) -> str:
        """What is answered, of which only so many pieces are listened to."""
        return run_virtual(self._ask(text, language, pieces))

    async def _ask(self, text: str, language: str, pieces: int) -> str:
        answer = await self.remembering.answer(text, language)
        assert answer is not None
        if answer.stream is None:
            return answer.text
        heard = ""
        while pieces:
            try:
                piece = await anext(answer.stream)
            except (StopAsyncIteration, LlmError):
                break
            heard += piece if isinstance(piece, str) else ""
            pieces -= 1
        await answer.stream.aclose()
        return heard


def test_who_asks_the_same_gets_the_same_answer_without_the_model() -> None:
    lab = Lab(Model())
    assert lab.ask() == lab.ask("Why is the sky blue?") == "".join(BLUE)
    assert lab.model.asked == 1


def test_nothing_is_begun_for_an_answer_that_is_there() -> None:
    lab = Lab(Model())
    lab.remembering.begin(SKY, "en")
    lab.ask()
    lab.remembering.begin(SKY, "en")
    assert lab.model.begun == 1


def test_after_an_hour_the_model_is_asked_again() -> None:
    lab = Lab(Model())
    lab.ask()
    lab.now.seconds = 3_601
    lab.ask()
    assert lab.model.asked == 2


def test_after_other_turns_or_in_another_language_it_is_another_question() -> None:
    lab = Lab(Model())
    lab.ask()
    lab.ask(language="de")
    lab.history.add("how far is the sun")
    lab.history.heard("Far away.")
    lab.ask()
    assert lab.model.asked == 3


def test_turns_before_the_last_three_make_no_difference() -> None:
    def history(first: str) -> History:
        made = History()
        for said in (first, "one", "two", "three"):
            made.add(said)
            made.heard(f"answer to {said}")
        return made

    assert key_of(SKY, "en", history("zero")) == key_of(SKY, "en", history("nought"))
    three = history("zero")
    three.add("four")
    three.heard("answer to four")
    assert key_of(SKY, "en", three) != key_of(SKY, "en", history("zero"))


@pytest.mark.parametrize(
    "pieces",
    [["Air ", LlmError("gone")], ["Air ", Calls((), None)], [""]],  # type: ignore[arg-type]
)
def test_what_broke_off_or_used_a_tool_or_is_empty_is_not_kept(
    pieces: list[str | Calls | LlmError],
) -> None:
    lab = Lab(Model(*pieces))
    lab.ask()
    lab.ask()
    assert lab.model.asked == 2
    assert len(lab.cache) == 0


def test_what_nobody_listened_to_until_its_end_is_not_kept() -> None:
    lab = Lab(Model())
    lab.ask(pieces=1)
    assert len(lab.cache) == 0


def test_nothing_is_kept_while_the_model_is_told_of_a_person() -> None:
    lab = Lab(Model(), profile=("I like tea",))
    lab.ask()
    lab.ask()
    assert lab.model.asked == 2


@pytest.mark.parametrize(
    "question",
    [
        "what time is it in tokyo", "what is the weather", "who is president now",
        "what should I cook", "is the light on", "tell me a joke", "who won the game yesterday",
        "wie ist das Wetter", "was soll ich kochen", "ist das Licht an", "erzähl einen Witz",
        "quelle heure est-il", "raconte-moi une blague", "qu'est-ce que j'aime",
        "qué hora es", "cuéntame un chiste", "qué me gusta a mí",
        "现在几点", "今天天气怎么样", "给我讲个笑话", "今日の天気は", "私の好きなもの",
        "지금 몇 시야", "내가 좋아하는 것", "", "?!",
    ],
)  # fmt: skip
def test_what_depends_on_time_home_or_person_is_never_kept(question: str) -> None:
    assert not may_be_kept(question)


@pytest.mark.parametrize(
    "question",
    [
        SKY, "how high is mount everest", "warum ist der Himmel blau",
        "pourquoi le ciel est-il bleu", "por qué el cielo es azul", "为什么天空是蓝色的",
        "空はなぜ青い", "하늘은 왜 파란색이야",
    ],
)  # fmt: skip
def test_what_is_always_so_is_kept_in_all_languages(question: str) -> None:
    assert may_be_kept(question)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=80))
def test_it_holds_what_was_used_last(steps: list[tuple[bool, int]]) -> None:
    cache, model = ReplyCache(5, Hand()), dict[int, str]()
    for puts, number in steps:
        key = (str(number),)
        if puts:
            cache.put(key, f"answer {number}")
            model.pop(number, None)
            model[number] = f"answer {number}"
            if len(model) > 5:
                del model[next(iter(model))]
        else:
            assert cache.get(key) == model.get(number)
            if number in model:
                model[number] = model.pop(number)
    assert len(cache) == len(model) <= 5


def test_a_cache_of_no_size_keeps_nothing() -> None:
    cache = ReplyCache(0, Hand())
    cache.put(("a",), "b")
    assert len(cache) == 0
