"""Where releases lie on disk."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths under one root, and what is there."""

    root: Path = Path("/")
    """Another one for trials and for images of systems."""

    @property
    def home(self) -> Path:
        """All of it."""
        return self.root / "opt/parlor"

    @property
    def releases(self) -> Path:
        """One folder a release."""
        return self.home / "releases"

    @property
    def current(self) -> Path:
        """Link to the release that runs."""
        return self.home / "current"

    @property
    def last_good(self) -> Path:
        """Link to the last release that proved healthy."""
        return self.home / "last-good"

    @property
    def trial(self) -> Path:
        """There while the current release has not proved healthy."""
        return self.home / "trial"

    @property
    def history(self) -> Path:
        """One JSON object a line."""
        return self.home / "history.jsonl"

    @property
    def staging(self) -> Path:
        """Where bundles are unpacked; empty between commands."""
        return self.home / "staging"

    @property
    def download(self) -> Path:
        """Where a bundle of an update lies until it is installed; half of one is continued."""
        return self.home / "download"

    @property
    def lock(self) -> Path:
        """Held by the command that changes something."""
        return self.home / "lock"

    @property
    def update(self) -> Path:
        """How far an update is, for the speaker to read; gone when the power is."""
        return self.root / "run/parlor-update.json"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.root / "etc/parlor/parlor.toml"

    @property
    def credentials(self) -> Path:
        """Secrets by name."""
        return self.root / "etc/parlor/credentials"

    @property
    def models(self) -> Path:
        """Weights, shared by all releases."""
        return self.root / "var/lib/parlor/models"

    @property
    def runtime(self) -> Path:
        """Where the running speaker tells how it is."""
        return self.root / "run/parlor"

    @property
    def request(self) -> Path:
        """Put there by the speaker, which may not install anything itself."""
        return self.root / "var/lib/parlor/update-request"

    def release(self, name: str) -> Path:
        """The folder of a release."""
        return self.releases / name

    def program(self, name: str) -> Path:
        """`parlor` of a release."""
        return self.release(name) / "venv/bin/parlor"

    def manifest(self, name: str) -> Path:
        """What is written last when a release is installed, and removed first."""
        return self.release(name) / "release.json"

    def whole(self, name: str) -> bool:
        """Whether the release is completely installed."""
        return self.manifest(name).is_file()

    def installed(self) -> list[str]:
        """Names of the releases that are completely installed, sorted."""
        if not self.releases.is_dir():
            return []
        return sorted(folder.name for folder in self.releases.iterdir() if self.whole(folder.name))

    def named(self, link: Path) -> str | None:
        """The release that `current` or `last-good` names; None where it names none."""
        if not link.is_symlink():
            return None
        name = link.readlink().name
        return name if self.whole(name) else None
