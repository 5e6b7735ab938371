"""A Moshi of tiny dimensions with random weights, as a folder like those that Kyutai publishes."""

import json
from pathlib import Path
from typing import Any, Final

from device.conversation.duplex.base import MODEL_RATE

_WORDS: Final = "the lamp in the kitchen is on and the clock in the hall says noon "
_TEXT_TOKENS: Final = 64
_CODES: Final = 32
_SEANET: Final = {
    "channels": 1, "dimension": 16, "causal": True, "n_filters": 2, "n_residual_layers": 1,
    "activation": "ELU", "compress": 2, "dilation_base": 2, "disable_norm_outer_blocks": 0,
    "kernel_size": 7, "residual_kernel_size": 3, "last_kernel_size": 3, "norm": "none",
    "pad_mode": "constant", "ratios": [8, 6, 5, 4], "true_skip": True,
}  # fmt: skip
MIMI: Final[dict[str, Any]] = {
    "sample_rate": MODEL_RATE, "channels": 1, "frame_rate": 12.5, "seanet": _SEANET,
    "quantizer": {
        "dimension": 8, "n_q": 8, "bins": _CODES, "input_dimension": 16, "output_dimension": 16,
    },
    "transformer": {
        "d_model": 16, "num_heads": 2, "num_layers": 1, "causal": True, "layer_scale": 0.01,
        "context": 250, "conv_layout": True, "max_period": 10_000, "gating": "none",
        "norm": "layer_norm", "positional_embedding": "rope", "dim_feedforward": 32,
        "input_dimension": 16, "output_dimensions": [16],
    },
}  # fmt: skip
LM: Final[dict[str, Any]] = {
    "dim": 32, "text_card": _TEXT_TOKENS, "existing_text_padding_id": 3, "n_q": 8, "dep_q": 4,
    "card": _CODES, "num_heads": 2, "num_layers": 2, "hidden_scale": 4.125, "causal": True,
    "layer_scale": None, "context": 3_000, "max_period": 10_000, "gating": "silu",
    "norm": "rms_norm_f32", "positional_embedding": "rope", "depformer_dim": 16,
    "depformer_dim_feedforward": 66, "depformer_num_heads": 2, "depformer_num_layers": 1,
    "depformer_layer_scale": None, "depformer_multi_linear": True, "depformer_context": 4,
    "depformer_max_period": 10_000, "depformer_gating": "silu", "depformer_pos_emb": "none",
    "depformer_weights_per_step": True, "delays": [0, 0, 1, 1, 1, 0, 1, 1, 1],
}  # fmt: skip


def make_moshi(folder: Path, seed: int = 1) -> Path:
    """Write one; needs the packages moshi, torch and sentencepiece."""
    import sentencepiece
    import torch
    from moshi.models import loaders
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    mimi = loaders.get_mimi(None, MIMI, num_codebooks=4)
    for name, codes in mimi.named_buffers():
        if name.endswith("embedding_sum"):
            torch.nn.init.normal_(codes)
    save_file(_plain(mimi), folder / "mimi.safetensors")
    model = loaders.get_moshi_lm(None, LM, dtype=torch.float32)
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    save_file(_plain(model), folder / "model.safetensors")
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join([_WORDS] * 50), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "tokenizer"), vocab_size=_TEXT_TOKENS,
        model_type="bpe", hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    (folder / "mimi.json").write_text(json.dumps(MIMI), encoding="utf-8")
    names = {
        "moshi_name": "model.safetensors", "mimi_name": "mimi.safetensors",
        "tokenizer_name": "tokenizer.model", "mimi_config_name": "mimi.json",
        "model_type": "moshi",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(LM | names), encoding="utf-8")
    return folder


def _plain(module: Any) -> dict[str, Any]:
    return {name: value.contiguous().clone() for name, value in module.state_dict().items()}
