"""What the Whisper decoder is told before it listens: words to expect, language and task."""

from collections.abc import Sequence
from typing import Any

from device.errors import EngineError

MOST_NAMES = 100
"""No more names can be expected: they share the decoder's context with the text."""
_NAME_TOKENS = 100
_INITIAL_PROMPTS = {"zh": "以下是普通话的句子。", "yue": "以下係廣東話嘅句子。"}
_NOT_WHISPERS_NAME = {"nb": "no", "cmn": "zh", "iw": "he", "jv": "jw", "fil": "tl"}


def decoder_prompt(tokenizer: Any, language: str | None, names: Sequence[int] = ()) -> list[int]:
    """Token ids: words to expect, then the task; `language` None for English-only models."""

    def token(name: str) -> int:
        return int(tokenizer.token_to_id(f"<|{name}|>"))

    before = _encode(tokenizer, initial_prompt(language)) + list(names)
    task = [token("startoftranscript")]
    if language is not None:
        task += [token(language), token("transcribe")]
    task.append(token("notimestamps"))
    return [token("startofprev"), *before, *task] if before else task


def initial_prompt(language: str | None) -> str:
    """A sentence before the first: it tells which Chinese follows, in which characters."""
    return _INITIAL_PROMPTS.get(language or "", "")


def name_tokens(tokenizer: Any, names: Sequence[str], budget: int = _NAME_TOKENS) -> list[int]:
    """As many names as fit into the budget of tokens, whole ones only, first ones first."""
    tokens: list[int] = []
    for name in dict.fromkeys(" ".join(name.split()) for name in names[:MOST_NAMES]):
        more = _encode(tokenizer, f"{',' if tokens else ''} {name}") if name else []
        if len(tokens) + len(more) > budget:
            break
        tokens += more
    return tokens


def whisper_language(language: str | None, known: Sequence[str]) -> str | None:
    """Whisper's code for a language; None where it is to be detected. Raises EngineError."""
    if language is None:
        return known[0] if len(known) == 1 else None
    code = whisper_code(language)
    if code not in known:
        raise EngineError(
            f"the Whisper model does not know the language {language!r}; "
            'set [stt] whisper_model to a multilingual one such as "tiny"'
        )
    return code


def whisper_code(language: str) -> str:
    """What Whisper calls a language, whether it knows it or not: zh for zh-CN."""
    primary = language.lower().replace("_", "-").split("-")[0]
    return _NOT_WHISPERS_NAME.get(primary, primary)


def likeliest_code(told: Sequence[tuple[str, float]], among: Sequence[str]) -> str:
    """The likeliest of the languages a model tells, with its probabilities, as <|en|>.

    One `among` these, if there are any; the first of them where it tells none of them.
    """
    codes = [token.strip("<|>") for token, _ in sorted(told, key=lambda one: -one[1])]
    return next(iter([code for code in codes if not among or code in among] or among))


def _encode(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)
