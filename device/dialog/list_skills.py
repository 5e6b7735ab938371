"""Lists: add, remove, read, clear."""

from collections.abc import Mapping
from datetime import datetime

from device.dialog.base import Answer, DialogContext, Recognition
from device.dialog.listbook import SHOPPING, ListBook
from device.dialog.replies import Replies
from device.dialog.skills import Skill, answer, kept
from device.dialog.writing import listed
from device.errors import CommandInvalid


class ListSkills:
    """What people ask about the lists of a book."""

    def __init__(self, book: ListBook) -> None:
        self._book = book

    def skills(self) -> Mapping[str, Skill]:
        """Skill by intent."""
        return {
            "HassShoppingListAddItem": self._add,
            "HassShoppingListCompleteItem": self._remove,
            "ParlorAddItem": self._add,
            "ParlorRemoveItem": self._remove,
            "ParlorReadList": self._read,
            "ParlorClearList": self._clear,
        }

    def _add(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        item = _item(said)
        try:
            is_new = self._book.add(item, _list(said))
        except CommandInvalid:
            return answer(said, replies.phrase("list_full", list=_named(said, replies)))
        key = "item_added" if is_new else "item_there"
        return self._told(said, replies, key, item=item)

    def _remove(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        item = _item(said)
        key = "item_removed" if self._book.remove(item, _list(said)) else "item_missing"
        return self._told(said, replies, key, item=item)

    def _read(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        items = self._book.items(_list(said))
        key = "list_holds" if items else "list_empty"
        text = replies.phrase(key, list=_named(said, replies), items=listed(items, said.language))
        return answer(said, text)

    def _clear(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        self._book.clear(_list(said))
        return self._told(said, replies, "list_cleared")

    def _told(self, said: Recognition, replies: Replies, key: str, **values: str) -> Answer:
        text = replies.phrase(key, list=_named(said, replies), **values)
        return answer(said, kept(text, replies, self._book.error))


def _item(said: Recognition) -> str:
    return str(said.intent.slots["item"]).strip()


def _list(said: Recognition) -> str:
    return str(said.intent.slots.get("list", SHOPPING)).strip()


def _named(said: Recognition, replies: Replies) -> str:
    name = _list(said)
    if name == SHOPPING:
        return replies.phrase("shopping_list")
    return replies.phrase("named_list", name=name)
