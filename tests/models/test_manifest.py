"""A manifest says all that is needed, or is refused with every mistake in it."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import ModelInvalid, UsageError
from device.models.catalogue import Catalogue, read_catalogue, read_manifest
from device.models.manifest import parse
from tests.models.shelves import manifest, manifest_text

GOOD = manifest_text("toy", {"model.bin": b"abc"}, "https://models.example/toy/")


def test_a_manifest_is_read() -> None:
    model = parse(GOOD, "toy.toml")
    assert (model.name, model.engine, model.size, model.pinned) == ("toy", "whisper", 3, True)
    assert model.remote(model.files[0]).url == "https://models.example/toy/model.bin"
    assert model.remote(model.files[0], "http://nas/toy/").url == "http://nas/toy/model.bin"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "toy"', "", "name is missing"),
        ('name = "toy"', 'name = "../toy"', "letters, digits"),
        ('name = "toy"', 'name = ".toy"', "letters, digits"),
        ('name = "toy"', 'nmae = "toy"', "unknown key 'nmae'"),
        ('engine = "whisper"', 'engine = "oven"', "'oven' is none of whisper"),
        ('["en"]', "[]", "languages"),
        ('["en"]', "[3]", "languages"),
        ('["en"]', '"en"', "languages is no list"),
        ('["pi4", "pi5"]', '["pi9"]', "boards are of"),
        ("memory_mb = 100", 'memory_mb = "much"', "memory_mb is no int"),
        ("memory_mb = 100", "memory_mb = true", "memory_mb is no int"),
        ("/toy/", "/toy", "ends with a slash"),
        ("https://models.example/toy/", "ftp://models.example/toy/", "no address"),
        ("https://models.example/toy/", "", "either base or package"),
        ("model.bin", "../model.bin", "no path below a folder"),
        ("model.bin", "/etc/model.bin", "no path below a folder"),
        ("model.bin", "a//b", "no path below a folder"),
        ("model.bin", "model.bin.part", "no path below a folder"),
        ("size = 3", "size = -3", "no number of bytes"),
        ("size = 3", "size = 3.0", "no number of bytes"),
        ("size = 3", "size = 99999999999999", "no size of a file"),
        ('sha256 = "ba', 'sha256 = "BA', "no SHA-256"),
        ("size = 3", 'size = 3\nmd5 = "x"', "path, size and sha256 only"),
        ("[[file]]", "[file]", "file is no list"),
        ("[[file]]", '[[file]]\npath = "model.bin"\nsize = 3\n[[file]]', "the same path"),
        ("[[file]]", "[[", "is not TOML"),
    ],
)
def test_a_mistake_is_explained(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ModelInvalid, match=f"toy.toml.*{told}"):
        parse(GOOD.replace(old, new), "toy.toml")


@given(st.text())
def test_any_text_is_a_manifest_or_refused(text: str) -> None:
    with pytest.raises(ModelInvalid):
        parse(text, "x")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(key=st.sampled_from(list(tomllib.loads(GOOD))), value=_VALUES)
def test_any_value_of_a_key_is_taken_or_refused(key: str, value: object) -> None:
    values = {**tomllib.loads(GOOD), key: value}
    lines = [f"{name} = {_toml(one)}" for name, one in values.items()]
    try:
        model = parse("\n".join(lines), "x")
    except ModelInvalid:
        return
    assert model.files
    assert all(not file.path.startswith(("/", ".")) for file in model.files)


def _toml(value: object) -> str:
    match value:
        case None:
            return "''"
        case bool():
            return str(value).lower()
        case dict():
            pairs = (f"{_toml(str(key))} = {_toml(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            escaped = "".join(f"\\U{ord(letter):08X}" for letter in value)
            return f'"{escaped}"'
    return str(value)


@pytest.mark.parametrize(
    ("offered", "asked", "speaks"),
    [
        ("en", "en", True), ("en", "en-US", True), ("en-US", "en", True), ("*", "ko", True),
        ("zh-CN", "zh_CN", True), ("en", "es", False), ("en-US", "en-GB", False),
    ],
)  # fmt: skip
def test_a_model_speaks_a_language(offered: str, asked: str, speaks: bool) -> None:
    text = manifest_text("toy", {"a": b"b"}, "https://a/b/", languages=[offered])
    assert parse(text, "x").speaks(asked) is speaks


def test_what_comes_with_parlor_is_sound_pinned_and_says_its_licence() -> None:
    models = list(read_catalogue())
    assert {model.engine for model in models} == {"whisper", "piper", "openwakeword"}
    for model in models:
        assert model.licence
        assert model.source.startswith("https://")
        assert model.pinned or model.name == "ja_JP-hi_fi_captain-medium"
        moving = ("/main/", "/master/", "/latest/")
        assert not any(part in model.base for part in moving)
    voices = [model for model in models if model.engine == "piper"]
    for language in ("en", "zh", "ja", "ko", "de", "fr", "es"):
        assert any(voice.speaks(language) for voice in voices), language


def test_manifests_are_also_read_from_the_models_folder(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "toy.toml").write_text(GOOD)
    assert [model.name for model in read_catalogue([tmp_path]).find(["toy"])] == ["toy"]
    assert read_manifest("toy", [tmp_path]) is not None
    assert read_manifest("toy") is None
    (tmp_path / "manifests" / "toy.toml").rename(tmp_path / "manifests" / "tiny.toml")
    with pytest.raises(ModelInvalid, match=r"name it toy\.toml"):
        read_catalogue([tmp_path])


def test_a_name_that_is_none_is_told_with_the_nearest_one() -> None:
    catalogue = Catalogue([manifest("tiny.en", {"a": b"b"}), manifest("base", {"a": b"b"})])
    with pytest.raises(UsageError, match=r"did you mean tiny\.en\?"):
        catalogue.find(["tiny.enn"])
    with pytest.raises(ModelInvalid, match="two manifests are called 'base'"):
        Catalogue([manifest("base", {"a": b"b"})] * 2)
