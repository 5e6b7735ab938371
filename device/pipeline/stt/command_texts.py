"""A grammar as the two texts that the command recogniser's search is loaded from."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from device.errors import ModelInvalid
from device.grammar import Grammar
from device.pipeline.stt.acoustic import AcousticModel
from device.pipeline.stt.command_graph import command_graph
from device.pipeline.stt.pronunciation import pronounce
from device.stored import content_hash, stored

_FORM = 1
"""Goes up when the same grammar makes other texts."""


@dataclass(frozen=True, slots=True)
class CommandTexts:
    """What can be said, and how it sounds."""

    graph: str
    """In Sphinx's FSG form."""
    dictionary: str
    """Every word of the graph with its phones, in CMU form."""
    courtesies: tuple[str, ...] = ()
    """Phrases that may stand before or after anything else."""


def command_texts(grammar: Grammar, model: AcousticModel, cache: Path | None) -> CommandTexts:
    """The texts for a grammar, which the folder `cache` remembers; takes seconds for a big home.

    Raises ModelInvalid where nothing can be said, and what `pronounce` raises.
    """
    if not grammar.arcs:
        raise ModelInvalid("there is no sentence that could be said; add entities to [home]")
    name = f"command-{content_hash(_FORM, grammar, str(model.dictionary), model.voice)}"
    return stored(cache, name, lambda: _make(grammar, model, cache), asdict, _checked)


def _make(grammar: Grammar, model: AcousticModel, cache: Path | None) -> CommandTexts:
    said = pronounce(grammar.words, model.dictionary, model.voice, cache)
    return CommandTexts(command_graph(grammar).text, _dictionary(said), grammar.courtesies)


def _dictionary(said: dict[str, list[str]]) -> str:
    lines = []
    for word, ways in sorted(said.items()):
        for number, phones in enumerate(dict.fromkeys(ways), start=1):
            lines.append(f"{word}{f'({number})' if number > 1 else ''} {phones}\n")
    return "".join(lines)


def _checked(data: Any) -> CommandTexts:
    texts = CommandTexts(data["graph"], data["dictionary"], tuple(map(str, data["courtesies"])))
    if not (texts.graph.endswith("FSG_END\n") and texts.dictionary.endswith("\n")):
        raise ValueError("cut short")
    return texts
