"""Value and command templates of the discovery messages: Jinja that strangers wrote. Pure.

`value` is the payload, `value_json` what it holds as JSON (home-assistant.io, MQTT, templates).
Only what reads one value is allowed: no loops, macros or powers, few filters and calls, nothing
that grows by repetition. So every template ends soon and its result stays short.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from device.errors import HomeError

MAXIMUM_PAYLOAD: Final = 16_384
"""Characters; a longer report is not read."""
MAXIMUM_TEMPLATE: Final = 2_000
"""Characters; the longest that zigbee2mqtt writes has some 500."""
_MAXIMUM_RESULT: Final = 4_000

_NODES: Final = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.If, nodes.CondExpr,
    nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Concat, nodes.Call, nodes.Keyword, nodes.Assign,
    nodes.Dict, nodes.Pair, nodes.List, nodes.Tuple,
)  # fmt: skip
_FILTERS: Final = frozenset(
    {
        *("int", "float", "round", "abs", "lower", "upper", "title", "trim", "string", "length"),
        *("default", "d", "first", "last", "max", "min", "replace", "iif", "is_defined"),
        *("to_json", "from_json"),
    }
)
_METHODS: Final = frozenset({"get", "lower", "upper", "strip", "split", "startswith", "endswith"})
_FUNCTIONS: Final = frozenset({"int", "float", "iif", "is_number"})
_FAILURES: Final = (
    TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
    RecursionError, MemoryError, SyntaxError,
)  # fmt: skip
"""What a template can come to; none of it is this speaker's fault."""

_PLAIN: Final = re.compile(
    r"\{\{-?\s*value_json((?:\.[A-Za-z_]\w*|\[\s*'[^'.]+'\s*\]|\[\s*\"[^\".]+\"\s*\])+)\s*-?\}\}"
)
_STEP: Final = re.compile(r"\.(\w+)|\[\s*['\"]([^'\"]+)['\"]\s*\]")


def is_template(text: str) -> bool:
    """Whether a text has to be rendered."""
    return "{{" in text or "{%" in text


def as_key(source: str) -> str:
    """The dotted key that a template only looks up, else the template itself, checked.

    Raises HomeError for a template that may not be rendered.
    """
    text = source.strip()
    if text in ("", "{{ value }}", "{{value}}"):
        return ""
    if found := _PLAIN.fullmatch(text):
        return ".".join(dotted or quoted for dotted, quoted in _STEP.findall(found[1]))
    if not is_template(text):
        raise HomeError(f"value template {text[:60]!r} reads nothing")
    check_template(text)
    return text


def check_template(source: str) -> None:
    """Raises HomeError for a template that is wrong or could take long."""
    if len(source) > MAXIMUM_TEMPLATE:
        raise HomeError(f"a template has {len(source)} characters; shorten it")
    try:
        tree = _ENVIRONMENT.parse(source)
        _check_nodes(tree)
        _compiled(source)
    except _FAILURES as error:
        raise HomeError(f"template {source[:60]!r} cannot be read: {error}") from error


def read_value(source: str, payload: str) -> str | None:
    """What a value template makes of a report; None when it fails or says nothing."""
    if len(payload) > MAXIMUM_PAYLOAD:
        return None
    return _render(source, {"value": payload, "value_json": parse_json(payload, StrictUndefined())})


def write_payload(source: str, payload: str) -> str:
    """What a command template makes of the value to be sent; raises HomeError when it fails.

    A number is a number in the template; a JSON object gives a variable for each of its keys.
    """
    parsed = parse_json(payload)
    is_number = isinstance(parsed, (int, float)) and not isinstance(parsed, bool)
    variables = parsed if isinstance(parsed, dict) else {}
    written = _render(source, {"value": parsed if is_number else payload, **variables})
    if written is None:
        raise HomeError(f"command template {source[:60]!r} gives nothing for {payload[:60]!r}")
    return written


def parse_json(text: str, otherwise: Any = None) -> Any:
    """What a text holds as JSON, `otherwise` when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return otherwise


def _render(source: str, variables: Mapping[str, Any]) -> str | None:
    try:
        text = _compiled(source).render(variables).strip()
    except _FAILURES:
        return None
    return text if text and len(text) <= _MAXIMUM_RESULT else None


@lru_cache(maxsize=1_024)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _check_nodes(tree: nodes.Template) -> None:
    made: set[str] = set()
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _NODES):
            raise ValueError(f"{type(node).__name__} is not allowed")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise ValueError(f"filter {node.name!r} is not allowed")
        if isinstance(node, nodes.Call) and not _may_call(node.node):
            raise ValueError("a call is not allowed")
    for assign in tree.find_all(nodes.Assign):
        # What is made of something made before could double with every line.
        names = {node.name for node in (assign.node, *assign.node.find_all(nodes.Name))
                 if isinstance(node, nodes.Name)}  # fmt: skip
        if names & made or not isinstance(assign.target, nodes.Name):
            raise ValueError("a variable may not be made of another one")
        made.add(assign.target.name)


def _may_call(called: nodes.Expr) -> bool:
    if isinstance(called, nodes.Getattr):
        return called.attr in _METHODS
    return isinstance(called, nodes.Name) and called.name in _FUNCTIONS


class _Environment(ImmutableSandboxedEnvironment):
    """Numbers may be multiplied, texts may not be repeated or padded."""

    intercepted_binops = frozenset({"*", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise TypeError(f"{operator} is for numbers")
        return super().call_binop(context, operator, left, right)


def _round(value: Any, precision: int = 0, _method: str = "common") -> float:
    return round(float(value), max(-15, min(15, int(precision))))


def _replace(text: Any, old: str, new: str, _count: int | None = None) -> str:
    source = str(text)
    if len(source) + source.count(old) * len(new) > _MAXIMUM_RESULT:
        raise ValueError("the result is too long")
    return source.replace(old, new)


def _is_defined(value: Any) -> Any:
    if isinstance(value, Undefined):
        raise ValueError("the value is not there")
    return value


def _iif(value: Any, if_true: Any = True, if_false: Any = False, _if_none: Any = None) -> Any:
    return if_true if value else if_false


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _number(convert: Callable[[Any], Any]) -> Callable[..., Any]:
    def number(value: Any, default: Any = None) -> Any:
        try:
            return convert(float(value))
        except (TypeError, ValueError, OverflowError):
            if default is None:
                raise
            return default

    return number


_ENVIRONMENT: Final = _Environment(optimized=False)
_ENVIRONMENT.globals = {
    "int": _number(int),
    "float": _number(float),
    "iif": _iif,
    "is_number": _is_number,
}
_ENVIRONMENT.filters |= {
    "int": _number(int),
    "float": _number(float),
    "round": _round,
    "replace": _replace,
    "iif": _iif,
    "is_defined": _is_defined,
    "to_json": json.dumps,
    "from_json": json.loads,
}
