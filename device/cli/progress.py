"""Bars for files that are fetched, one a file; on standard error, so that output can be piped."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from device.models.manifest import Manifest, ModelFile


class FetchProgress:
    """Shows how far every file is; may be told from several threads."""

    def __init__(self, models: Sequence[Manifest], *, quiet: bool = False) -> None:
        """`quiet`: show nothing; whoever pipes the output sees no bars in any case."""
        console = Console(stderr=True, highlight=False, quiet=quiet)
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
            TransferSpeedColumn(), TimeRemainingColumn(),
            console=console, disable=not console.is_terminal, transient=True,
        )  # fmt: skip
        self._console = console
        self._bars: dict[tuple[str, str], TaskID] = {
            (model.name, file.path): self._progress.add_task(
                f"{model.name}/{file.path}", total=file.size, visible=False
            )
            for model in models
            for file in model.files
        }

    def tell(self, model: Manifest, file: ModelFile, have: int) -> None:
        """So many bytes of a file are here."""
        self._progress.update(self._bars[model.name, file.path], completed=have, visible=True)

    def wait(self) -> None:
        """Another program works on the same folder."""
        self._console.print("waiting for another program that fetches models …")

    def __enter__(self) -> Self:
        """Show the bars."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Take the bars away."""
        self._progress.stop()
