"""A Whisper of any size with random weights: it loads and computes like a real one.

The time of a forward pass does not depend on the weights, so encoder times measured on it are those
of a real model of the same size. What it writes down is gibberish.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

LANGUAGES = re.findall(
    r"\w+",
    """
    en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur
    hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si
    km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln
    ha ba jw su
    """,
)
TEXT_TOKENS = 50_257
TIMESTAMPS = 1_501
MELS = 80


def special_tokens() -> list[str]:
    """Whisper's special tokens in the order of their ids, from the one after the text tokens."""
    names = ["endoftext", "startoftranscript", *LANGUAGES]
    names += ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    return [f"<|{name}|>" for name in names]


def vocabulary(multilingual: bool, words: dict[int, str] | None = None) -> list[str]:
    """All tokens by id: bytes, then fillers with `words` put in by id, specials, timestamps."""
    text = TEXT_TOKENS - (0 if multilingual else 1)
    tokens = [*_byte_letters(), *(f"unused{i}" for i in range(256, text))]
    if multilingual:
        tokens[text - 1] = ""  # the empty token is how CTranslate2 knows a multilingual model
    for at, word in (words or {}).items():
        tokens[at] = word.replace(" ", "Ġ")
    times = [f"<|{i * 0.02:.2f}|>" for i in range(TIMESTAMPS)]
    return [*tokens, *special_tokens(), *times]


def random_spec(width: int, layers: int, heads: int, tokens: list[str], seed: int = 0) -> Any:
    """A CTranslate2 WhisperSpec with every weight set at random."""
    from ctranslate2.specs import WhisperSpec

    draw = np.random.default_rng(seed)
    spec = WhisperSpec(layers, heads, layers, heads)

    def weights(*shape: int) -> Any:
        return draw.normal(0, 0.05, shape).astype(np.float32)

    def linear(part: Any, outputs: int, inputs: int) -> None:
        part.weight, part.bias = weights(outputs, inputs), weights(outputs)

    def norm(part: Any) -> None:
        part.gamma, part.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

    def attention(part: Any, sizes: tuple[int, ...]) -> None:
        norm(part.layer_norm)
        for index, size in enumerate(sizes):
            linear(part.linear[index], size * width, width)

    def feed_forward(part: Any) -> None:
        norm(part.layer_norm)
        linear(part.linear_0, 4 * width, width)
        linear(part.linear_1, width, 4 * width)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(width, MELS, 3), weights(width)
    encoder.conv2.weight, encoder.conv2.bias = weights(width, width, 3), weights(width)
    encoder.position_encodings.encodings = weights(1_500, width)
    decoder.position_encodings.encodings = weights(448, width)
    decoder.embeddings.weight = weights(len(tokens), width)
    linear(decoder.projection, len(tokens), width)
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer in encoder.layer:
        attention(layer.self_attention, (3, 1))
        feed_forward(layer.ffn)
    for layer in decoder.layer:
        attention(layer.self_attention, (3, 1))
        attention(layer.attention, (1, 2, 1))
        feed_forward(layer.ffn)
    return spec


def write_whisper(folder: Path, spec: Any, tokens: list[str], quantization: str = "int8") -> Path:
    """Write the model and its tokenizer as a converted Whisper; give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    spec.register_vocabulary(tokens)
    first = tokens.index("<|startoftranscript|>") + 1
    spec.config.lang_ids = list(range(first, first + len(LANGUAGES)))
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [220, tokens.index("<|endoftext|>")]
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))
    facts = {"feature_size": MELS, "sampling_rate": 16_000, "hop_length": 160, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    return folder


def _tokenizer(tokens: list[str]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    text = tokens[: tokens.index("<|endoftext|>")]
    tokenizer = Tokenizer(models.BPE({token: at for at, token in enumerate(text)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in special_tokens()])
    return tokenizer


def _byte_letters() -> list[str]:
    """The 256 letters that stand for bytes in byte-level BPE, in the order of GPT-2's ids."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(byte) for byte in shown] + [chr(256 + i) for i in range(len(hidden))]
