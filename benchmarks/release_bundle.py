"""Bundles of this very speaker whose other packages are lent from the environment it runs in.

The real pip installs them into a real environment; what a release usually takes half a gigabyte
for is a line that names another environment.
"""

import ensurepip
import hashlib
import platform
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import benchmarks
import device
from device.releases.bundle import describe, pack
from device.releases.manifest import MANIFEST, REQUIREMENTS

NO_START = "import sys\n\n\ndef run() -> None:\n    sys.exit(3)\n"
"""A `parlor run` that ends at once, in a speaker that hears recordings all the same."""


def write_bundle(folder: Path, version: str, broken: bool = False) -> Path:
    """Pack this speaker as another version; broken: it passes its recording and never starts."""
    files = _modules()
    files["device/__init__.py"] = files["device/__init__.py"].replace(
        device.__version__.encode(), version.encode()
    )
    if broken:
        files["device/cli/run.py"] = NO_START.encode()
    files["lent.pth"] = sysconfig.get_path("purelib").encode() + b"\n"
    content = folder / f"content-{version}"
    wheel = write_wheel(content / "wheels", "parlor_speaker", version, "device.__main__", files)
    shutil.copy(pip_wheel(), content / "wheels")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (content / REQUIREMENTS).write_text(f"parlor-speaker=={version} --hash=sha256:{digest}\n")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    manifest = describe(content, version, python, platform.machine())
    (content / MANIFEST).write_text(manifest.as_json())
    bundle = folder / f"parlor-{version}.tar"
    pack(content, bundle)
    return bundle


def write_wheel(
    folder: Path, name: str, version: str, program: str, files: Mapping[str, bytes]
) -> Path:
    """A wheel with these files; `parlor` is main() of the module `program`."""
    info = f"{name}-{version}.dist-info"
    told = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": f"[console_scripts]\nparlor = {program}:main\n",
    }
    packed = dict(files) | {f"{info}/{file}": text.encode() for file, text in told.items()}
    record = f"{info}/RECORD"
    packed[record] = "".join(f"{path},,\n" for path in (*packed, record)).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, data in packed.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return wheel


def pip_wheel() -> Path:
    """The pip that comes with this Python, or with Debian's."""
    folders = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))
    return next(file for folder in folders for file in sorted(folder.glob("pip-*.whl")))


def _modules() -> dict[str, bytes]:
    """Every file of the packages that a wheel of the speaker has."""
    found = {}
    for package in (device, benchmarks):
        root = Path(package.__file__ or "").parent
        for file in sorted(root.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found[str(Path(root.name) / file.relative_to(root))] = file.read_bytes()
    for file in sorted((Path(device.__file__).parent / "models/manifests").glob("*.toml")):
        found[f"device/models/manifests/{file.name}"] = file.read_bytes()
    return found
