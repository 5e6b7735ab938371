"""Cuts a text, whole or as it arrives, into sentences that can be spoken one after the other.

A sentence ends at . ! ? … or their CJK forms, and at a line break; what Japanese quotes goes on
after the quotation. The first piece of a reply may
already end at a comma, or after so many words, so that something is heard early. Where a piece ends
does not depend on how the text was dealt out into deltas.
"""

import re

_TERMINATORS = ".!?…。！？｡"
_COMMAS = ",;:，、；："
_WIDE = "。！？｡，、；："
_CLOSERS = "\"'»”’」』】）)]*_`"
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Letters of which few make a clause: kana, Chinese characters, Hangul."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters before which no space tells that a sentence has ended: the same without Hangul."""
_QUOTE_ENDS = "」』"
_QUOTING = "とっ"
"""How Japanese goes on after somebody's words: と言う, って."""
_END = re.compile(rf"[{re.escape(_TERMINATORS)}\n]")
_FIRST_END = re.compile(rf"[{re.escape(_TERMINATORS + _COMMAS)}\n]")
_TAIL = re.compile(rf"[{re.escape(_TERMINATORS + _CLOSERS)}]*")
_LAST_TOKEN = re.compile(r"\S{1,12}$")
_ORDINAL = re.compile(r"\d{1,2}")

_MIN_CLAUSE, _MIN_DENSE_CLAUSE = 10, 4
_MIN_WORDS = 4
_MAX_PIECE = 300

_ABBREVIATION = re.compile(
    r"mr|mrs|ms|dr|prof|st|sr|jr|vs|e\.g|i\.e|z\.b|d\.h|u\.a|mme|mlle|sra|srta|dott|sig"
)
_BEFORE_NUMBER = re.compile(r"no|nr|núm|ca|approx|vol|art")
_LINK = re.compile(
    r"and|or|but|because|that|which|who|when|while|if|so|as|in|on|at|for|with|from|to|of|by|"
    r"und|oder|aber|weil|dass|wenn|mit|von|für|auf|bei|et|ou|mais|parce|que|qui|avec|pour|dans|"
    r"y|o|pero|porque|cuando|con|para|en|e|ma|perché|che|quando|per|em|mas|com|maar|omdat|met|voor"
)
"""A word before which a voice may pause."""
_ORDINAL_DOT = re.compile(r"(bs|cs|da|de|et|fi|fo|hr|hu|is|lb|lv|nb|nn|no|pl|sk|sl|sr|tr)\b")


class SentenceSplitter:
    """Takes text as it arrives and gives sentences as they become complete."""

    def __init__(
        self, language: str = "en", first_clause: bool = True, first_words: int = 0
    ) -> None:
        """With `first_clause` the first piece may end at a comma.

        With `first_words`, at least 5, it ends after so many words where nothing else ends it,
        and rather before a word like "and".
        """
        words = rf"(?:\S+\s+){{{first_words}}}(?=\S)"
        self._many_words = re.compile(words) if first_words else None
        self._ordinals = _ORDINAL_DOT.match(language.lower()) is not None
        self._clause_may_end = first_clause
        self._text = ""

    def feed(self, delta: str) -> list[str]:
        """Take the next piece of text; give what has become complete."""
        self._text += delta
        return self._cut(ended=False)

    def flush(self) -> list[str]:
        """Give the rest: nothing more will come."""
        pieces = self._cut(ended=True)
        rest, self._text = self._text.strip(), ""
        return [*pieces, rest] if rest else pieces

    def _cut(self, ended: bool) -> list[str]:
        pieces: list[str] = []
        while (stop := self._piece_end(ended)) is not None:
            pieces.append(self._text[:stop].strip())
            self._text = self._text[stop:]
            self._clause_may_end, self._many_words = False, None
        return pieces

    def _piece_end(self, ended: bool) -> int | None:
        """Where the first complete piece stops; None when that cannot be told yet."""
        text = self._text = self._text.lstrip()
        pattern = _FIRST_END if self._clause_may_end else _END
        enough = self._many_words.match(text, 0, _MAX_PIECE) if self._many_words else None
        for mark in pattern.finditer(text, 0, _MAX_PIECE):
            if enough and mark.start() >= enough.end():
                break
            if mark[0] == "\n":
                return mark.end()
            stop = self._tail(mark.end())
            # A full stop is told from that of an abbreviation by the letter after the space.
            known = stop + 1 if mark[0] == "." and stop == mark.end() else stop
            if known >= len(text) and not ended:
                return None
            if self._ends(mark.start(), stop):
                return stop
        if enough:
            return _pause(enough[0])
        return _emergency(text) if len(text) > _MAX_PIECE else None

    def _tail(self, start: int) -> int:
        tail = _TAIL.match(self._text, start)
        return tail.end() if tail else start

    def _ends(self, at: int, stop: int) -> bool:
        """Whether the mark at `at`, with the closing marks up to `stop`, ends a piece."""
        text, mark = self._text, self._text[at]
        before, after = text[max(0, at - 1) : at], text[stop : stop + 1]
        wide = mark in _WIDE or bool(_DENSE.match(before) and _UNSPACED.match(after))
        if after.strip() and (not wide or (text[stop - 1] in _QUOTE_ENDS and after in _QUOTING)):
            return False
        if mark in _COMMAS:
            dense = wide or _DENSE.match(before)
            return at >= (_MIN_DENSE_CLAUSE if dense else _MIN_CLAUSE) and stop == at + 1
        return mark != "." or stop > at + 1 or not self._goes_on(text[:at], text[stop:])

    def _goes_on(self, before: str, after: str) -> bool:
        """Whether a full stop belongs to an abbreviation, an ordinal or a list number."""
        found = _LAST_TOKEN.search(before)
        token = found[0].lstrip("(\"'„“«").lower() if found else ""
        if after[1:2].islower() or _ABBREVIATION.fullmatch(token):
            return True
        if after[1:2].isdigit() and _BEFORE_NUMBER.fullmatch(token):
            return True
        if token.isdigit():
            return token == before or (self._ordinals and bool(_ORDINAL.fullmatch(token)))
        return len(token) == 1 and token.isalpha() and token.isascii() and before[-1:] != "I"


def _pause(words: str) -> int:
    """Where a voice may pause: before the last word that links, else after all of them."""
    starts = [found.start() for found in re.finditer(r"\S+", words)]
    links = [at for at in starts[_MIN_WORDS:] if _LINK.fullmatch(words[at:].split()[0].lower())]
    return links[-1] if links else len(words)


def split_sentences(text: str, language: str = "en", first_clause: bool = False) -> list[str]:
    """Sentences of a whole text, in order, stripped, none empty."""
    splitter = SentenceSplitter(language, first_clause)
    return splitter.feed(text) + splitter.flush()


def _emergency(text: str) -> int:
    """Where to cut a sentence that does not end: after a comma, else a space, else anywhere."""
    head = text[:_MAX_PIECE]
    comma = max(head.rfind(mark) for mark in _COMMAS)
    return (comma if comma >= _MAX_PIECE // 2 else head.rfind(" ")) + 1 or _MAX_PIECE
