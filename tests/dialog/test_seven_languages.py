"""English, Chinese, Japanese, Korean, German, French, Spanish: what people say to a home."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from device.dialog.agent import LocalAgent
from device.dialog.base import DialogContext
from device.dialog.templates import Templates
from device.types import Domain, Entity
from tests.dialog.agendas import Speaker
from tests.dialog.test_drawn_sentences import ObedientHome

LANGUAGES = tomllib.loads(
    Path(__file__).with_name("seven_languages.toml").read_text(encoding="utf-8")
)
ROWS = [
    (language, text, intent, things, slots)
    for language, spoken in LANGUAGES.items()
    for text, intent, things, slots in spoken["said"]
]


@cache
def home(language: str) -> tuple[Entity, ...]:
    """The same things, called and placed as people do who speak the language."""
    named = LANGUAGES[language]
    living = named["living_room"]
    return (
        Entity("light.k", named["lamp"], Domain.LIGHT, named["room"]),
        Entity("light.b", named["other_lamp"], Domain.LIGHT, named["other_room"]),
        Entity("climate.a", named["heating"], Domain.CLIMATE, living),
        Entity("cover.c", named["cover"], Domain.COVER, living,
               attributes={"device_class": "curtain"}),
        Entity("lock.d", named["door"], Domain.LOCK),
        Entity("fan.f", named["fan"], Domain.FAN, named["other_room"]),
        Entity("scene.s", named["scene"], Domain.SCENE),
    )  # fmt: skip


@cache
def templates(language: str) -> Templates:
    return Templates(language, home(language), LANGUAGES[language]["room"])


@pytest.mark.parametrize(("language", "text", "intent", "things", "slots"), ROWS)
def test_what_native_speakers_say_is_understood(
    language: str, text: str, intent: str, things: list[str], slots: dict[str, Any]
) -> None:
    said = templates(language).recognize(text)

    assert said is not None
    assert said.intent.name == intent
    assert [one.id for one in said.targets] == things
    assert slots.items() <= said.intent.slots.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_people_ask_of_a_speaker_is_among_what_is_understood(language: str) -> None:
    asked = {intent for spoken, _, intent, _, _ in ROWS if spoken == language}
    assert asked >= {
        "HassTurnOn", "HassTurnOff", "HassLightSet", "HassClimateSetTemperature",
        "HassClimateGetTemperature", "HassGetCurrentTime", "HassGetCurrentDate", "HassStartTimer",
        "HassCancelTimer", "HassTimerStatus", "ParlorSetAlarm", "ParlorAddItem", "ParlorReadList",
        "ParlorRemoveItem", "HassSetVolume", "HassSetVolumeRelative",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", ["ParlorStop", "ParlorSnooze", "ParlorNo"])
def test_whoever_says_stop_means_stop(language: str, intent: str) -> None:
    phrases = agent(language).phrases([intent], language)

    assert phrases
    meant = {text: agent(language).meant(text, language)[0] for text in phrases}
    assert set(meant.values()) == {intent}, meant


@cache
def agent(language: str) -> LocalAgent:
    return LocalAgent(
        home(language), ObedientHome(), language=language, area=LANGUAGES[language]["room"]
    )


@pytest.mark.parametrize(("language", "text", "intent", "things", "slots"), ROWS)
def test_every_reply_is_in_the_language_and_none_is_a_bare_ok(
    language: str, text: str, intent: str, things: list[str], slots: dict[str, Any]
) -> None:
    answer = agent(language).answer(text, language, DialogContext())

    assert answer.language.split("-")[0] == language
    assert answer.text != "OK", answer.intent
    assert "{" not in answer.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ja", [
            ("ピザのタイマーを10分でセットして", "ピザの10分のタイマーを始めました"),
            ("あと何分", "ピザのタイマー、残り10分です"),
            ("タイマーを5分延長して", "タイマーを延ばしました"),
            ("タイマーを取り消して", "タイマーを取り消しました"),
            ("あと何分", "タイマーはありません"),
            ("明日の朝7時半に起こして", "アラームをセットしました。明日7:30です。"),
            ("アラームは何時ですか", "アラームは明日7:30に鳴ります。"),
            ("牛乳を買い物リストに追加して", "買い物リストに牛乳を追加しました。"),
            ("買い物リストには何がある", "買い物リストは、牛乳です。"),
            ("買い物リストに卵を入れて", "買い物リストに卵を追加しました。"),
            ("買い物リストには何がある", "買い物リストは、牛乳、卵です。"),
            ("買い物リストから牛乳を消して", "買い物リストから牛乳を消しました。"),
            ("１０分後にゴミを出すって教えて", "今日12:10にお知らせします。ゴミを出す。"),
        ]),
        ("ko", [
            ("피자 타이머 십 분 맞춰 줘", "피자 10분 타이머를 설정했습니다"),
            ("타이머 얼마나 남았어?", "10분 남았습니다."),
            ("타이머 5분 추가해 줘", "타이머를 늘렸습니다"),
            ("타이머 취소해줘", "타이머를 취소했습니다"),
            ("내일 아침 일곱 시 반에 깨워줘", "알람을 맞췄습니다. 내일 7:30입니다."),
            ("알람이 언제야", "알람은 내일 7:30에 울립니다."),
            ("쇼핑 목록에 우유 추가해줘", "쇼핑 목록에 추가했습니다. 우유."),
            ("쇼핑 목록에 뭐 있어", "쇼핑 목록에는 우유 있습니다."),
            ("쇼핑 목록에서 우유 빼줘", "쇼핑 목록에서 뺐습니다. 우유."),
        ]),
    ],
)  # fmt: skip
def test_timers_alarms_and_lists_live_their_life(
    language: str, said: list[tuple[str, str]], tmp_path: Path
) -> None:
    speaker = Speaker(tmp_path, language)

    assert [(text, speaker.ask(text)) for text, _ in said] == said


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "キッチン の 電気 を つけて"),
        ("ja", "キッチンの電気を、つけてください。"),
        ("ko", "주방조명켜줘"),
        ("ko", "주방 조명 켜 줘!"),
        ("zh", "打开 厨房 灯"),
    ],
)
def test_where_the_spaces_are_does_not_matter(language: str, text: str) -> None:
    said = templates(language).recognize(text)

    assert said is not None
    assert [one.id for one in said.targets] == ["light.k"]


def test_wide_letters_and_digits_are_the_same_as_plain_ones() -> None:
    said = templates("ja").recognize("キッチンの電気を５０％にして")
    assert said is not None
    assert said.intent.slots["brightness"] == 50

    tv = Templates("ko", [Entity("switch.tv", "거실 ＴＶ", Domain.SWITCH, "거실")])
    for text in ("거실 TV 켜 줘", "거실TV켜줘"):
        said = tv.recognize(text)
        assert said is not None
        assert [one.id for one in said.targets] == ["switch.tv"]
