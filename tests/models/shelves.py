"""Small models of no use, and the manifests that describe them."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

from device.models.manifest import Manifest, ModelFile


def blob(seed: int, size: int) -> bytes:
    """Bytes that are those of no other seed."""
    return random.Random(seed).randbytes(size)


def manifest_text(
    name: str, files: dict[str, bytes], base: str, *, unknown: Sequence[str] = (),
    engine: str = "whisper", languages: Sequence[str] = ("en",), licence: str = "CC0-1.0",
) -> str:  # fmt: skip
    """A manifest as it is written; no digest is known of the files in `unknown`."""
    spoken = ", ".join(f'"{code}"' for code in languages)
    lines = [
        f'name = "{name}"', f'engine = "{engine}"', f"languages = [{spoken}]",
        f'licence = "{licence}"', 'source = "https://models.example/licence"',
        "memory_mb = 100", 'boards = ["pi4", "pi5"]', f'base = "{base}"',
    ]  # fmt: skip
    for path, content in files.items():
        lines += ["", "[[file]]", f'path = "{path}"', f"size = {len(content)}"]
        if path not in unknown:
            lines.append(f'sha256 = "{hashlib.sha256(content).hexdigest()}"')
    return "\n".join(lines) + "\n"


def manifest(
    name: str, files: dict[str, bytes], base: str = "https://models.example/x/",
    *, unknown: Sequence[str] = (),
) -> Manifest:  # fmt: skip
    """The same, read."""
    described = tuple(
        ModelFile(path, len(content), None if path in unknown else _digest(content))
        for path, content in files.items()
    )
    return Manifest(
        name, "whisper", ("en",), "CC0-1.0", "https://models.example", 100, ("pi4", "pi5"),
        described, base,
    )  # fmt: skip


def shelve(folder: Path, name: str, files: dict[str, bytes]) -> None:
    """Put a model into a folder as somebody would by hand."""
    for path, content in files.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
