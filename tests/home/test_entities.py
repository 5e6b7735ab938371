import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.config import EntityConfig
from device.errors import ConfigError
from device.home.entities import load_devices, slug
from device.types import Domain


def light(name: str, area: str = "", **more: object) -> EntityConfig:
    return EntityConfig.model_validate({"name": name, "domain": "light", "area": area, **more})


def test_ids_are_made_from_names() -> None:
    devices = load_devices([light("Kitchen Light"), light("Lampe über Tisch")])

    assert [device.entity.id for device in devices] == [
        "light.kitchen_light",
        "light.lampe_über_tisch",
    ]


def test_a_name_in_two_rooms_is_two_things() -> None:
    devices = load_devices([light("lamp", "Kitchen"), light("lamp", "Hall")])

    assert [device.entity.id for device in devices] == ["light.kitchen_lamp", "light.hall_lamp"]


@pytest.mark.parametrize(
    "other",
    [
        light("Lamp", "Kitchen", id="light.two"),
        light("lamp", "", id="light.two"),
        light("other", "Kitchen", aliases=["LAMP"], id="light.two"),
    ],
)
def test_an_entity_named_twice_is_refused_and_both_are_named(other: EntityConfig) -> None:
    with pytest.raises(ConfigError, match=r"named twice, by light\.one and light\.two"):
        load_devices([light("lamp", "Kitchen", id="light.one"), other])


def test_two_entities_with_one_id_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"same id 'light\.x'"):
        load_devices([light("a", id="light.x"), light("b", id="light.x")])


def test_every_mistake_is_listed_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        load_devices([light(""),
                      light("b", payloads={"explode": "x", "turn_on": "{volumes}"}),
                      light("c", value_key="{{ value")])  # fmt: skip

    for word in ("empty name", "'explode'", "{volumes}", "'{{ value'"):
        assert word in str(caught.value)


def test_what_is_never_commanded_needs_no_topic() -> None:
    (device,) = load_devices([EntityConfig(name="door", domain=Domain.BINARY_SENSOR)])

    assert device.commands == {}
    assert device.report.topic == ""


@given(st.text())
def test_any_name_gives_a_usable_object_id(name: str) -> None:
    made = slug(name)

    assert made
    assert not any(character.isspace() or character in "./#+" for character in made)
