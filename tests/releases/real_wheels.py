"""A bundle with the real pip and a real wheel, as `parlor release build` packs them."""

import ensurepip
import hashlib
import shutil
import zipfile
from pathlib import Path

from tests.releases.bundles import seal

MAIN = "def main():\n    print('parlor {version}')\n"


def write_real_bundle(folder: Path, version: str) -> Path:
    """A bundle of a speaker that can only say its version."""
    content = folder / f"content-{version}"
    (content / "wheels").mkdir(parents=True)
    module = {"small_speaker.py": MAIN.format(version=version)}
    wheel = write_wheel(content / "wheels", "parlor_speaker", version, module)
    shutil.copy(_pip(), content / "wheels")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    wanted = f"parlor-speaker=={version} --hash=sha256:{digest}\n"
    return seal(content, folder / f"parlor-{version}.tar", version, wanted)


def write_wheel(folder: Path, name: str, version: str, modules: dict[str, str]) -> Path:
    """A wheel with these modules; `parlor` is main() of the first."""
    info = f"{name}-{version}.dist-info"
    entry = f"[console_scripts]\nparlor = {next(iter(modules)).removesuffix('.py')}:main\n"
    files = modules | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": entry,
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return wheel


def _pip() -> Path:
    """The pip that comes with this Python, or with Debian's."""
    folders = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))
    return next(file for folder in folders for file in sorted(folder.glob("pip-*.whl")))
