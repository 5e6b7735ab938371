"""What is told of what leaves, beside every key that could make something leave."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from device.care.leaving import Reach, What, leaving, reach
from device.config import Config
from device.config.cloud import CloudConfig

ALONE: dict[str, Any] = {"mqtt": {"enabled": False}}
LOCAL_ENGINES = {
    "dialog.engine": {"local", "duplex"},
    "stt.engines": {"command", "whisper", "openai-whisper"},
    "tts.engine": {"espeak", "piper"},
    "vad.engine": {"silero", "webrtc"},
    "wake.engine": {"cascade", "openwakeword", "microwakeword", "openwakeword-onnx"},
    "wake.word.engine": {"", "cascade", "openwakeword", "microwakeword", "openwakeword-onnx"},
}
"""Engines that send nothing to anybody. Whoever adds one that does describes it instead."""
ADDRESSES: dict[str, dict[str, Any]] = {
    "updates.url": {"updates": {"url": "https://far.example/index.json"}},
    "mqtt.host": {"mqtt": {"host": "far.example"}},
    "home.assistant": {"home": {"assistant": "http://far.example:8123"}},
    "llm.base_url": {"llm": {"base_url": "https://far.example/v1", "model": "m"}},
    "llm.server.base_url": {
        "llm": {"server": [{"base_url": "https://far.example/v1", "model": "m"}]}
    },
    "duplex.base_url": {
        "dialog": {"engine": "duplex"},
        "duplex": {"base_url": "http://far.example:8998"},
    },
    "gateway.livekit.url": {
        "gateway": {"livekit": {"url": "wss://far.example", "token_file": "token"}}
    },
    "gateway.ice_server.url": {"gateway": {"ice_server": [{"url": "stun:far.example:3478"}]}},
    "gateway.phone.base_url": {
        "gateway": {
            "phone": {
                "auth_token_file": "token",
                "public_url": "https://home.example",
                "base_url": "https://far.example",
            }
        }
    },
}
"""Every key that holds an address, and what makes something go there."""


def keys(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every key below a model: its path, annotation and field."""
    for name, field in model.model_fields.items():
        here = f"{path}.{name}" if path else name
        sections = [kind for kind in nested(field.annotation) if issubclass(kind, BaseModel)]
        for section in sections:
            yield from keys(section, here)
        if not sections:
            yield here, field.annotation, field


def nested(annotation: Any) -> Iterator[type]:
    """The classes in an annotation."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for one in get_args(annotation):
        if get_origin(annotation) is not Literal:
            yield from nested(one)


def choices(annotation: Any) -> set[str]:
    if get_origin(annotation) is Literal:
        return {str(one) for one in get_args(annotation)}
    return {choice for one in get_args(annotation) for choice in choices(one)}


def configured(values: dict[str, Any]) -> Config:
    return Config(**values)


def hosts(values: dict[str, Any]) -> list[str]:
    return [way.host for way in leaving(configured(values))]


def engines() -> list[tuple[str, str]]:
    return [
        (path, engine)
        for path, annotation, _ in keys(Config)
        if path.split(".")[-1] in ("engine", "engines")
        for engine in sorted(choices(annotation) - LOCAL_ENGINES.get(path, set()))
    ]


def values_for(path: str, engine: str) -> dict[str, Any]:
    """The configuration in which this engine is chosen."""
    section, *inner, name = path.split(".")
    value: Any = [engine] if name == "engines" else engine
    if inner:
        return {section: {inner[0]: [{"name": "computer", name: value}]}}
    return {section: {name: value}}


def test_an_untouched_speaker_on_its_own_sends_nothing() -> None:
    assert leaving(configured(ALONE)) == ()
    assert {way.reach for way in leaving(Config())} == {Reach.DEVICE}


def test_every_engine_that_can_be_chosen_is_local_or_described() -> None:
    for path, engine in engines():
        ways = hosts({**ALONE, **values_for(path, engine)})
        described = bool(ways) and all(ways)
        assert described, f"{path} = {engine!r} is not described in device/care/leaving.py"


def test_every_key_that_holds_an_address_is_described() -> None:
    found = {
        path
        for path, _, field in keys(Config)
        if re.search("http|wss|stun", f"{field.metadata} {field.description}")
        or path.split(".")[-1] == "host"
    }
    accounts = {path for path in found if path.startswith("cloud.")}
    # One listens at hosts; who hears what then is told all the same. From the mirror models are
    # fetched by who asks for them, and nothing is sent. At the last two others reach us.
    ours = {"metrics.host", "gateway.host", "wyoming.host", "mirror.models"}
    ours |= {"gateway.phone.public_url", "gateway.origins"}
    assert found - accounts - ours == ADDRESSES.keys()


@pytest.mark.parametrize("values", ADDRESSES.values(), ids=ADDRESSES)
def test_who_is_at_a_configured_address_is_told(values: dict[str, Any]) -> None:
    assert "far.example" in hosts(values)
    assert "far.example" not in hosts(ALONE)


def test_visitors_are_told_of_where_others_can_come() -> None:
    def told(host: str) -> list[str]:
        gateway = {"enabled": True, "host": host, "token_file": "token"}
        return hosts({**ALONE, "gateway": gateway})

    assert told("127.0.0.1") == []
    assert told("192.168.1.7") == ["192.168.1.7"]


def test_metrics_leave_where_others_can_read_them() -> None:
    def told(host: str) -> list[str]:
        return hosts({**ALONE, "metrics": {"enabled": True, "host": host}})

    assert (told("127.0.0.1"), told("::1")) == ([], [])
    assert told("192.168.1.7") == ["192.168.1.7"]
    assert hosts({**ALONE, "metrics": {"host": "192.168.1.7"}}) == []


def test_an_account_in_a_region_is_at_the_hosts_of_the_region() -> None:
    azure = {"region": "westeurope"}
    told = hosts({**ALONE, "tts": {"engine": "azure"}, "cloud": {"azure": azure}})
    assert told == ["westeurope.tts.speech.microsoft.com"]


def test_an_account_alone_sends_nothing() -> None:
    accounts = {
        name: {"base_url": f"https://{name}.example/v1"} for name in CloudConfig.model_fields
    }
    assert hosts({**ALONE, "cloud": accounts}) == []


def test_what_is_said_goes_to_the_broker_only_where_that_is_wanted() -> None:
    def told(**mqtt: Any) -> set[What]:
        return {what for way in leaving(configured({"mqtt": mqtt})) if way.when == "always"
                for what in way.what}  # fmt: skip

    assert What.TEXT not in told()
    assert What.TEXT in told(hermes=True)


def test_porcupine_asks_who_made_it_even_for_one_word_of_several() -> None:
    words = [{"name": "hey_jarvis"}, {"name": "computer", "engine": "porcupine"}]
    (way,) = leaving(configured({**ALONE, "wake": {"word": words}}))
    assert (way.what, way.reach) == ((What.KEY,), Reach.INTERNET)


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("localhost", Reach.DEVICE), ("127.0.0.1", Reach.DEVICE), ("::1", Reach.DEVICE),
        ("[::1]", Reach.DEVICE), ("nas", Reach.NETWORK), ("nas.local", Reach.NETWORK),
        ("192.168.1.9", Reach.NETWORK), ("10.0.0.1", Reach.NETWORK), ("fe80::1", Reach.NETWORK),
        ("fd00::1", Reach.NETWORK), ("8.8.8.8", Reach.INTERNET),
        ("2001:4860:4860::8888", Reach.INTERNET),
        ("api.openai.com", Reach.INTERNET), ("local.example.com", Reach.INTERNET),
        ("localhost.example.com", Reach.INTERNET),
    ],
)  # fmt: skip
def test_an_address_tells_how_far_something_goes(host: str, where: Reach) -> None:
    assert reach(host) is where


@given(st.text())
def test_whatever_is_configured_as_a_host_has_a_reach(host: str) -> None:
    assert reach(host) in Reach


@pytest.mark.parametrize("shared", [True, False])
def test_a_model_is_told_of_people_only_where_that_is_shared(shared: bool) -> None:
    llm = {"base_url": "https://far.example/v1", "model": "m"}
    (way,) = leaving(configured({**ALONE, "llm": llm, "dialog": {"share_profile": shared}}))
    assert (What.PROFILE in way.what) is shared
