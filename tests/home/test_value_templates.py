import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import HomeError
from device.home.value_templates import (
    MAXIMUM_PAYLOAD,
    as_key,
    check_template,
    read_value,
    write_payload,
)

LOOKUPS = {
    "{{ value_json.state }}": "state",
    "{{value_json.a.b}}": "a.b",
    "{{ value_json['AM2301']['Temperature'] }}": "AM2301.Temperature",
    '{{ value_json["state"] }}': "state",
    "{{ value }}": "",
    "": "",
}


@pytest.mark.parametrize(("template", "key"), LOOKUPS.items())
def test_a_template_that_looks_up_is_a_key(template: str, key: str) -> None:
    assert as_key(template) == key


@pytest.mark.parametrize(
    ("template", "payload", "value"),
    [
        ("{{ value_json.position | int }}", '{"position": "40.0"}', "40"),
        ("{{ (value | float / 10) | round(1) }}", "215", "21.5"),
        ("{{ value | replace('%', '') }}", "40%", "40"),
        ("{{ value_json.get('x', 'none') }}", "{}", "none"),
        ("{% if value_json.contact %}OFF{% else %}ON{% endif %}", '{"contact": true}', "OFF"),
        ("{% set names = {'a': 'idle'} %}{{ names[value_json.mode] }}", '{"mode": "a"}', "idle"),
        ("{{ 'ON' if value_json.x is defined else 'OFF' }}", "{}", "OFF"),
        ("{{ iif(value == '1', 'on', 'off') }}", "1", "on"),
        ("{{ value.split(',')[0] }}", "7,8", "7"),
        ("{{ value | int(default=5) }}", "x", "5"),
        ("{{ value_json | to_json }}", "[1]", "[1]"),
    ],
)
def test_templates_of_devices_are_read(template: str, payload: str, value: str) -> None:
    assert read_value(as_key(template), payload) == value


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        ("{{ value_json.missing }}", "{}"),
        ("{{ value_json.missing.deeper }}", "{}"),
        ("{{ value_json.state | is_defined }}", "{}"),
        ("{{ value_json.x | int }}", "no JSON"),
        ("{{ value | float }}", "warm"),
        ("{{ 1 / value | int }}", "0"),
        ("{{ value_json[9] }}", "[]"),
        ("{{ value | replace('a', value) }}", "a" * 5_000),
        ("{{ value ~ value }}", "a" * 5_000),
        ("{{ value | round(2) }}", "x" * (MAXIMUM_PAYLOAD + 1)),
        ("{{ value_json | to_json }}", "[" * 60_000),
        ("{{ 'a' * 1000000000 }}", ""),
        ("{{ '%999999999d' % 1 }}", ""),
        ("{{ value.__class__ }}", "x"),
        ("{{ ''.__class__.__mro__ }}", "x"),
    ],
)
def test_a_template_that_fails_says_nothing(template: str, payload: str) -> None:
    check_template(template)

    assert read_value(template, payload) is None


@pytest.mark.parametrize(
    "template",
    [
        "{{ value",
        "{% if value %}",
        "{{ value | no_such_filter }}",
        "{% for i in range(9) %}{{ i }}{% endfor %}",
        "{% macro x() %}{% endmacro %}",
        "{% include 'x' %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ range(100000) }}",
        "{{ lipsum(n=100000) }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ value | center(999999999) }}",
        "{% set a = value ~ value %}{% set b = a ~ a %}{{ b }}",
        "{% set a, b = value, value %}",
        "{{ " + "(" * 1_900 + "1" + ")" * 1_900 + " }}",
        "{{ " + "-" * 3_900 + "1 }}",
        "{{ value }}" * 500,
    ],
)
def test_a_template_that_could_take_long_is_refused(template: str) -> None:
    with pytest.raises(HomeError):
        check_template(template)


@pytest.mark.parametrize(
    ("template", "payload", "written"),
    [
        ("{{ value * 2 }}", "21", "42"),
        ('{"state": "{{ value }}"}', "ON", '{"state": "ON"}'),
        ("{{ red }};{{ green }};{{ blue }}", '{"red": 1, "green": 2, "blue": 3}', "1;2;3"),
        ("{{ value }}", "true", "true"),
    ],
)
def test_commands_are_written_with_numbers_and_names(
    template: str, payload: str, written: str
) -> None:
    assert write_payload(template, payload) == written


def test_a_command_template_that_fails_sends_nothing() -> None:
    with pytest.raises(HomeError, match="gives nothing"):
        write_payload("{{ value + 1 }}", "ON")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_template_and_no_payload_break_the_reading(template: str, payload: str) -> None:
    try:
        key = as_key(f"{{{{ {template} }}}}")
    except HomeError:
        return
    value = read_value(key, payload)
    assert value is None or value
