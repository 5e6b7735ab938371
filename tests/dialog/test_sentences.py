import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.sentences import SentenceSplitter, split_sentences

_TEXTS = (
    st.text(alphabet=st.sampled_from("ab I1,.;!?…。，！、」とっ灯네\n \"')*é"), max_size=120)
    | st.text()
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("The light is on. It is warm!", ["The light is on.", "It is warm!"]),
        ("Really?! Yes... I think so.", ["Really?!", "Yes...", "I think so."]),
        ("One\nTwo\n\nThree", ["One", "Two", "Three"]),
        ("好的。现在打开灯！可以吗？", ["好的。", "现在打开灯！", "可以吗？"]),
        ("好的!现在打开灯.温度是3.5度。", ["好的!", "现在打开灯.", "温度是3.5度。"]),
        ("“打开灯。”他说。", ["“打开灯。”", "他说。"]),
        ("そうですね……明日は晴れです。", ["そうですね……", "明日は晴れです。"]),
        ("「はい。」と言いました。終わりです。", ["「はい。」と言いました。", "終わりです。"]),
        ("彼は「もう遅い！」って。帰ろう。", ["彼は「もう遅い！」って。", "帰ろう。"]),
        ("네, 불을 켰습니다. 다른 것도 켤까요?", ["네, 불을 켰습니다.", "다른 것도 켤까요?"]),
        ("Parlor 2.0です。Python.orgを見て。", ["Parlor 2.0です。", "Python.orgを見て。"]),
        ('She said "stop." Then left.', ['She said "stop."', "Then left."]),
        ("It is 21.5 degrees. Nice.", ["It is 21.5 degrees.", "Nice."]),
        ("Ask Dr. Smith, e.g. at 5 p.m. today.", ["Ask Dr. Smith, e.g. at 5 p.m. today."]),
        ("J. S. Bach wrote it. So am I. Good.", ["J. S. Bach wrote it.", "So am I.", "Good."]),
        ("1. Buy milk. 2. Sleep.", ["1. Buy milk.", "2. Sleep."]),
        ("See example.com/a.b for more.", ["See example.com/a.b for more."]),
        ("There are 21. The rest is gone.", ["There are 21.", "The rest is gone."]),
        ("The answer is no. Go to No. 5.", ["The answer is no.", "Go to No. 5."]),
        ("", []),
        (" \n\t ", []),
        ("no end", ["no end"]),
        ("...", ["..."]),
    ],
)
def test_texts_are_cut_where_a_person_would_pause(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_an_ordinal_does_not_end_a_sentence_where_ordinals_have_a_dot() -> None:
    text = "Heute ist der 3. Mai. Schön."
    assert split_sentences(text, "de") == ["Heute ist der 3. Mai.", "Schön."]
    assert split_sentences("It is 3. May I go?", "en") == ["It is 3.", "May I go?"]


def test_the_first_piece_may_end_at_a_comma_and_only_the_first() -> None:
    text = "The living room, the kitchen, and the hall are dark. Good night, then."
    assert split_sentences(text, first_clause=True) == [
        "The living room,",
        "the kitchen, and the hall are dark.",
        "Good night, then.",
    ]
    assert split_sentences("好的主人，灯开了，晚安。", "zh", first_clause=True) == [
        "好的主人，",
        "灯开了，晚安。",
    ]
    assert split_sentences("わかりました、電気を消します。", "ja", first_clause=True) == [
        "わかりました、",
        "電気を消します。",
    ]
    assert split_sentences("알겠습니다, 불을 끌게요.", "ko", first_clause=True) == [
        "알겠습니다,",
        "불을 끌게요.",
    ]
    assert split_sentences("好的主人,灯开了。", "zh", first_clause=True) == [
        "好的主人,",
        "灯开了。",
    ]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "The sky looks blue to us because small molecules scatter it.",
            ["The sky looks blue to us", "because small molecules scatter it."],
        ),
        (
            "Most cats sleep thirteen long hours every single day.",
            ["Most cats sleep thirteen long hours every", "single day."],
        ),
        ("Cats sleep thirteen hours a day. Good.", ["Cats sleep thirteen hours a day.", "Good."]),
        ("One two three four five six seven!", ["One two three four five six seven!"]),
        ("Cats, all of them, sleep and sleep and sleep again", ["Cats, all of them,"
         , "sleep and sleep and sleep again"]),
        ("- one\n- two three four five six seven eight", ["- one",
         "- two three four five six seven eight"]),
    ],
)  # fmt: skip
def test_the_first_piece_may_end_after_some_words(text: str, pieces: list[str]) -> None:
    splitter = SentenceSplitter(first_words=7)
    assert splitter.feed(text) + splitter.flush() == pieces


def test_the_first_piece_is_given_as_soon_as_one_word_more_begins() -> None:
    splitter = SentenceSplitter(first_words=7)
    assert splitter.feed("Most cats sleep thirteen long hours every ") == []
    assert splitter.feed("s") == ["Most cats sleep thirteen long hours every"]


def test_a_short_clause_and_a_number_do_not_end_the_first_piece() -> None:
    assert split_sentences("Okay, done.", first_clause=True) == ["Okay, done."]
    text = "There are 1,000 lights."
    assert split_sentences(text, first_clause=True) == [text]


def test_a_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    splitter = SentenceSplitter(first_clause=False)
    deltas = ["The", " light", " is", " on", ".", " It", " is"]
    assert [splitter.feed(delta) for delta in deltas][5] == ["The light is on."]
    assert splitter.flush() == ["It is"]
    assert splitter.flush() == []


def test_a_line_break_ends_at_once() -> None:
    assert SentenceSplitter().feed("Done\n") == ["Done"]


def test_endless_text_is_cut_at_a_comma_or_a_space_or_anywhere() -> None:
    words = split_sentences("word " * 200)
    assert max(map(len, words)) <= 300
    assert all(piece.split() == ["word"] * len(piece.split()) for piece in words)
    clauses = split_sentences("one two three four, " * 40)
    assert all(piece.endswith(",") for piece in clauses)
    assert [len(piece) for piece in split_sentences("x" * 700)] == [300, 300, 100]


@given(_TEXTS, st.sampled_from(["en", "de", "zh"]), st.booleans())
def test_nothing_is_lost_and_nothing_is_empty(text: str, language: str, first: bool) -> None:
    pieces = split_sentences(text, language, first)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert all(len(piece) <= 600 for piece in pieces)


@given(
    _TEXTS,
    st.lists(st.integers(1, 20), max_size=60),
    st.booleans(),
    st.sampled_from([0, 5, 7]),
)
def test_how_the_text_was_dealt_out_changes_nothing(
    text: str, sizes: list[int], first: bool, words: int
) -> None:
    splitter = SentenceSplitter("de", first, words)
    pieces: list[str] = []
    rest = text
    for size in sizes:
        pieces += splitter.feed(rest[:size])
        rest = rest[size:]
    pieces += splitter.feed(rest) + splitter.flush()
    whole = SentenceSplitter("de", first, words)
    assert pieces == whole.feed(text) + whole.flush()


@given(st.text(alphabet=st.sampled_from("a.,! "), max_size=900))
def test_long_texts_dealt_out_letter_by_letter_are_cut_alike(text: str) -> None:
    splitter = SentenceSplitter(first_words=7)
    whole = SentenceSplitter(first_words=7)
    pieces = [piece for letter in text for piece in splitter.feed(letter)] + splitter.flush()
    assert pieces == whole.feed(text) + whole.flush()
