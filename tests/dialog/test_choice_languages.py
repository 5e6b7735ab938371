import pytest

from device.dialog.base import Choose, DialogContext
from device.types import Domain, Entity
from tests.dialog.talks import LAMPS, Talk, moved

COMMANDS = {
    "en": "turn on lamp",
    "de": "schalte lamp ein",
    "fr": "allume lamp",
    "es": "enciende lamp",
    "it": "accendi lamp",
    "nl": "zet lamp aan",
    "pt": "liga lamp",
    "zh": "打开lamp",
    "ja": "lampをつけて",
    "ko": "lamp 켜 줘",
    "sv": "tänd lamp",
}
ANSWERS = ("HassTurnOn", "ParlorChoose", "HassNevermind", "ParlorStop")


@pytest.mark.parametrize(
    ("language", "rooms", "command", "answers"),
    [
        ("de", ("Schlafzimmer", "Küche"), "schalte die lamp ein",
         ("die in der Küche", "in der Küche", "Küche", "die zweite",
          "die lamp in der Küche")),
        ("fr", ("chambre", "bureau"), "allume la lamp",
         ("celle du bureau", "dans le bureau", "bureau", "la deuxième", "la lamp du bureau")),
        ("es", ("dormitorio", "cocina"), "enciende la lamp",
         ("la de la cocina", "en la cocina", "cocina", "la segunda", "la lamp de la cocina")),
        ("it", ("camera", "ufficio"), "accendi la lamp",
         ("quella dell'ufficio", "in ufficio", "ufficio", "la seconda", "la lamp in ufficio")),
        ("nl", ("slaapkamer", "keuken"), "zet de lamp aan",
         ("die in de keuken", "in de keuken", "keuken", "de tweede", "de lamp in de keuken")),
        ("pt", ("quarto", "cozinha"), "liga a lamp",
         ("a da cozinha", "na cozinha", "cozinha", "a segunda", "a lamp da cozinha")),
        ("ja", ("寝室", "書斎"), "lampをつけて",
         ("書斎の方", "書斎の", "書斎", "二つ目の方", "書斎のlamp")),
        ("ko", ("침실", "서재"), "lamp 켜 줘",
         ("서재에 있는 거", "서재 쪽", "서재", "두 번째", "서재 lamp")),
        ("zh", ("卧室", "书房"), "打开lamp",
         ("书房的那个", "书房里的", "书房", "书房那一个", "第二个", "书房的lamp")),
    ],
)  # fmt: skip
def test_in_every_language_the_room_is_enough(
    language: str, rooms: tuple[str, str], command: str, answers: tuple[str, ...]
) -> None:
    home = tuple(
        Entity(f"light.{index}", "lamp", Domain.LIGHT, room) for index, room in enumerate(rooms)
    )
    talk = Talk(home, language)
    for text in answers:
        assert moved(talk.say(command, text)) == ["light.1"], text


@pytest.mark.parametrize(
    ("language", "both", "every", "no"),
    [
        ("de", "beide", "alle", "nein"),
        ("fr", "les deux", "toutes", "non"),
        ("es", "las dos", "todas", "no"),
        ("it", "tutte e due", "tutte", "no"),
        ("nl", "allebei", "allemaal", "nee"),
        ("pt", "as duas", "todas", "não"),
        ("zh", "两个都要", "全部", "不要"),
        ("ja", "両方", "全部", "いいえ"),
        ("ko", "둘 다", "전부", "아니요"),
    ],
)
def test_in_every_language_both_and_all_and_none_can_be_meant(
    language: str, both: str, every: str, no: str
) -> None:
    talk = Talk(LAMPS, language)
    command = COMMANDS[language]

    assert moved(talk.say(command, both)) == ["light.bed", "light.desk"]
    assert moved(talk.say(command, every)) == ["light.bed", "light.desk"]
    left = talk.say(command, no)
    assert (left.actions, left.pending) == ((), None)
    assert left.text


def test_a_language_without_sentences_for_it_understands_the_bare_room() -> None:
    assert moved(Talk(LAMPS, "sv").say("tänd lamp", "office")) == ["light.desk"]


@pytest.mark.parametrize("language", COMMANDS)
def test_what_is_expected_is_understood_as_an_answer(language: str) -> None:
    talk = Talk(LAMPS, language)
    pending = talk.say(COMMANDS[language]).pending
    assert isinstance(pending, Choose)

    assert "Office" in pending.expected
    assert len(pending.expected) < 200
    for text in pending.expected:
        answer = talk.agent.answer(text, language, DialogContext(pending=pending))
        assert answer.intent is not None
        assert answer.intent.name in ANSWERS, text
        assert moved(answer) == ["light.desk"] or "Office" not in text, text
