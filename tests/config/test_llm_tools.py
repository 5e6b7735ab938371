"""A language model that acts: the whole speaker, a real broker, and a server that streams."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.llm_request import Json
from benchmarks.llm_server import MODEL, FakeLlm, Fault, Wanted, serving
from device import events as e
from tests.config.story import Story, Values, tell, types

pytest.importorskip("openai")
pytestmark = pytest.mark.broker

LAMPS = [
    {"name": "kitchen light", "domain": "light", "area": "Kitchen", "preset": "zigbee2mqtt"},
    {"name": "hall light", "domain": "light", "area": "Hall", "preset": "zigbee2mqtt"},
    {"name": "front door", "domain": "lock", "area": "Hall", "preset": "zigbee2mqtt"},
]
DARK = "it is so gloomy in here"


@pytest.fixture
def fake() -> Iterator[FakeLlm]:
    with serving(FakeLlm(lambda told: f"All right. {told}")) as running:
        yield running


def wants(fake: FakeLlm, *wanted: Wanted) -> None:
    """Let the model call for these, and then answer."""
    fake.wants = lambda request: wanted if request["messages"][-1]["role"] == "user" else ()


Configured = Callable[..., Values]


@pytest.fixture
def speaker(fake: FakeLlm, broker: Broker, clock_stt: Values, key_file: Path) -> Configured:
    """The configuration of a speaker with three things at home, and a model."""

    def configured(**llm: object) -> Values:
        return {
            "stt": clock_stt,
            "llm": {"base_url": fake.url, "model": MODEL, "key_file": key_file, **llm},
            "mqtt": broker.config.model_dump(),
            "home": {"entity": LAMPS, "confirm_seconds": 1},
        }

    return configured


def replies(story: Story) -> list[str]:
    return [event.text for event in story.of(e.ReplyText) if event.is_final]


def sent(story: Story) -> list[tuple[str, str]]:
    return [(event.entity, event.service) for event in story.of(e.ActionRequested)]


def results(request: Json) -> list[Json]:
    """What a model was told of its calls."""
    told = [one["content"] for one in request["messages"] if one["role"] == "tool"]
    return [json.loads(text) for text in told]


def test_it_turns_on_two_lamps_at_once_and_its_words_are_said(
    fake: FakeLlm, speaker: Configured
) -> None:
    wants(
        fake, ("HassTurnOn", '{"name": "Kitchen Light"}'), ("HassTurnOn", '{"name": "hall light"}')
    )
    story = tell(speaker(), types(DARK))
    assert sent(story) == [("light.kitchen_light", "turn_on"), ("light.hall_light", "turn_on")]
    first, second = fake.asked
    assert [one["function"]["name"] for one in first["tools"]].count("HassTurnOn") == 1
    assert results(second) == [
        {"result": "Turned on the light", "sent_to": ["light.kitchen_light"]},
        {"result": "Turned on the light", "sent_to": ["light.hall_light"]},
    ]
    assert replies(story)[0].startswith("All right.")
    assert fake.refused == []


def test_without_tools_it_only_talks(fake: FakeLlm, speaker: Configured) -> None:
    story = tell(speaker(tools=False), types(DARK))
    assert "tools" not in fake.asked[0]
    assert sent(story) == []


def test_a_lock_is_opened_after_a_spoken_yes_whatever_the_model_says(
    fake: FakeLlm, speaker: Configured
) -> None:
    wants(fake, ("HassTurnOff", '{"name": "front door"}'), ("HassTurnOn", '{"name":"hall light"}'))
    story = tell(speaker(), types("let my mother in please", "yes"))
    assert replies(story)[0] == "Shall I really unlock front door? Say yes or no."
    # The lamp that needs no yes is on at once, and the model had no say in between.
    assert sent(story) == [("light.hall_light", "turn_on"), ("lock.front_door", "unlock")]
    assert len(fake.asked) == 1


def test_no_opens_nothing(fake: FakeLlm, speaker: Configured) -> None:
    wants(fake, ("HassTurnOff", '{"name": "front door"}'))
    story = tell(speaker(), types("let my mother in please", "no"))
    assert replies(story)[1] == "All right, I left it as it is."
    assert sent(story) == []


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        (("HassLaunchRocket", "{}"), "there is no tool"),
        (("ParlorYes", "{}"), "there is no tool"),
        (("HassTurnOn", '{"name": "kitch'), "no JSON"),
        (("HassTurnOn", '["kitchen light"]'), "no JSON object"),
        (("HassTurnOn", '{"name": "attic light"}'), "nothing is called so"),
        (("HassTurnOn", "{}"), "Give a name or a domain"),
        (("HassTurnOn", '{"entity_id": ["lock.front_door"]}'), "unknown argument"),
        (("HassLightSet", '{"name":"hall light","brightness":400}'), "brightness must be"),
        (("HassLightSet", '{"name": "hall light"}'), "cannot do that"),
        (("ParlorAddItem", "{}"), "cannot be done like that"),
    ],
)
def test_what_cannot_be_done_is_told_to_the_model_and_nothing_is_done(
    fake: FakeLlm, speaker: Configured, wanted: Wanted, complaint: str
) -> None:
    wants(fake, wanted)
    story = tell(speaker(), types(DARK))
    (told,) = results(fake.asked[-1])
    assert complaint in str(told)
    assert sent(story) == []
    assert replies(story)[0].startswith("All right.")


def test_a_model_that_never_comes_to_an_end_is_stopped_and_that_is_said(
    fake: FakeLlm, speaker: Configured
) -> None:
    fake.wants = lambda _request: (("HassGetCurrentTime", "{}"),)
    story = tell(speaker(), types(DARK))
    assert replies(story) == ["My language model did not get to an answer."]
    assert len(fake.asked) == 6
    assert "tools" not in fake.asked[-1]


def test_states_are_told_when_they_are_asked_for(fake: FakeLlm, speaker: Configured) -> None:
    wants(fake, ("HassGetState", '{"area": "Hall"}'))
    tell(speaker(), types(DARK))
    (told,) = results(fake.asked[-1])
    names = [one["name"] for one in json.loads(told["result"])["things"]]
    assert names == ["hall light", "front door"]


@pytest.mark.parametrize("silent", ["", "😀"])
def test_where_the_model_has_no_words_the_speaker_has_its_own(
    broker: Broker, clock_stt: Values, key_file: Path, silent: str
) -> None:
    with serving(FakeLlm(lambda _told: silent)) as fake:
        wants(fake, ("HassTurnOn", '{"name": "hall light"}'))
        llm = {"base_url": fake.url, "model": MODEL, "key_file": key_file}
        home = {"entity": LAMPS, "confirm_seconds": 1}
        config = {"stt": clock_stt, "llm": llm, "mqtt": broker.config.model_dump(), "home": home}
        story = tell(config, types(DARK))
    assert replies(story)[0].endswith("Turned on the light")


def test_what_was_done_before_the_server_died_is_said_too(
    fake: FakeLlm, speaker: Configured
) -> None:
    def wanted(_request: Json) -> list[Wanted]:
        fake.fault = Fault.BROKEN
        return [("HassTurnOn", '{"name": "hall light"}')]

    fake.wants = wanted
    story = tell(speaker(), types(DARK))
    assert sent(story) == [("light.hall_light", "turn_on")]
    said = "Turned on the light\nI cannot reach my language model right now."
    assert replies(story)[0] == said
    # Nothing is asked twice once something was done.
    assert len(fake.refused) == 1
