"""The real package moshi with tiny random weights, hosted in this process and as its own server."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from device.audio.level import dbfs
from device.conversation.duplex.base import FRAME_SAMPLES, MODEL_RATE, ModelAudio, ModelText
from device.conversation.duplex.host import DuplexHost, Step
from device.conversation.duplex.moshi import MoshiModel, find_variant
from device.conversation.duplex.server import MoshiServer
from device.errors import EngineBusy, EngineMissing, ModelInvalid, ModelMissing
from device.executor import WorkerExecutor
from tests.leaving import noting

VOICE = (6_000 * np.sin(2 * np.pi * 200 * np.arange(20 * FRAME_SAMPLES) / MODEL_RATE)).astype(
    np.int16
)
FRAMES = list(VOICE.reshape(-1, FRAME_SAMPLES))


def test_a_variant_is_found_by_name_or_path(tmp_path: Path) -> None:
    (tmp_path / "moshiko").mkdir()
    assert find_variant("moshiko", [tmp_path / "none", tmp_path]) == tmp_path / "moshiko"
    assert find_variant(str(tmp_path / "moshiko"), []) == tmp_path / "moshiko"
    with pytest.raises(ModelMissing, match="no speech model 'moshika'"):
        find_variant("moshika", [tmp_path])


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ("{}", ModelMissing),
        ("[]", ModelInvalid),
        ("{", ModelInvalid),
        ('{"moshi_name": "../model.pt"}', ModelInvalid),
        ('{"moshi_name": "hf://somebody/model.safetensors"}', ModelMissing),
    ],
)
def test_a_folder_that_is_none_is_told(tmp_path: Path, config: str, error: type[Exception]) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(error):
        MoshiModel(tmp_path, "cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    pytest.importorskip("moshi")
    from benchmarks.toy_moshi import make_moshi

    return make_moshi(tmp_path_factory.mktemp("moshi"))


def steps(model: MoshiModel, seed: int = 5) -> list[Step]:
    import torch

    torch.manual_seed(seed)
    state = model.begin()
    return [model.step(state, frame) for frame in FRAMES]


def test_it_hears_and_sounds_in_frames_of_80_ms(folder: Path) -> None:
    first, *others = steps(MoshiModel(folder, "cpu"))
    assert first == Step()
    sounds = [step.samples for step in others if step.samples is not None]
    assert len(sounds) >= len(others) - 1
    assert all(sound.shape == (FRAME_SAMPLES,) for sound in sounds)
    assert len({sound.tobytes() for sound in sounds}) == len(sounds)
    text = "".join(step.text for step in others)
    assert text.strip()
    assert "▁" not in text


def test_conversations_share_the_weights_and_do_not_hear_each_other(folder: Path) -> None:
    """What the codec makes of a voice depends on nobody else's."""
    import torch

    model = MoshiModel(folder, "cpu")
    alone = model.begin()
    torch.manual_seed(5)
    expected = [model.step(alone, frame) for frame in FRAMES]
    one, other = model.begin(), model.begin()
    torch.manual_seed(5)
    heard = []
    for number, frame in enumerate(FRAMES):
        drawn = torch.get_rng_state()
        model.step(other, FRAMES[-1 - number])
        torch.set_rng_state(drawn)
        heard.append(model.step(one, frame))
    for mine, step in zip(heard, expected, strict=True):
        assert mine.text == step.text
        assert (mine.samples is None) == (step.samples is None)
        if mine.samples is not None and step.samples is not None:
            assert np.array_equal(mine.samples, step.samples)


async def test_it_is_hosted(folder: Path) -> None:
    host = DuplexHost(lambda name: MoshiModel(Path(name), "cpu"), WorkerExecutor("duplex"))
    await host.warm_up(str(folder))
    async with host.open(str(folder)) as link:
        for frame in FRAMES:
            await link.send(frame)
        stream = link.outputs()
        told = [await anext(stream) for _ in range(15)]
    assert told


def test_without_a_gpu_that_is_told(folder: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(EngineMissing, match="no GPU"):
        MoshiModel(folder, "cuda")


def test_weights_of_another_shape_are_told(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"dim": 32', '"dim": 64'))
    with pytest.raises(ModelInvalid, match="cannot be used"):
        MoshiModel(tmp_path, "cpu")
    (tmp_path / "config.json").write_text(config.replace('"moshi"', '"hibiki"'))
    with pytest.raises(ModelInvalid, match="does not talk"):
        MoshiModel(tmp_path, "cpu")


_SERVE = """
import runpy, sys, torch
torch.cuda.synchronize = lambda *_: None  # the server waits for a GPU even where it uses none
sys.argv[0] = "moshi.server"
runpy.run_module("moshi.server", run_name="__main__")
"""


@asynccontextmanager
async def real_server(folder: Path) -> AsyncIterator[str]:
    """Kyutai's own server with these weights; gives its address."""
    config = json.loads((folder / "config.json").read_text())
    config["mimi_config_name"] = f"file://{folder}/mimi.json"
    (folder / "server.json").write_text(json.dumps(config))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, "--host", "127.0.0.1", "--port", str(port), "--static",
        "none", "--device", "cpu", "--config-path", str(folder / "server.json"),
        "--moshi-weight", str(folder / "model.safetensors"),
        "--mimi-weight", str(folder / "mimi.safetensors"),
        "--tokenizer", str(folder / "tokenizer.model"),
        stdout=asyncio.subprocess.DEVNULL, env={**os.environ, "NO_TORCH_COMPILE": "1"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while not await answers(port):
                assert process.returncode is None
                await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@pytest.mark.slow
async def test_the_real_server_understands_the_client_and_the_client_it(folder: Path) -> None:
    pytest.importorskip("aiohttp")
    async with real_server(folder) as url:
        server = MoshiServer(url, noting([]))
        for _ in range(2):  # the place is free again when the first conversation is over
            async with server.open() as link:
                for frame in FRAMES:
                    await link.send(frame)
                stream = link.outputs()
                told = [await anext(stream) for _ in range(20)]
            sound = [one.chunk for one in told if isinstance(one, ModelAudio)]
            assert sum(chunk.seconds for chunk in sound) > 0.5
            assert max(dbfs(chunk.pcm()) for chunk in sound) > -60
            text = "".join(one.text for one in told if isinstance(one, ModelText))
            assert text.strip()
        async with server.open():
            with pytest.raises(EngineBusy):
                async with server.open():
                    pass
