"""The scenarios that come with the benchmarks."""

from pathlib import Path

from device.errors import UsageError

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


def find(names: list[str]) -> list[Path]:
    """Files, whole folders, or names of scenarios that ship; none: all that ship.

    Raises UsageError for one that is not there.
    """
    found: list[Path] = []
    for name in names or [str(FOLDER)]:
        path, shipped = Path(name), FOLDER / f"{name}.yaml"
        if path.is_dir():
            found += sorted(path.glob("*.yaml"))
        elif path.is_file() or shipped.is_file():
            found.append(path if path.is_file() else shipped)
        else:
            raise UsageError(f"there is no scenario {name}; those that ship are in {FOLDER}")
    return found
