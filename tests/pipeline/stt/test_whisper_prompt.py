from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tokenizers", reason="faster-whisper is not installed")

from benchmarks.toy_whisper import random_spec, vocabulary, write_whisper
from device.errors import EngineError
from device.pipeline.stt.whisper_prompt import decoder_prompt, name_tokens, whisper_language


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tokenizers import Tokenizer

    tokens = vocabulary(multilingual=True)
    folder = write_whisper(
        Path(tmp_path_factory.mktemp("w")), random_spec(64, 1, 2, tokens), tokens
    )
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def test_the_task_is_told_in_whispers_order(tokenizer: Any) -> None:
    ids = decoder_prompt(tokenizer, "de")
    assert [tokenizer.id_to_token(at) for at in ids] == [
        "<|startoftranscript|>",
        "<|de|>",
        "<|transcribe|>",
        "<|notimestamps|>",
    ]
    assert ids == [50_258, 50_261, 50_359, 50_363]


def test_an_english_only_model_is_told_neither_language_nor_task(tokenizer: Any) -> None:
    assert decoder_prompt(tokenizer, None) == [50_258, 50_363]


def test_names_stand_before_the_task_as_words_already_said(tokenizer: Any) -> None:
    names = name_tokens(tokenizer, ["Kitchen light", "Desk  lamp", "Kitchen light"])
    assert tokenizer.decode(names) == " Kitchen light, Desk lamp"
    prompt = decoder_prompt(tokenizer, "en", names)
    assert prompt[0] == tokenizer.token_to_id("<|startofprev|>")
    assert prompt[1:-4] == names


def test_only_whole_names_go_in_and_only_as_many_as_fit(tokenizer: Any) -> None:
    assert tokenizer.decode(name_tokens(tokenizer, ["abcd", "efgh", "ij"], budget=11)) == (
        " abcd, efgh"
    )
    assert name_tokens(tokenizer, ["a very long name"], budget=5) == []
    assert name_tokens(tokenizer, ["", " "]) == []


def test_mandarin_is_announced_in_its_own_script(tokenizer: Any) -> None:
    prompt = decoder_prompt(tokenizer, "zh")
    assert "普通话" in tokenizer.decode(prompt[1:-4])


def test_codes_become_whispers_own() -> None:
    known = ("en", "de", "zh", "pt", "no")
    assert whisper_language("pt-BR", known) == "pt"
    assert whisper_language("zh_CN", known) == "zh"
    assert whisper_language("nb", known) == "no"
    assert whisper_language(None, known) is None
    assert whisper_language(None, ("en",)) == "en"


def test_a_language_the_model_does_not_know_is_refused_with_the_way_out() -> None:
    with pytest.raises(EngineError, match="whisper_model"):
        whisper_language("de", ("en",))
