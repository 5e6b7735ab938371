"""Reads scenario files; every mistake is told with its line. Pure but for opening the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from benchmarks.scenario.script import Scenario
from device.errors import UsageError


def read(path: Path) -> Scenario:
    """One scenario. Raises UsageError that lists every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str = "scenario") -> Scenario:
    """One scenario from YAML. Raises UsageError that lists every mistake with its line."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not YAML: {error}") from error
    if root is None or not isinstance(values, dict):
        raise UsageError(f"{name}: a scenario is a mapping with name, shows and script")
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        mistakes = sorted(_told(root, mistake) for mistake in error.errors())
        lines = [f"{name}:{line}: {what}" for line, what in dict.fromkeys(mistakes)]
        raise UsageError("\n".join(lines)) from None


def _told(root: yaml.Node, mistake: Any) -> tuple[int, str]:
    place = _place(root, mistake["loc"])
    where = ".".join(map(str, mistake["loc"])) or "scenario"
    words = str(mistake["msg"]).removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        words = "unknown key"
    return place.start_mark.line + 1, f"{where}: {words}"


def _place(node: yaml.Node, path: Sequence[str | int]) -> yaml.Node:
    """The deepest node on the way that stands in the file."""
    for step in path:
        child = _child(node, step)
        if child is not None:
            node = child
    return node


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None
