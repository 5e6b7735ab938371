"""Tiny Whispers that write down what they are told: real loading and decoding code drives them."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.toy_whisper import random_spec, vocabulary, write_whisper

_WIDTH, _STEPS, _CONTEXT, _START = 64, 28, 60, 61
_WORD_ID = 300


def make_whisper(
    folder: Path,
    script: str,
    full_script: str | None = None,
    *,
    prompt_tokens: int = 4,
    sureness: float = 3.0,
    no_speech: float = 0.0,
    language: str = "en",
    multilingual: bool = True,
) -> Path:
    """Write a Whisper that writes down `script`, one token a word; give its folder.

    It writes `full_script` instead when the encoder was given all 30 s, whatever it hears.
    `prompt_tokens` is how long the prompt will be; `sureness` sets the probability of each token
    (3: certain, 1.2: a fifth); `no_speech` weighs silence at the start; `language` is what it
    detects. <|1.00|> and the like are timestamps; a script ends with <|endoftext|> when it says so,
    else its last word comes again and again.

    The weights do nothing else: position encodings name the step, cross attention reports whether
    the encoder got its last positions, one feed-forward layer joins the two, and the output layer
    looks the token up.
    """
    scripts = [words.split() for words in (script, full_script or script)]
    names = dict.fromkeys(word for words in scripts for word in words if word[:2] != "<|")
    tokens = vocabulary(multilingual, {_WORD_ID + at: f" {word}" for at, word in enumerate(names)})
    spec = random_spec(_WIDTH, 1, 2, tokens)
    _silence(spec)
    _name_steps(spec, prompt_tokens)
    _report_full_context(spec)
    table = np.zeros((len(tokens), _WIDTH), np.float32)
    for offset, words in zip((0, _STEPS), scripts, strict=True):
        for step in range(_STEPS):
            word = words[min(step, len(words) - 1)]
            at = tokens.index(word if word[:2] == "<|" else f"Ġ{word}")
            table[at, offset + step] = sureness
    table[tokens.index("<|nospeech|>"), _START] = no_speech
    table[tokens.index(f"<|{language}|>"), _START] = 0.1
    spec.decoder.layer_norm.beta += 1 / (_WIDTH - 1) ** 0.5  # what is not said weighs nothing
    spec.decoder.projection.weight = table
    spec.decoder.projection.bias = np.zeros(len(tokens), np.float32)
    return write_whisper(folder, spec, tokens, quantization="float32")


def _silence(spec: Any) -> None:
    """Set the weights of every layer to nothing, so that each one hands on what it gets."""
    for conv in (spec.encoder.conv1, spec.encoder.conv2):
        conv.weight, conv.bias = conv.weight * 0, conv.bias * 0
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        parts = [*layer.self_attention.linear, layer.ffn.linear_0, layer.ffn.linear_1]
        parts += layer.attention.linear if layer in spec.decoder.layer else []
        for part in parts:
            part.weight, part.bias = part.weight * 0, part.bias * 0
    spec.decoder.embeddings.weight = spec.decoder.embeddings.weight * 0


def _name_steps(spec: Any, prompt_tokens: int) -> None:
    steps = np.zeros((448, _WIDTH), np.float32)
    for position in range(448):
        step = min(position - (prompt_tokens - 1), _STEPS - 1)
        steps[position, step if step >= 0 else _START] = 10
    steps[:, _CONTEXT] = 10
    spec.decoder.position_encodings.encodings = steps
    (layer,) = spec.decoder.layer
    join, write = layer.ffn.linear_0, layer.ffn.linear_1
    for step in range(_STEPS):
        for unit, sign in ((step, 1), (_STEPS + step, -1)):
            join.weight[unit, step] = 1
            join.weight[unit, _CONTEXT] = sign
            join.bias[unit] = -8
            write.weight[unit, unit] = 100


def _report_full_context(spec: Any) -> None:
    """Turn the context dimension of the decoder round when encoder positions 1400 to 1499 exist."""
    late = np.zeros((1_500, _WIDTH), np.float32)
    late[1_400:, 0] = 10
    spec.encoder.position_encodings.encodings = late
    (layer,) = spec.decoder.layer
    layer.attention.linear[1].weight[_WIDTH + _CONTEXT, 0] = 1
    layer.attention.linear[2].weight[_CONTEXT, _CONTEXT] = -20 / (100 / 1_500 * _WIDTH**0.5)
