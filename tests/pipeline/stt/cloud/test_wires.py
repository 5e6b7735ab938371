"""The words of the services, without a connection."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import DeviceError, EngineError
from device.pipeline.stt.cloud import tencent
from device.pipeline.stt.cloud.deepgram import Deepgram, DeepgramSentence
from device.pipeline.stt.cloud.iflytek import Iflytek, IflytekSentence
from device.pipeline.stt.cloud.locales import locale
from device.pipeline.stt.cloud.tencent import Tencent, TencentSentence
from device.pipeline.stt.cloud.wire import Wire, joined

THEN = 1_562_744_143.0
"""Wed, 10 Jul 2019 07:35:43 GMT."""


def test_tencent_is_signed_as_its_documentation_shows() -> None:
    asked = {
        "voice_id": "RnKu9FODFHK5FPpsrN", "voice_format": 1, "timestamp": 1592294092,
        "secretid": "AKIDoQq1zhZMN8dv0psmvud6OUKuGPO7pu0r", "nonce": 1592294092123, "needvad": 1,
        "filter_punc": 1, "filter_modal": 1, "filter_dirty": 1, "expired": 1592380492,
        "engine_model_type": "16k_zh",
    }  # fmt: skip
    url = tencent.signed_url(
        "wss://asr.cloud.tencent.com/asr/v2/1259228442", asked, "kFpwoX5RYQ2SkqpeHgqmSzHK7h3A2fni"
    )
    assert url == (
        "wss://asr.cloud.tencent.com/asr/v2/1259228442?engine_model_type=16k_zh&expired=1592380492"
        "&filter_dirty=1&filter_modal=1&filter_punc=1&needvad=1&nonce=1592294092123"
        "&secretid=AKIDoQq1zhZMN8dv0psmvud6OUKuGPO7pu0r&timestamp=1592294092&voice_format=1"
        "&voice_id=RnKu9FODFHK5FPpsrN&signature=HepdTRX6u155qIPKNKC%2B3U0j1N0%3D"
    )


def test_iflytek_is_signed_as_its_documentation_shows() -> None:
    engine = Iflytek(
        "wss://iat-api.xfyun.cn/v2/iat", "app", "keyxxxxxxxx8ee279348519exxxxxxxx",
        "secretxxxxxxxx2df7900c09xxxxxxxx",
    )  # fmt: skip
    asked = parse_qs(urlsplit(engine.address("zh", THEN).url).query)
    assert asked["date"] == ["Wed, 10 Jul 2019 07:35:43 GMT"]
    assert asked["host"] == ["iat-api.xfyun.cn"]
    assert asked["authorization"] == [
        "YXBpX2tleT0ia2V5eHh4eHh4eHg4ZWUyNzkzNDg1MTlleHh4eHh4eHgiLCBhbGdvcml0aG09ImhtYWMtc2hhMjU2I"
        "iwgaGVhZGVycz0iaG9zdCBkYXRlIHJlcXVlc3QtbGluZSIsIHNpZ25hdHVyZT0iSHAzVHk0WmtTQm1MOGpLeU9McF"
        "FpdjlTcjVudm1lWUVIN1dzTC9aTzJKZz0i"
    ]


@pytest.mark.parametrize(
    ("language", "model"), [("zh", "16k_zh"), ("zh-TW", "16k_zh-TW"), ("en-GB", "16k_en")]
)
def test_tencent_has_a_model_for_each_language(language: str, model: str) -> None:
    url = Tencent("wss://x/asr/v2", "1", "id", "key").address(language, THEN).url
    assert parse_qs(urlsplit(url).query)["engine_model_type"] == [model]


def test_every_sentence_is_signed_anew() -> None:
    engine = Tencent("wss://x/asr/v2", "1", "id", "key")
    assert engine.address("zh", THEN) != engine.address("zh", THEN)


def test_a_language_that_a_service_does_not_know_is_told() -> None:
    with pytest.raises(EngineError, match="'nl'"):
        Tencent("wss://x/asr/v2", "1", "id", "key").address("nl", THEN)
    with pytest.raises(EngineError, match="country"):
        IflytekSentence("app", "tlh")


@pytest.mark.parametrize(
    ("language", "told"), [("en", "en-US"), ("pt-PT", "pt-PT"), ("zh_tw", "zh-TW"), ("sv", "sv-SE")]
)
def test_a_language_gets_the_country_that_most_speak_it_in(language: str, told: str) -> None:
    assert locale(language) == told


def test_deepgram_tells_what_is_final_and_what_is_not() -> None:
    heard = DeepgramSentence()
    for text, is_final in (("turn", False), ("turn on", True), ("the", False), ("the light", True)):
        heard.take(_results(text, is_final))
    assert heard.heard.text == "turn on the light"
    assert heard.heard.confidence == pytest.approx(0.9)
    heard.take(_results("and", False))
    assert heard.heard.text == "turn on the light and"
    assert heard.take('{"type": "SpeechStarted"}') is False
    assert heard.take('{"type": "Metadata"}') is True


def test_deepgram_says_what_it_gives_up() -> None:
    with pytest.raises(EngineError, match="NET-0001"):
        DeepgramSentence().take('{"type": "Error", "err_code": "NET-0001"}')


def test_deepgram_is_asked_for_what_is_documented() -> None:
    address = Deepgram("wss://api.deepgram.com/v1", "k", "nova-3", 300).address("de", THEN)
    assert address.headers == {"Authorization": "Token k"}
    assert address.url.startswith("wss://api.deepgram.com/v1/listen?model=nova-3&language=de&")
    assert "interim_results=true&endpointing=300" in address.url
    assert Deepgram("ws://nas.local", "", "m", 300).address("de", THEN).headers == {}


def test_tencent_puts_pieces_in_the_order_of_their_numbers() -> None:
    heard = TencentSentence()
    for index, text in ((1, "light"), (0, "turn"), (0, "turn on the")):
        heard.take(_piece(index, text))
    assert heard.heard.text == "turn on the light"
    assert heard.take('{"code": 0, "final": 1}') is True


@pytest.mark.parametrize(("code", "told"), [(4002, "key"), (4005, "paid"), (5000, "5000")])
def test_tencent_says_why_it_does_not_listen(code: int, told: str) -> None:
    with pytest.raises(EngineError, match=told) as caught:
        TencentSentence().take(json.dumps({"code": code, "message": "what was said"}))
    assert "what was said" not in str(caught.value)


def test_iflytek_replaces_what_it_corrects() -> None:
    heard = IflytekSentence("app", "zh")
    heard.take(_result(1, ["今天"], "apd"))
    heard.take(_result(2, ["天", "七"], "apd"))
    assert heard.heard.text == "今天天七"
    heard.take(_result(3, ["今天", "天气"], "rpl", [1, 2]))
    assert heard.heard.text == "今天天气"
    assert heard.take(_result(4, ["。"], "apd", status=2)) is True
    assert heard.heard.text == "今天天气。"


def test_iflytek_appends_what_it_does_not_correct() -> None:
    heard = IflytekSentence("app", "en")
    heard.take(_result(1, ["turn", "on"]))
    heard.take(_result(2, ["the", "light", "."]))
    assert heard.heard.text == "turn on the light."


def test_iflytek_is_told_about_the_application_once() -> None:
    sentence = IflytekSentence("app", "zh")
    first, second = (json.loads(sentence.audio(b"\0\0")[0]) for _ in range(2))
    assert first["common"] == {"app_id": "app"}
    assert first["business"]["dwa"] == "wpgs"
    assert set(second) == {"data"}
    (last,) = sentence.end()
    assert [first["data"]["status"], second["data"]["status"]] == [0, 1]
    assert json.loads(last)["data"]["status"] == 2
    assert IflytekSentence("app", "zh").end() == ()


def test_scripts_without_gaps_get_none() -> None:
    assert joined(["打开", "灯"]) == "打开灯"
    assert joined(["불을", "켜 줘"]) == "불을 켜 줘"
    assert joined(["turn on", "", " the light ", "."]) == "turn on the light."


_NAMES = [
    "type", "code", "data", "result", "channel", "alternatives", "is_final", "final", "status",
    "sn", "ws", "pgs", "rg", "index", "voice_text_str", "transcript", "confidence",
]  # fmt: skip
_SCALARS = st.sampled_from([None, True, 0, 1, 2, -1, 0.5, "", "rpl", "Results", "x"])
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", ["deepgram", "tencent", "iflytek"])
@given(answers=st.lists(_JSON, max_size=3))
def test_whatever_comes_is_read_or_refused(name: str, answers: list[Any]) -> None:
    wires: dict[str, Wire] = {
        "deepgram": DeepgramSentence(), "tencent": TencentSentence(),
        "iflytek": IflytekSentence("app", "zh"),
    }  # fmt: skip
    try:
        for answer in answers:
            wires[name].take(json.dumps(answer))
    except (DeviceError, LookupError, TypeError, ValueError, AttributeError):
        return  # what the connection calls an answer that is not as documented
    assert isinstance(wires[name].heard.text, str)


def _results(text: str, is_final: bool) -> str:
    best = {"transcript": text, "confidence": 0.9}
    answer = {"type": "Results", "channel": {"alternatives": [best]}, "is_final": is_final}
    return json.dumps(answer)


def _piece(index: int, text: str) -> str:
    result = {"slice_type": 1, "index": index, "voice_text_str": text}
    return json.dumps({"code": 0, "result": result})


def _result(
    number: int, words: list[str], pgs: str = "", rg: list[int] | None = None, status: int = 1
) -> str:
    ws = [{"cw": [{"w": word}]} for word in words]
    result: dict[str, Any] = {"sn": number, "ws": ws} | ({"pgs": pgs} if pgs else {})
    if rg:
        result["rg"] = rg
    return json.dumps({"code": 0, "data": {"result": result, "status": status}})
