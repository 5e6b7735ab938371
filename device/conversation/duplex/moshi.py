"""Moshi itself (package moshi, torch): Mimi hears and sounds, a language model in between.

A variant is a folder as Kyutai publishes it: `config.json` and the files that it names, or those
of the first release where it names none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from device.audio.format import Samples
from device.audio.level import to_samples, to_signal
from device.conversation.duplex.host import Step
from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.folders import models_folders

_CONFIG: Final = "config.json"
_USUAL: Final = {
    "moshi_name": "model.safetensors",
    "mimi_name": "tokenizer-e351c8d8-checkpoint125.safetensors",
    "tokenizer_name": "tokenizer_spm_32k_3.model",
}
_NAMES: Final = {
    "moshi_name": "moshi_weights",
    "mimi_name": "mimi_weights",
    "tokenizer_name": "tokenizer",
    "mimi_config_name": "mimi_config_path",
    "lora_name": "lora_weights",
}
"""What the configuration calls a file, and what the loader does."""
_NOT_SAID: Final = (0, 3)
"""Text tokens that mean that the model says nothing new."""


@dataclass(slots=True)
class MoshiState:
    """One conversation's place in the two models."""

    generator: Any
    """`moshi.models.LMGen`."""
    kept: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    """Modules that conversations share, and what they remember of this one."""
    begun: bool = False


class MoshiModel:
    """The weights of one variant on one device."""

    def __init__(self, folder: Path, device: str) -> None:
        """`device`: cpu or cuda. Raises EngineMissing, ModelMissing, ModelInvalid."""
        files = _files(folder)
        try:
            import torch
            from moshi import models
            from moshi.utils import compile as compiling
        except (ImportError, OSError) as error:
            raise EngineMissing(
                f"the speech model needs torch and moshi ({error}); run: "
                "pip install 'parlor-speaker[duplex]'"
            ) from error
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineMissing('torch finds no GPU here; set [duplex] device = "cpu"')
        self._torch, self._models = torch, models
        self._uncompiled = compiling.no_compile
        self._device = device
        try:
            self._load(files)
        except Exception as error:  # torch, safetensors and sentencepiece raise what they like
            raise ModelInvalid(f"the speech model in {folder} cannot be used: {error}") from error

    def _load(self, files: dict[str, Path]) -> None:
        loaders, torch = self._models.loaders, self._torch
        if "config_path" in files:
            info = loaders.CheckpointInfo.from_hf_repo("", **files)
        else:
            info = loaders.CheckpointInfo(**files)
        if info.model_type != "moshi":
            raise ValueError(f"a {info.model_type} model does not talk")
        # Most CPUs only emulate bfloat16.
        kind = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._mimi = info.get_mimi(device=self._device)
        self._lm = info.get_moshi(device=self._device, dtype=kind)
        self._tokenizer = info.get_text_tokenizer()
        self._sampling = info.lm_gen_config

    def begin(self) -> MoshiState:
        """The state of a conversation in which nothing was said yet."""
        state = MoshiState(self._models.LMGen(self._lm, **self._sampling))
        self._mimi.streaming_forever(1)
        state.generator.streaming_forever(1)
        self._put_away(state)
        return state

    def step(self, state: MoshiState, frame: Samples) -> Step:
        """Hear a frame and go on speaking."""
        torch = self._torch
        for module, remembered in state.kept:
            module.set_streaming_state(remembered)
        try:
            with torch.no_grad(), self._uncompiled():
                heard = torch.from_numpy(to_signal(frame))[None, None].to(self._device)
                return self._answer(state, self._mimi.encode(heard))
        finally:
            self._put_away(state)

    def _answer(self, state: MoshiState, codes: Any) -> Step:
        if not state.begun:
            # To the model the first frame is past, and padded on its left: so is the next one.
            self._mimi.reset_streaming()
            state.begun = True
        tokens = state.generator.step(codes[:, :, :1])
        if tokens is None:
            return Step()
        sound = self._mimi.decode(tokens[:, 1:])[0, 0].float().cpu().numpy()
        return Step(self._piece(int(tokens[0, 0, 0])), to_samples(sound))

    def _piece(self, token: int) -> str:
        if token in _NOT_SAID:
            return ""
        piece: str = self._tokenizer.id_to_piece(token)
        return piece.replace("▁", " ")

    def _put_away(self, state: MoshiState) -> None:
        """Take the conversation out of the modules, for another one may be next."""
        state.kept = []
        for module in (self._mimi, self._lm):
            remembered = module.get_streaming_state()
            state.kept.append((module, remembered))
            module.set_streaming_state(dict.fromkeys(remembered))


def find_variant(name: str, folders: Sequence[Path] | None = None) -> Path:
    """The folder of a variant, a path or a name in the models folders. Raises ModelMissing."""
    path = Path(name).expanduser()
    searched = models_folders() if folders is None else folders
    for folder in (path,) if len(path.parts) > 1 else (place / name for place in searched):
        if folder.is_dir():
            return folder
    raise ModelMissing(
        f"there is no speech model {name!r} in {', '.join(map(str, searched))}; put its folder "
        "there, or give its path in [duplex] variant"
    )


def _files(folder: Path) -> dict[str, Path]:
    """The files of a variant, by the names of the loader. Raises ModelMissing, ModelInvalid."""
    config = folder / _CONFIG
    named = _read(config) if config.exists() else {}
    names = _USUAL | {key: named[key] for key in _NAMES if named.get(key)}
    files = {_NAMES[key]: _inside(folder, name) for key, name in names.items()}
    return files | ({"config_path": config} if named else {})


def _read(config: Path) -> dict[str, Any]:
    try:
        values = json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{config} cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise ModelInvalid(f"{config} holds no settings of a model")
    return values


def _inside(folder: Path, name: Any) -> Path:
    """A file of the folder; weights in a format that can hold programs are refused."""
    file = folder / str(name)
    if file.suffix not in (".safetensors", ".model", ".json"):
        raise ModelInvalid(f"{file.name} is not in the safetensors format; fetch one that is")
    if not file.is_file():
        raise ModelMissing(f"the speech model has no file {file}; fetch all of its folder")
    return file
