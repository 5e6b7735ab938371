"""What the role writes as parlor.toml is what the inventory says."""

import datetime
import importlib.util
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

_FILE = Path(__file__).parents[2] / "ansible/roles/parlor/filter_plugins/toml.py"
_SPEC = importlib.util.spec_from_file_location("role_toml", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    _TEXTS,
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=4)
    ),
    max_leaves=8,
)


def to_toml(sections: dict[str, Any]) -> str:
    text: str = _MODULE.to_toml(sections)
    return text


def without_empty_sections(sections: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sections.items() if value != {}}


@given(st.dictionaries(_TEXTS, _VALUES, max_size=5))
def test_a_toml_reader_reads_what_the_inventory_says(sections: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(sections)) == without_empty_sections(sections)


def test_devices_of_a_home_stand_one_a_line() -> None:
    entities = [{"name": "kitchen light", "domain": "light"}, {"name": "Tür", "domain": "lock"}]
    assert to_toml({"home": {"learn": False, "entity": entities}}) == (
        "[home]\n"
        "learn = false\n"
        "entity = [\n"
        '    {name = "kitchen light", domain = "light"},\n'
        '    {name = "Tür", domain = "lock"},\n'
        "]\n"
    )


def test_a_key_without_a_value_is_left_out() -> None:
    assert to_toml({"gpio": {"button": None, "debounce_ms": 30}}) == "[gpio]\ndebounce_ms = 30\n"


@pytest.mark.parametrize("value", [b"raw", {1, 2}, datetime.date(2026, 1, 1)])
def test_what_toml_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no way to write"):
        to_toml({"device": {"id": value}})
