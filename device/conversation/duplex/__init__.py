"""Opens the model that [duplex] names."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from device.config import DuplexConfig
from device.conversation.duplex.base import DuplexModel
from device.conversation.duplex.host import DuplexHost, SpeechModel
from device.conversation.duplex.moshi import MoshiModel, find_variant
from device.conversation.duplex.server import MoshiServer
from device.errors import EngineMissing
from device.executor import Executor
from device.outside import Outside


def open_duplex(config: DuplexConfig, outside: Outside, executor: Executor) -> DuplexModel:
    """Where conversations are opened. Raises ConfigError, EngineMissing, ModelMissing.

    A model that runs here computes in `executor`, and is loaded by `warm_up`.
    """
    if config.base_url:
        return MoshiServer(config.base_url, outside)
    folder = find_variant(config.variant)
    if find_spec("moshi") is None:
        raise EngineMissing(
            "[duplex] without base_url needs the package moshi; run: "
            "pip install 'parlor-speaker[duplex]'"
        )
    return DuplexHost(partial(_open_variant, config.device), executor).variant(str(folder))


def _open_variant(device: str, name: str) -> SpeechModel:
    return MoshiModel(Path(name), device)
