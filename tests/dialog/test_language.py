import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest
from home_assistant_intents import get_intents
from jinja2.sandbox import SandboxedEnvironment

import device.dialog
from device.dialog.choices import CHOICE
from device.dialog.intents import FREE_TEXT_INTENTS, SUPPORTED
from device.dialog.language import known_languages, load_language, resolve_language
from device.dialog.templates import Templates
from device.errors import ConfigError
from device.types import Domain, Entity

DIALOG = Path(device.dialog.__file__).parent
ONE_OF_EACH = tuple(Entity(f"{domain}.a", "a", domain) for domain in Domain)
OWN = sorted(
    path for name in ("phrases", "agenda", "calling") for path in DIALOG.glob(f"{name}/*.toml")
)


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


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_phrase_files_have_the_same_phrases_with_the_same_blanks(path: Path) -> None:
    english = tomllib.loads((path.parent / "en.toml").read_text("utf-8"))["phrases"]
    own = tomllib.loads(path.read_text("utf-8"))["phrases"]

    assert {key: _blanks(text) for key, text in own.items()} == {
        key: _blanks(text) for key, text in english.items()
    }


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_own_sentences_belong_to_supported_intents_and_are_understood(path: Path) -> None:
    own = tomllib.loads(path.read_text("utf-8"))["sentences"]
    templates = Templates(path.stem, ONE_OF_EACH, contacts=("Oma",))

    meant = {block["intent"] for block in own} - {CHOICE}
    assert meant <= SUPPORTED.keys()
    assert meant <= templates.intents.intents.keys()


def test_every_language_with_phrases_has_an_agenda_and_a_telephone() -> None:
    phrases, agenda, calling = (
        {path.stem for path in DIALOG.glob(f"{name}/*.toml")}
        for name in ("phrases", "agenda", "calling")
    )

    assert phrases == agenda == calling


@pytest.mark.parametrize("language", ["en", "zh", "ja", "ko", "de", "fr", "es"])
def test_every_sentence_about_the_home_has_a_reply(language: str) -> None:
    templates = Templates(language, ONE_OF_EACH)
    replies = templates.data.replies

    for name, intent in templates.intents.intents.items():
        for block in intent.data if name.startswith("Hass") else ():
            known = replies.get(name, {}).keys()
            assert block.response in known or "default" in known, (name, block.response)


@pytest.mark.parametrize("folder", ["phrases", "agenda", "calling"])
def test_the_seven_languages_have_words_of_their_own(folder: str) -> None:
    known = {path.stem for path in (DIALOG / folder).glob("*.toml")}
    assert known >= {"en", "zh", "ja", "ko", "de", "fr", "es"}


def test_own_lists_and_rules_hide_none_of_the_package() -> None:
    for path in OWN:
        own = tomllib.loads(path.read_text("utf-8"))
        theirs = get_intents(resolve_language(path.stem))

        assert theirs is not None
        assert not own.get("lists", {}).keys() & theirs["lists"].keys()
        assert not own.get("rules", {}).keys() & theirs["expansion_rules"].keys()


@pytest.mark.parametrize("code", known_languages())
def test_free_text_is_never_all_there_is_to_a_sentence(code: str) -> None:
    intents = load_language(code).intents
    wild = {name for name, values in intents["lists"].items() if values.get("wildcard")}
    blank = re.compile(r"{(?:" + "|".join(wild) + r")(?::\w+)?}|\[[^\[\]]*\]")

    for name in FREE_TEXT_INTENTS & intents["intents"].keys():
        for block in intents["intents"][name]["data"]:
            for text in block["sentences"]:
                assert len(re.findall(r"\w", blank.sub("", text))) > 1, text


@pytest.mark.parametrize("code", known_languages())
def test_every_rule_and_list_that_a_sentence_names_exists(code: str) -> None:
    data = load_language(code).intents
    known = {"name", "area", "floor", "contact", *data["lists"]}

    for name in {*SUPPORTED, CHOICE} & data["intents"].keys():
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
