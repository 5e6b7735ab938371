"""Answers of models that may be given again, to who asks the same after the same turns.

Never what depends on the time, on the state of something or on the person, what is to be another
one each time, nor what a tool was used for.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from device.dialog.base import Answer, AnswerStream, Calls, Thinker
from device.dialog.fast import plain
from device.dialog.history import History

_TURNS: Final = 3
_LONGEST: Final = 4_000
_SECONDS: Final = 3_600.0
_PASSING: Final = re.compile(
    r"\b(?:"
    # the time, and what is new
    r"now|today|tonight|tomorrow|yesterday|current\w*|latest|recent\w*|news|weather|time|date|when"
    r"|next|this|week|month|year|jetzt|heute|morgen|gestern|aktuell\w*|neueste\w*|nachrichten"
    r"|wetter|uhr\w*|datum|wann|nächste\w*|diese\w*|woche|monat|jahr|maintenant|aujourd|demain|hier"
    r"|actuel\w*|dernier\w*|nouvelles|météo|heure|quand|prochain\w*|semaine|mois|année|ahora|hoy"
    r"|mañana|ayer|actual\w*|últim\w*|noticias|tiempo|hora|fecha|cuándo|próxim\w*|semana|mes|año"
    # the person
    r"|i|me|my|mine|myself|we|us|our|ich|mich|mir|mein\w*|wir|uns|unser\w*|je|j|moi|m|mon|ma|mes"
    r"|nous|notre|nos|yo|mi|mí|mis|conmigo|nosotros|nuestr\w*"
    # the home
    r"|home|house|room|light|lights|lamp|lamps|door|window|heating|thermostat|temperature|music"
    r"|timer|timers|alarm|alarms|list|haus|hause|zimmer|licht|lampe|tür|fenster|heizung|temperatur"
    r"|musik|wecker|liste|maison|pièce|lumière|lampe|porte|fenêtre|chauffage|température|musique"
    r"|alarme|casa|habitación|luz|luces|lámpara|puerta|ventana|calefacción|temperatura|música|lista"
    # another one each time
    r"|joke|story|poem|riddle|quiz|game|random|dice|coin|another|else|again|more|witz|geschichte"
    r"|gedicht|rätsel|zufällig\w*|würfel\w*|münze|noch|blague|histoire|poème|devinette|hasard|dé"
    r"|encore|autre|chiste|cuento|historia|poema|adivinanza|azar|dado|moneda|otr[oa]|más"
    r")\b"
    r"|现在|今天|明天|昨天|今晚|最新|新闻|天气|时间|几点|日期|什么时候|我|咱|家|房间|灯|门|窗|温度"
    r"|音乐|闹钟|清单|笑话|故事|诗|谜语|随机|骰子|再|今|明日|昨日|最新|ニュース|天気|時間|何時|日付|いつ"
    r"|私|僕|俺|うち|部屋|ライト|電気|ドア|窓|温度|音楽|アラーム|リスト|冗談|話|物語|なぞなぞ|サイコロ|また"
    r"|지금|오늘|내일|어제|최신|뉴스|날씨|시간|몇 시|날짜|언제|나|내|저|제|우리|집|방|조명|불|문"
    r"|온도|음악|알람|목록|농담|이야기|시|수수께끼|주사위|또|다시",
    re.IGNORECASE,
)
Key = tuple[str, ...]


def may_be_kept(question: str) -> bool:
    """Whether an answer to it holds for a while, whoever asks; in doubt it does not."""
    return bool(plain(question)) and _PASSING.search(question) is None


class ReplyCache:
    """The answers that were used last. Pure."""

    def __init__(self, size: int, now: Callable[[], float], seconds: float = _SECONDS) -> None:
        """`now` gives seconds; after `seconds` an answer is not given any more."""
        self._size = size
        self._now = now
        self._seconds = seconds
        self._replies: OrderedDict[Key, tuple[float, str]] = OrderedDict()

    def clear(self) -> None:
        """Keep none of them."""
        self._replies.clear()

    def __len__(self) -> int:
        return len(self._replies)

    def get(self, key: Key) -> str | None:
        """The answer, which is used now; None where there is none."""
        made, reply = self._replies.get(key, (0.0, ""))
        if not reply:
            return None
        if self._now() - made > self._seconds:
            del self._replies[key]
            return None
        self._replies.move_to_end(key)
        return reply

    def put(self, key: Key, reply: str) -> None:
        """Keep an answer in place of the one that was used longest ago."""
        if not reply or len(reply) > _LONGEST or self._size <= 0:
            return
        self._replies[key] = (self._now(), reply)
        self._replies.move_to_end(key)
        if len(self._replies) > self._size:
            self._replies.popitem(last=False)


def key_of(text: str, language: str, history: History) -> Key:
    """Equal for the same words after the same turns."""
    turns = history.exchanges[-_TURNS:]
    return (language, plain(text), *(part for one in turns for part in (one.said, one.heard)))


@dataclass(frozen=True, slots=True)
class Known:
    """What a model is told besides the question."""

    history: History
    profile: Callable[[], Sequence[str]] = tuple


class RememberingModel:
    """A model that is not asked again what it has answered just so."""

    def __init__(self, model: Thinker, known: Known, cache: ReplyCache) -> None:
        self._model = model
        self._known = known
        self._cache = cache

    def begin(self, text: str, language: str) -> None:
        """Think about what `answer` will probably be asked."""
        if self._kept(text, language) is None:
            self._model.begin(text, language)

    def drop(self) -> None:
        """It was not that."""
        self._model.drop()

    async def answer(self, text: str, language: str) -> Answer | None:
        """What it answered before, else what it answers now; raises what the model raises."""
        kept = self._kept(text, language)
        if kept is not None:
            self._model.drop()
            return Answer(kept, language)
        key = key_of(text, language, self._known.history)
        answer = await self._model.answer(text, language)
        if answer is None or answer.stream is None or not self._is_for_all(text):
            return answer
        return replace(answer, stream=_Noted(answer.stream, key, self._cache))

    def _kept(self, text: str, language: str) -> str | None:
        if not self._is_for_all(text):
            return None
        return self._cache.get(key_of(text, language, self._known.history))

    def _is_for_all(self, text: str) -> bool:
        """Who is told of a person may answer for that person."""
        return may_be_kept(text) and not self._known.profile()


class _Noted:
    """An AnswerStream whose words are kept when it has come to its end without a tool."""

    def __init__(self, stream: AnswerStream, key: Key, cache: ReplyCache) -> None:
        self._stream = stream
        self._key = key
        self._cache = cache
        self._words: list[str] | None = []

    def __aiter__(self) -> "_Noted":
        return self

    async def __anext__(self) -> str | Calls:
        """The next piece. Raises what the stream raises."""
        try:
            piece = await anext(self._stream)
        except StopAsyncIteration:
            if self._words:
                self._cache.put(self._key, "".join(self._words))
            raise
        if isinstance(piece, Calls):
            self._words = None
        elif self._words is not None:
            self._words.append(piece)
        return piece

    async def aclose(self) -> None:
        """Want no more of it; idempotent."""
        await self._stream.aclose()
