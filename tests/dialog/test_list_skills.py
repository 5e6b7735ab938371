import sqlite3
from pathlib import Path

import pytest

from device.dialog.listbook import MOST_ITEMS, MOST_LISTS, ListBook
from device.errors import CommandInvalid
from tests.dialog.agendas import Speaker


@pytest.fixture
def speaker(tmp_path: Path) -> Speaker:
    return Speaker(tmp_path)


def test_the_shopping_list_is_kept(speaker: Speaker) -> None:
    said = [
        speaker.ask("what is on my shopping list"),
        speaker.ask("add milk to the shopping list"),
        speaker.ask("put two bottles of wine on my list"),
        speaker.ask("add Milk to the shopping list"),
        speaker.ask("what is on my shopping list"),
        speaker.ask("remove milk from the shopping list"),
        speaker.ask("check off bread from the shopping list"),
        speaker.ask("what do we need to buy"),
        speaker.ask("clear the shopping list"),
        speaker.ask("what's on the list"),
    ]

    assert said == [
        "The shopping list is empty.",
        "Added milk to the shopping list.",
        "Added two bottles of wine to the shopping list.",
        "Milk is on the shopping list already.",
        "On the shopping list: milk, two bottles of wine.",
        "I took milk off the shopping list.",
        "bread is not on the shopping list.",
        "On the shopping list: two bottles of wine.",
        "I cleared the shopping list.",
        "The shopping list is empty.",
    ]


def test_lists_have_names(speaker: Speaker) -> None:
    speaker.ask("add hammer to the hardware list")
    speaker.ask("add tent pegs to my camping trip list")

    assert speaker.ask("what's on the hardware list") == "On the hardware list: hammer."
    assert speaker.ask("what's on my camping trip list") == "On the camping trip list: tent pegs."
    assert speaker.lists.items() == ()
    speaker.ask("clear the hardware list")
    assert speaker.lists.items("Hardware") == ()
    assert speaker.lists.items("camping trip") == ("tent pegs",)


def test_lists_survive_and_a_damaged_file_does_not_stop_the_speaker(tmp_path: Path) -> None:
    path = tmp_path / "lists.sqlite"
    ListBook(path).add("milk")
    assert ListBook(path).items() == ("milk",)
    path.write_bytes(b"rubbish" * 1000)

    lists = ListBook(path)
    assert lists.items() == ()
    assert lists.error is not None
    assert lists.add("bread")
    assert lists.error is None
    assert ListBook(path).items() == ("bread",)


def test_a_row_that_is_no_list_is_dropped_alone(tmp_path: Path) -> None:
    path = tmp_path / "lists.sqlite"
    ListBook(path).add("milk")
    file = sqlite3.connect(path)
    with file:
        file.execute("INSERT INTO records VALUES ('x', '{}')")
    file.close()

    lists = ListBook(path)
    assert lists.items() == ("milk",)
    assert lists.items("x") == ()


def test_a_full_list_is_told(speaker: Speaker) -> None:
    for number in range(MOST_ITEMS):
        speaker.lists.add(f"item {number}")

    assert speaker.ask("add milk to the shopping list") == "The shopping list is full."


def test_there_is_a_limit_to_lists(tmp_path: Path) -> None:
    lists = ListBook(tmp_path / "lists.sqlite")
    for number in range(MOST_LISTS):
        lists.add("x", str(number))

    with pytest.raises(CommandInvalid):
        lists.add("x", "another")
    assert lists.items("another") == ()
    assert lists.add("y", "0"), "the lists that there are can grow"


@pytest.mark.parametrize(
    ("language", "add", "read", "remove", "item"),
    [
        ("de", "setze Milch auf die Einkaufsliste", "was steht auf der Einkaufsliste",
         "streiche Milch von der Einkaufsliste", "Milch"),
        ("fr", "ajoute du lait à la liste de courses",
         "qu'est-ce qu'il y a sur la liste de courses", "enlève le lait de la liste de courses",
         "lait"),
        ("es", "añade leche a la lista de la compra", "qué hay en mi lista de la compra",
         "quita leche de la lista de la compra", "leche"),
        ("it", "aggiungi latte alla lista della spesa", "cosa c'è nella lista della spesa",
         "togli latte dalla lista della spesa", "latte"),
        ("nl", "zet melk op de boodschappenlijst", "wat staat er op de boodschappenlijst",
         "haal melk van de boodschappenlijst af", "melk"),
        ("pt", "adiciona leite à lista de compras", "o que há na lista de compras",
         "tira leite da lista de compras", "leite"),
        ("ja", "買い物リストに牛乳を追加して", "買い物リストには何がありますか",
         "牛乳を買い物リストから消して", "牛乳"),
        ("ko", "쇼핑 목록에 우유 추가해 줘", "쇼핑 목록에 뭐가 있어?",
         "쇼핑 목록에서 우유 빼 줘", "우유"),
        ("zh", "把牛奶加到购物清单", "购物清单上有什么", "从购物清单里删除牛奶", "牛奶"),
    ],
)  # fmt: skip
def test_lists_work_in_other_languages(
    tmp_path: Path, language: str, add: str, read: str, remove: str, item: str
) -> None:
    speaker = Speaker(tmp_path, language)

    speaker.ask(add)
    assert speaker.lists.items() == (item,)
    assert item in speaker.ask(read)
    speaker.ask(remove)
    assert speaker.lists.items() == ()
