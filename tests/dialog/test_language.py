import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest
from jinja2.sandbox import SandboxedEnvironment

import device.dialog
from device.dialog.intents import SUPPORTED
from device.dialog.language import known_languages, load_language, resolve_language
from device.dialog.templates import Templates
from device.errors import ConfigError

PHRASES = sorted((Path(device.dialog.__file__).parent / "phrases").glob("*.toml"))


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en_GB", "en"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("pt-BR", "pt-BR"),
        ("de-CH", "de-CH"),
        ("no", "nb"),
    ],
)
def test_language_codes_find_their_data(asked: str, served: str) -> None:
    assert resolve_language(asked) == served


@pytest.mark.parametrize("code", ["", "xx", "tlh", "../../etc", "e\0n"])
def test_a_language_without_templates_is_a_configuration_mistake(code: str) -> None:
    with pytest.raises(ConfigError, match="no sentence templates"):
        resolve_language(code)


@pytest.mark.parametrize("path", PHRASES, ids=lambda path: path.stem)
def test_phrase_files_have_the_same_phrases_with_the_same_blanks(path: Path) -> None:
    english = tomllib.loads((path.parent / "en.toml").read_text("utf-8"))["phrases"]
    own = tomllib.loads(path.read_text("utf-8"))["phrases"]

    assert {key: _blanks(text) for key, text in own.items()} == {
        key: _blanks(text) for key, text in english.items()
    }


@pytest.mark.parametrize("path", PHRASES, ids=lambda path: path.stem)
def test_own_sentences_belong_to_supported_intents_and_are_understood(path: Path) -> None:
    own = tomllib.loads(path.read_text("utf-8"))["sentences"]
    templates = Templates(path.stem, ())

    assert {block["intent"] for block in own} <= SUPPORTED.keys()
    assert {"ParlorStop", "ParlorRepeat", "ParlorHelp"} <= templates.intents.intents.keys()


@pytest.mark.parametrize("code", known_languages())
def test_every_rule_and_list_that_a_sentence_names_exists(code: str) -> None:
    data = load_language(code).intents
    known = {"name", "area", "floor", *data["lists"]}

    for name in SUPPORTED.keys() & data["intents"].keys():
        for block in data["intents"][name]["data"]:
            for text in block["sentences"]:
                assert set(re.findall(r"<(\w+)>", text)) <= data["expansion_rules"].keys(), text
                assert set(re.findall(r"{(\w+)", text)) <= known, text


@pytest.mark.parametrize("code", known_languages())
def test_every_reply_template_can_be_compiled(code: str) -> None:
    data = load_language(code)
    environment = SandboxedEnvironment()

    sources = [text for replies in data.replies.values() for text in replies.values()]
    assert all(environment.from_string(text) for text in [*sources, *data.errors.values()])


def _blanks(text: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}
