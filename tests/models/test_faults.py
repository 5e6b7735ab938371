"""The power goes, or the disk is full, before every step of fetching a model."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.local_server import serving
from device.models.manifest import parse
from device.models.store import State, Store
from tests.fakes.file_server import FileServer
from tests.models.faults import fetch
from tests.models.shelves import blob, manifest_text

FILES = {"model.bin": blob(1, 20_000), "config.json": b"{}"}


@pytest.mark.parametrize("fault", ["kill", "full"])
def test_a_fetch_may_end_anywhere(tmp_path: Path, fault: str) -> None:
    with serving(FileServer({f"toy/{path}": one for path, one in FILES.items()})) as server:
        text = manifest_text("toy", FILES, server.url("toy/"), unknown=["config.json"])
        file, left = tmp_path / "toy.toml", tmp_path / "left"
        file.write_text(text)
        command = (sys.executable, "-m", "tests.models.faults", fault, str(file), str(left))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        folders, model = sorted(left.iterdir()), parse(text, "toy.toml")
        assert len(folders) >= 10
        for folder in folders:
            present = {path: folder / "toy" / path for path in FILES}
            right = [
                one.read_bytes() == FILES[path] for path, one in present.items() if one.exists()
            ]
            assert all(right)
            assert len(right) == 2 or Store(folder).state(model) is not State.INSTALLED
            fetch(model, folder)
            assert Store(folder).state(model) is State.INSTALLED
            assert sorted(one.name for one in (folder / "toy").iterdir()) == sorted(FILES)
