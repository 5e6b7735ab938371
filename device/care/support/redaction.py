"""The configuration without what its owner wrote in words of his own. Pure.

Kept are numbers, switches, choices among what Parlor offers, codes of languages, and what is as it
is by default. Every other text is told as set and no more: it may be a name, an address or, in the
wrong place, a password.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

SET: Final = "(set)"
_LANGUAGES: Final = ("language", "languages")
"""Keys that hold codes of languages, which the configuration has checked."""


def redacted(section: BaseModel) -> dict[str, Any]:
    """A section and all below it, as JSON can hold it."""
    return {
        name: _field(getattr(section, name), name, field)
        for name, field in type(section).model_fields.items()
    }


def private_words(section: BaseModel) -> Iterator[str]:
    """Every text that `redacted` leaves out, names of keys too."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if value == field.get_default(call_default_factory=True):
            continue
        yield from _private(value, frozenset(_known(name, field, value)))


def _field(value: Any, name: str, field: FieldInfo) -> Any:
    if value == field.get_default(call_default_factory=True):
        return to_jsonable_python(value)
    return _value(value, frozenset(_known(name, field, value)))


def _value(value: Any, known: frozenset[str]) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case BaseModel():
            return redacted(value)
        case str() if value in known:
            return str(value)
        case Mapping():
            return {f"{SET} {number}": _value(one, known)
                    for number, one in enumerate(value.values(), start=1)}  # fmt: skip
        case list() | tuple() | set() | frozenset():
            return [_value(one, known) for one in value]
    return SET


def _private(value: Any, known: frozenset[str]) -> Iterator[str]:
    match value:
        case None | bool() | int() | float():
            return
        case BaseModel():
            yield from private_words(value)
        case Mapping():
            yield from (str(key) for key in value)
            for one in value.values():
                yield from _private(one, known)
        case list() | tuple() | set() | frozenset():
            for one in value:
                yield from _private(one, known)
        case _ if str(value) not in known:
            yield str(value)


def _known(name: str, field: FieldInfo, value: Any) -> Iterator[str]:
    """Texts that this key may hold without telling anything of its owner."""
    yield from _choices(field.annotation)
    default = field.get_default(call_default_factory=True)
    for texts in (default, value if name in _LANGUAGES else ()):
        yield from (one for one in (texts if isinstance(texts, tuple) else (texts,))
                    if isinstance(one, str))  # fmt: skip


def _choices(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(one.value) for one in annotation)
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    else:
        for one in get_args(annotation):
            yield from _choices(one)
